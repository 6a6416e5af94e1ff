"""The forms of the membership, one module for each part of it."""
