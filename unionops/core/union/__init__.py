"""The union's own record: kind, authority, seat, bank accounts, and the dated values of its constitution."""
