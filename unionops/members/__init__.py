"""The membership: persons, their memberships, units, employers; the roster and its papers. Owns who belongs."""
