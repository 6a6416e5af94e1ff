"""Reads across every area: the desk, search, reports."""
