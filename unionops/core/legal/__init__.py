"""Dated legal parameters on screen: what is in force on a day, by which source, confirmed by whom."""
