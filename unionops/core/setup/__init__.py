"""The set-up of a new union: from the code that the terminal prints to the first administrator, step by step, then never again."""
