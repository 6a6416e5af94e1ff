"""Backups: one encrypted file with the database, the files and the keys of an installation, and the way back from it."""
