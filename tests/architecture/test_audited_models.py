"""Whatever the audit trail may show has a name that people use, not that of its column."""

import pytest
import sqlalchemy as sa

from unionops.core import refs
from unionops.core.audit import recording
from unionops.core.db import Model


def untitled(model: type) -> list[str]:
    """The columns, and the table itself, that an entry about this model would have to call by their technical names."""
    table = sa.inspect(model).local_table
    columns = [c.name for c in table.columns if not c.primary_key and c.info.get("audit") is not False and not c.info.get("title")]
    has_kind = any(kind.model is model for kind in refs.KINDS.values())
    return columns if has_kind or table.info.get("title") else [*columns, table.name]


def audited() -> list[type]:
    models = [mapper.class_ for mapper in Model.registry.mappers]
    return [one for one in models if getattr(one, "__audited__", True) and one.__tablename__ not in recording.NOT_TOLD]


def test_every_table_and_column_of_the_audit_has_a_title(app):
    assert {model.__name__: missing for model in audited() if (missing := untitled(model))} == {}


def test_a_column_without_title_is_found():
    class Plain(sa.orm.DeclarativeBase):
        pass

    class Shoe(Plain):
        __tablename__ = "shoe"
        id: sa.orm.Mapped[int] = sa.orm.mapped_column(primary_key=True)
        size: sa.orm.Mapped[int]
        colour: sa.orm.Mapped[str] = sa.orm.mapped_column(info={"title": "顏色"})
        scent: sa.orm.Mapped[str] = sa.orm.mapped_column(info={"audit": False})

    assert untitled(Shoe) == ["size", "shoe"]


@pytest.mark.parametrize("name", ["person", "user", "union_record"])
def test_records_with_a_page_are_pointed_to(app, name):
    with app.test_request_context("/"):
        assert refs.KINDS[name].url(1).startswith("/")
