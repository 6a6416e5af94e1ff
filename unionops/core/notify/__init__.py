"""Notices: told once by an area, delivered in the app, by mail or on paper, until each has arrived or somebody knows it has not."""
