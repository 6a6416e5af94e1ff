"""Speed and memory, each beside the limit it is held against: `python -m bench` (see README.md in this folder)."""
