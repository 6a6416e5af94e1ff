"""Writes of letters. ``definitions``: series of numbers and templates. ``incoming`` and ``outgoing``: the two registers. ``bonds``: what
both keep up beside the letter, such as the words by which it is found, its deadline, and which letter answers which.
"""
