"""The two databases under the life of memberships."""

from tests.members.dues.conftest import empty_postgres, pg_union

__all__ = ["empty_postgres", "pg_union"]
