"""What the check of a large roster file found, kept in parts until it is written or dropped."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('roster_preview',
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['roster_import.id'], name=op.f('fk_roster_preview_import_id_roster_import')),
    sa.PrimaryKeyConstraint('import_id', 'part', name=op.f('pk_roster_preview'))
    )


def downgrade():
    op.drop_table('roster_preview')
