"""What people do with members: one function per act. Each takes loaded records and plain values, and returns what it made."""
