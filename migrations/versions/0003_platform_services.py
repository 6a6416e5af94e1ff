"""Platform services: calendar, notices and mail, attachments, approvals, letters, questionnaires, backups, invitations, passkeys, set-up.

Passwords that somebody else had set end here: their owners choose their own by a link or a slip. On SQLite the full-text index is made
anew without the prefixes that 0001 gave it; they cost more to keep than they save.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

INDEX = "CREATE VIRTUAL TABLE search_index USING fts5(words, content='search_text', content_rowid='id', tokenize='unicode61'{prefixes})"


def index_anew(prefixes: str) -> None:
    """The full-text index of SQLite, filled from the table that it stands on; its triggers name it and stay."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
        op.execute(INDEX.format(prefixes=prefixes))
        op.execute("INSERT INTO search_index(search_index) VALUES ('rebuild')")


def upgrade():
    op.create_table('backup_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ok', sa.Boolean(), nullable=False),
    sa.Column('file', sa.String(length=200), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('seconds', sa.Double(), nullable=False),
    sa.Column('figures', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('reason', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.CheckConstraint("kind IN ('made', 'tested', 'restored')", name=op.f('ck_backup_run_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_backup_run'))
    )
    with op.batch_alter_table('backup_run', schema=None) as batch_op:
        batch_op.create_index('ix_backup_run_kind', ['kind', 'at'], unique=False)

    op.create_table('letter_series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('direction', sa.String(length=3), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('digits', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(length=80), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_series')),
    sa.UniqueConstraint('direction', 'code', name=op.f('uq_letter_series_direction_code'))
    )
    op.create_table('letter_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('form', sa.String(length=12), nullable=False),
    sa.Column('body', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('receivers', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('enclosures', sa.Text(), nullable=False),
    sa.Column('signatory', sa.String(length=20), nullable=False),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_template')),
    sa.UniqueConstraint('title', name=op.f('uq_letter_template_title'))
    )
    op.create_table('mail_server',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('failure', sa.String(length=20), nullable=False),
    sa.Column('reply', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_server'))
    )
    op.create_table('reset_wish',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reset_wish'))
    )
    op.create_table('setup_state',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_index', sa.String(length=32), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('reached', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('id = 1', name=op.f('ck_setup_state_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setup_state'))
    )
    op.create_table('survey',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('purpose', sa.String(length=300), nullable=False),
    sa.Column('anonymous', sa.Boolean(), nullable=False),
    sa.Column('shared_device', sa.Boolean(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('token', sa.String(length=16), nullable=False),
    sa.Column('base_kind', sa.String(length=20), nullable=False),
    sa.Column('base_count', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('english', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey')),
    sa.UniqueConstraint('token', name=op.f('uq_survey_token'))
    )
    with op.batch_alter_table('survey', schema=None) as batch_op:
        batch_op.create_index('ix_survey_ref', ['ref_kind', 'ref_id'], unique=False)

    op.create_table('survey_receipt',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_receipt')),
    sqlite_with_rowid=False
    )
    op.create_table('appointment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('all_day', sa.Boolean(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_why', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_appointment_owner_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appointment'))
    )
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appointment_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index('ix_appointment_starts_at_ends_at', ['starts_at', 'ends_at'], unique=False)

    op.create_table('approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('chain', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('summary', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_as', sa.String(length=12), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['made_by_id'], ['user.id'], name=op.f('fk_approval_made_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval'))
    )
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index('ix_approval_ref_kind_ref_id', ['ref_kind', 'ref_id'], unique=False)
        batch_op.create_index('uq_approval_open', ['chain', 'ref_kind', 'ref_id'], unique=True, sqlite_where=sa.text("closed_as = ''"), postgresql_where=sa.text("closed_as = ''"))

    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref_kind', sa.String(length=40), nullable=False),
    sa.Column('ref_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('is_sensitive', sa.Boolean(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed_by_id', sa.Integer(), nullable=True),
    sa.Column('removed_why', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['user.id'], name=op.f('fk_attachment_added_by_id_user')),
    sa.ForeignKeyConstraint(['removed_by_id'], ['user.id'], name=op.f('fk_attachment_removed_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index('ix_attachment_ref', ['ref_kind', 'ref_id'], unique=False)

    op.create_table('calendar_feed_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_calendar_feed_key_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_feed_key')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_calendar_feed_key_token_hash'))
    )
    with op.batch_alter_table('calendar_feed_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_feed_key_user_id'), ['user_id'], unique=False)

    op.create_table('deadline',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('suffix', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('nominal_on', sa.Date(), nullable=False),
    sa.Column('latest_on', sa.Date(), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('given_latest_on', sa.Date(), nullable=False),
    sa.Column('given_owner_id', sa.Integer(), nullable=True),
    sa.Column('basis', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_by', sa.String(length=80), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=80), nullable=False),
    sa.Column('closed_how', sa.Text(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_why', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('nominal_on <= latest_on', name=op.f('ck_deadline_counted_to_in_time')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_deadline_owner_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline')),
    sa.UniqueConstraint('ref_kind', 'ref_id', 'kind', 'suffix', name=op.f('uq_deadline_ref_kind_ref_id_kind_suffix'))
    )
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        batch_op.create_index('ix_deadline_nominal_on_id', ['nominal_on', 'id'], unique=False)
        batch_op.create_index('ix_deadline_open', ['nominal_on', 'id', 'owner_id', 'ref_kind', 'ref_id'], unique=False, sqlite_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'))
        batch_op.create_index('ix_deadline_open_owner', ['owner_id', 'nominal_on', 'id', 'ref_kind', 'ref_id'], unique=False, sqlite_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'))

    op.create_table('delegation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('to_user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('why', sa.String(length=200), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['to_user_id'], ['user.id'], name=op.f('fk_delegation_to_user_id_user')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_delegation_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation'))
    )
    with op.batch_alter_table('delegation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delegation_to_user_id'), ['to_user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_delegation_user_id'), ['user_id'], unique=False)

    op.create_table('invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('granted', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('locale', sa.String(length=12), nullable=False),
    sa.Column('invited_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['invited_by_id'], ['user.id'], name=op.f('fk_invitation_invited_by_id_user')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_invitation_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation'))
    )
    op.create_table('letter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('direction', sa.String(length=3), nullable=False),
    sa.Column('belongs_to', sa.String(length=60), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('series_id', sa.Integer(), nullable=True),
    sa.Column('year', sa.Integer(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=True),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('secrecy', sa.String(length=10), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=False),
    sa.Column('counterpart', sa.String(length=200), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_asked', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('closing_reason', sa.String(length=300), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('their_on', sa.Date(), nullable=True),
    sa.Column('their_number', sa.String(length=80), nullable=False),
    sa.Column('form', sa.String(length=12), nullable=False),
    sa.Column('body', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('urgency', sa.String(length=10), nullable=False),
    sa.Column('declassify', sa.String(length=80), nullable=False),
    sa.Column('enclosures', sa.String(length=300), nullable=False),
    sa.Column('signatory', sa.String(length=20), nullable=False),
    sa.Column('approved_digest', sa.String(length=64), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('signer_name', sa.String(length=80), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=True),
    sa.Column('paper_hash', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['user.id'], name=op.f('fk_letter_made_by_id_user')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_letter_owner_id_user')),
    sa.ForeignKeyConstraint(['series_id'], ['letter_series.id'], name=op.f('fk_letter_series_id_letter_series')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
    sa.UniqueConstraint('series_id', 'year', 'sequence', name=op.f('uq_letter_series_id_year_sequence'))
    )
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_belongs_to'), ['belongs_to'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index('ix_letter_register', ['direction', 'year', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_their_number'), ['their_number'], unique=False)

    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_notice_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_user_id_id', ['user_id', 'id'], unique=False)
        batch_op.create_index('ix_notice_user_id_read_at', ['user_id', 'read_at'], unique=False)

    op.create_table('notice_choice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('bell', sa.Boolean(), nullable=False),
    sa.Column('mail', sa.String(length=8), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_notice_choice_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_choice')),
    sa.UniqueConstraint('user_id', 'kind', name=op.f('uq_notice_choice_user_id_kind'))
    )
    with op.batch_alter_table('notice_choice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_choice_kind'), ['kind'], unique=False)

    op.create_table('notice_delivery',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('locale', sa.String(length=12), nullable=False),
    sa.Column('address', sa.LargeBinary(), nullable=False),
    sa.Column('address_key', sa.String(length=32), nullable=False),
    sa.Column('subject', sa.LargeBinary(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('message_id', sa.String(length=40), nullable=False),
    sa.Column('priority', sa.SmallInteger(), nullable=False),
    sa.Column('secret', sa.Boolean(), nullable=False),
    sa.Column('files', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('is_digest', sa.Boolean(), nullable=False),
    sa.Column('held', sa.Boolean(), nullable=False),
    sa.Column('gathered_into_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claim', sa.String(length=32), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('printed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('given_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.String(length=20), nullable=False),
    sa.Column('reply', sa.LargeBinary(), nullable=True),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['gathered_into_id'], ['notice_delivery.id'], name=op.f('fk_notice_delivery_gathered_into_id_notice_delivery')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_notice_delivery_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_delivery'))
    )
    with op.batch_alter_table('notice_delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_delivery_address_key'), ['address_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_delivery_asked_at'), ['asked_at'], unique=False)
        batch_op.create_index('ix_notice_delivery_due', ['priority', 'next_try_at', 'id'], unique=False, sqlite_where=sa.text('next_try_at IS NOT NULL'), postgresql_where=sa.text('next_try_at IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_notice_delivery_gathered_into_id'), ['gathered_into_id'], unique=False)
        batch_op.create_index('ix_notice_delivery_given_up_at', ['given_up_at'], unique=False, sqlite_where=sa.text('given_up_at IS NOT NULL'), postgresql_where=sa.text('given_up_at IS NOT NULL'))
        batch_op.create_index('ix_notice_delivery_to_print', ['id'], unique=False, sqlite_where=sa.text("channel = 'paper' AND printed_at IS NULL AND cancelled_at IS NULL"), postgresql_where=sa.text("channel = 'paper' AND printed_at IS NULL AND cancelled_at IS NULL"))
        batch_op.create_index(batch_op.f('ix_notice_delivery_user_id'), ['user_id'], unique=False)

    op.create_table('passkey',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(length=1023), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('is_synced', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_passkey_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkey_user_id'), ['user_id'], unique=False)

    op.create_table('survey_question',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('survey_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('section', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=500), nullable=False),
    sa.Column('hint', sa.String(length=500), nullable=False),
    sa.Column('options', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('rows', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('low', sa.String(length=40), nullable=False),
    sa.Column('high', sa.String(length=40), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('other', sa.Boolean(), nullable=False),
    sa.Column('grouping', sa.Boolean(), nullable=False),
    sa.Column('english', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.ForeignKeyConstraint(['survey_id'], ['survey.id'], name=op.f('fk_survey_question_survey_id_survey')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_question'))
    )
    with op.batch_alter_table('survey_question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_survey_question_survey_id'), ['survey_id'], unique=False)

    op.create_table('survey_sheet',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('survey_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('filled_on', sa.Date(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('checked', sa.Boolean(), nullable=False),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['survey_id'], ['survey.id'], name=op.f('fk_survey_sheet_survey_id_survey')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_sheet')),
    sa.UniqueConstraint('survey_id', 'number', name=op.f('uq_survey_sheet_survey_id_number')),
    sa.UniqueConstraint('survey_id', 'ref_kind', 'ref_id', name=op.f('uq_survey_sheet_survey_id_ref_kind_ref_id')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('survey_sheet', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_survey_sheet_survey_id'), ['survey_id'], unique=False)

    op.create_table('appointment_attendee',
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_appointment_attendee_appointment_id_appointment')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_appointment_attendee_user_id_user')),
    sa.PrimaryKeyConstraint('appointment_id', 'user_id', name=op.f('pk_appointment_attendee'))
    )
    with op.batch_alter_table('appointment_attendee', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appointment_attendee_user_id'), ['user_id'], unique=False)

    op.create_table('approval_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('body', sa.String(length=20), nullable=False),
    sa.Column('role_was', sa.String(length=40), nullable=False),
    sa.Column('remark', sa.String(length=20), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('in_place_of_id', sa.Integer(), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('resolution_number', sa.String(length=80), nullable=False),
    sa.Column('resolution_on', sa.Date(), nullable=True),
    sa.Column('resolution_text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_step_approval_id_approval')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_approval_step_decided_by_id_user')),
    sa.ForeignKeyConstraint(['in_place_of_id'], ['user.id'], name=op.f('fk_approval_step_in_place_of_id_user')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['user.id'], name=op.f('fk_approval_step_recorded_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_step')),
    sa.UniqueConstraint('approval_id', 'decided_by_id', name=op.f('uq_approval_step_approval_id_decided_by_id')),
    sa.UniqueConstraint('approval_id', 'place', name=op.f('uq_approval_step_approval_id_place'))
    )
    with op.batch_alter_table('approval_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_step_approval_id'), ['approval_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_approval_step_decided_by_id'), ['decided_by_id'], unique=False)
        batch_op.create_index('ix_approval_step_waiting', ['role'], unique=False, sqlite_where=sa.text("verdict = ''"), postgresql_where=sa.text("verdict = ''"))

    op.create_table('attachment_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('preview', sa.String(length=8), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('scan', sa.String(length=12), nullable=False),
    sa.Column('finding', sa.String(length=120), nullable=False),
    sa.Column('is_lost', sa.Boolean(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("scan IN ('clean', 'not_scanned', 'waiting', 'infected', 'made')", name=op.f('ck_attachment_version_scan')),
    sa.ForeignKeyConstraint(['added_by_id'], ['user.id'], name=op.f('fk_attachment_version_added_by_id_user')),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_attachment_version_attachment_id_attachment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment_version')),
    sa.UniqueConstraint('attachment_id', 'number', name=op.f('uq_attachment_version_attachment_id_number'))
    )
    with op.batch_alter_table('attachment_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_version_key'), ['key'], unique=False)

    op.create_table('deadline_move',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deadline_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('from_owner_id', sa.Integer(), nullable=True),
    sa.Column('to_owner_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.String(length=80), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['deadline_id'], ['deadline.id'], name=op.f('fk_deadline_move_deadline_id_deadline')),
    sa.ForeignKeyConstraint(['from_owner_id'], ['user.id'], name=op.f('fk_deadline_move_from_owner_id_user')),
    sa.ForeignKeyConstraint(['to_owner_id'], ['user.id'], name=op.f('fk_deadline_move_to_owner_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline_move'))
    )
    with op.batch_alter_table('deadline_move', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deadline_move_deadline_id'), ['deadline_id'], unique=False)

    op.create_table('deadline_reminder',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deadline_id', sa.Integer(), nullable=False),
    sa.Column('for_on', sa.Date(), nullable=False),
    sa.Column('stage', sa.Integer(), nullable=False),
    sa.Column('people', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['deadline_id'], ['deadline.id'], name=op.f('fk_deadline_reminder_deadline_id_deadline')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline_reminder')),
    sa.UniqueConstraint('deadline_id', 'for_on', 'stage', name=op.f('uq_deadline_reminder_deadline_id_for_on_stage'))
    )
    op.create_table('letter_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('answer_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['letter.id'], name=op.f('fk_letter_answer_answer_id_letter')),
    sa.ForeignKeyConstraint(['question_id'], ['letter.id'], name=op.f('fk_letter_answer_question_id_letter')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_answer')),
    sa.UniqueConstraint('question_id', 'answer_id', name=op.f('uq_letter_answer_question_id_answer_id'))
    )
    with op.batch_alter_table('letter_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_answer_answer_id'), ['answer_id'], unique=False)

    op.create_table('letter_receiver',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('address', sa.String(length=250), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('post_number', sa.String(length=40), nullable=False),
    sa.Column('signed_by', sa.String(length=80), nullable=False),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('delivery_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_letter_receiver_letter_id_letter')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_receiver'))
    )
    with op.batch_alter_table('letter_receiver', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_receiver_letter_id'), ['letter_id'], unique=False)

    op.create_table('survey_answer',
    sa.Column('sheet_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('question_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('part', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('code', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Float(), nullable=True),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['survey_question.id'], name=op.f('fk_survey_answer_question_id_survey_question')),
    sa.ForeignKeyConstraint(['sheet_id'], ['survey_sheet.id'], name=op.f('fk_survey_answer_sheet_id_survey_sheet')),
    sa.PrimaryKeyConstraint('sheet_id', 'question_id', 'part', 'code', name=op.f('pk_survey_answer')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('survey_answer', schema=None) as batch_op:
        batch_op.create_index('ix_survey_answer_counts', ['question_id', 'part', 'code', 'sheet_id'], unique=False)

    op.create_table('survey_invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('survey_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('nonce', sa.String(length=16), nullable=False),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.Column('delivery_id', sa.Integer(), nullable=True),
    sa.Column('ref_kind', sa.String(length=40), nullable=True),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['delivery_id'], ['notice_delivery.id'], name=op.f('fk_survey_invitation_delivery_id_notice_delivery')),
    sa.ForeignKeyConstraint(['survey_id'], ['survey.id'], name=op.f('fk_survey_invitation_survey_id_survey')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_invitation')),
    sa.UniqueConstraint('survey_id', 'ref_kind', 'ref_id', name=op.f('uq_survey_invitation_survey_id_ref_kind_ref_id'))
    )
    with op.batch_alter_table('survey_invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_survey_invitation_delivery_id'), ['delivery_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_survey_invitation_survey_id'), ['survey_id'], unique=False)

    op.create_table('survey_wording',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('question_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.String(length=500), nullable=False),
    sa.Column('after', sa.String(length=500), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('changed_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['survey_question.id'], name=op.f('fk_survey_wording_question_id_survey_question')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_wording'))
    )
    with op.batch_alter_table('survey_wording', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_survey_wording_question_id'), ['question_id'], unique=False)

    op.create_table('ticket',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('invitation_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('code_hash', sa.String(length=32), nullable=False),
    sa.Column('is_mailed', sa.Boolean(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitation.id'], name=op.f('fk_ticket_invitation_id_invitation')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_ticket_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_ticket_code_hash')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_ticket_token_hash'))
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_invitation_id'), ['invitation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_user_id'), ['user_id'], unique=False)

    op.execute(sa.text("""UPDATE "user" SET password_hash = '' WHERE must_change_password"""))
    op.drop_column('user', 'must_change_password')
    index_anew("")


def downgrade():
    index_anew(", prefix='2 3 4'")
    op.add_column('user', sa.Column('must_change_password', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ticket_user_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_invitation_id'))

    op.drop_table('ticket')
    with op.batch_alter_table('survey_wording', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_survey_wording_question_id'))

    op.drop_table('survey_wording')
    with op.batch_alter_table('survey_invitation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_survey_invitation_survey_id'))
        batch_op.drop_index(batch_op.f('ix_survey_invitation_delivery_id'))

    op.drop_table('survey_invitation')
    with op.batch_alter_table('survey_answer', schema=None) as batch_op:
        batch_op.drop_index('ix_survey_answer_counts')

    op.drop_table('survey_answer')
    with op.batch_alter_table('letter_receiver', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_receiver_letter_id'))

    op.drop_table('letter_receiver')
    with op.batch_alter_table('letter_answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_answer_answer_id'))

    op.drop_table('letter_answer')
    op.drop_table('deadline_reminder')
    with op.batch_alter_table('deadline_move', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deadline_move_deadline_id'))

    op.drop_table('deadline_move')
    with op.batch_alter_table('attachment_version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attachment_version_key'))

    op.drop_table('attachment_version')
    with op.batch_alter_table('approval_step', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_step_waiting', sqlite_where=sa.text("verdict = ''"), postgresql_where=sa.text("verdict = ''"))
        batch_op.drop_index(batch_op.f('ix_approval_step_decided_by_id'))
        batch_op.drop_index(batch_op.f('ix_approval_step_approval_id'))

    op.drop_table('approval_step')
    with op.batch_alter_table('appointment_attendee', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_appointment_attendee_user_id'))

    op.drop_table('appointment_attendee')
    with op.batch_alter_table('survey_sheet', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_survey_sheet_survey_id'))

    op.drop_table('survey_sheet')
    with op.batch_alter_table('survey_question', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_survey_question_survey_id'))

    op.drop_table('survey_question')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkey_user_id'))

    op.drop_table('passkey')
    with op.batch_alter_table('notice_delivery', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_delivery_user_id'))
        batch_op.drop_index('ix_notice_delivery_to_print', sqlite_where=sa.text("channel = 'paper' AND printed_at IS NULL AND cancelled_at IS NULL"), postgresql_where=sa.text("channel = 'paper' AND printed_at IS NULL AND cancelled_at IS NULL"))
        batch_op.drop_index('ix_notice_delivery_given_up_at', sqlite_where=sa.text('given_up_at IS NOT NULL'), postgresql_where=sa.text('given_up_at IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_notice_delivery_gathered_into_id'))
        batch_op.drop_index('ix_notice_delivery_due', sqlite_where=sa.text('next_try_at IS NOT NULL'), postgresql_where=sa.text('next_try_at IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_notice_delivery_asked_at'))
        batch_op.drop_index(batch_op.f('ix_notice_delivery_address_key'))

    op.drop_table('notice_delivery')
    with op.batch_alter_table('notice_choice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_choice_kind'))

    op.drop_table('notice_choice')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_user_id_read_at')
        batch_op.drop_index('ix_notice_user_id_id')

    op.drop_table('notice')
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_their_number'))
        batch_op.drop_index(batch_op.f('ix_letter_state'))
        batch_op.drop_index('ix_letter_register')
        batch_op.drop_index(batch_op.f('ix_letter_owner_id'))
        batch_op.drop_index(batch_op.f('ix_letter_number'))
        batch_op.drop_index(batch_op.f('ix_letter_belongs_to'))

    op.drop_table('letter')
    op.drop_table('invitation')
    with op.batch_alter_table('delegation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delegation_user_id'))
        batch_op.drop_index(batch_op.f('ix_delegation_to_user_id'))

    op.drop_table('delegation')
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        batch_op.drop_index('ix_deadline_open_owner', sqlite_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'))
        batch_op.drop_index('ix_deadline_open', sqlite_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL AND withdrawn_at IS NULL'))
        batch_op.drop_index('ix_deadline_nominal_on_id')

    op.drop_table('deadline')
    with op.batch_alter_table('calendar_feed_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_feed_key_user_id'))

    op.drop_table('calendar_feed_key')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index('ix_attachment_ref')

    op.drop_table('attachment')
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.drop_index('uq_approval_open', sqlite_where=sa.text("closed_as = ''"), postgresql_where=sa.text("closed_as = ''"))
        batch_op.drop_index('ix_approval_ref_kind_ref_id')
        batch_op.drop_index(batch_op.f('ix_approval_made_by_id'))

    op.drop_table('approval')
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.drop_index('ix_appointment_starts_at_ends_at')
        batch_op.drop_index(batch_op.f('ix_appointment_owner_id'))

    op.drop_table('appointment')
    op.drop_table('survey_receipt')
    with op.batch_alter_table('survey', schema=None) as batch_op:
        batch_op.drop_index('ix_survey_ref')

    op.drop_table('survey')
    op.drop_table('setup_state')
    op.drop_table('reset_wish')
    op.drop_table('mail_server')
    op.drop_table('letter_template')
    op.drop_table('letter_series')
    with op.batch_alter_table('backup_run', schema=None) as batch_op:
        batch_op.drop_index('ix_backup_run_kind')

    op.drop_table('backup_run')