"""The furnished office, for the matrix of screens and roles."""

from tests.office import _furnished, office  # noqa: F401  Fixtures.
