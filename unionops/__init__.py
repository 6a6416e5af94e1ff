"""The office of a union secretariat."""
