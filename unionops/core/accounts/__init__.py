"""Who may sign in, as what: users, roles, sessions, second factor. Owns no member data."""
