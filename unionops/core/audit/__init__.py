"""Who did what, when: an append-only, hash-chained record that services cannot forget and nobody can rewrite.

``recording`` collects and writes entries; ``sealing`` chains and verifies them; ``views`` shows them.
"""
