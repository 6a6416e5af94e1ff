"""What the accounts are, and what a voucher must be. Pure."""
