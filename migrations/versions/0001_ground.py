"""The ground floor: accounts, audit, jobs, union record, members.

The append-only triggers of the audit and the full-text index are written out as they were on this day.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


# What a model cannot say: per database, made after its tables and dropped before them.
MADE = {
    "sqlite": [
        "CREATE TRIGGER IF NOT EXISTS audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_entry_no_replace BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_subject_no_update BEFORE UPDATE ON audit_subject BEGIN SELECT RAISE(ABORT, 'audit_subject is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_subject_no_delete BEFORE DELETE ON audit_subject BEGIN SELECT RAISE(ABORT, 'audit_subject is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_subject_no_replace BEFORE INSERT ON audit_subject WHEN EXISTS (SELECT 1 FROM audit_subject WHERE entry_id = NEW.entry_id AND ref = NEW.ref) BEGIN SELECT RAISE(ABORT, 'audit_subject is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_seal_no_replace BEFORE INSERT ON audit_seal WHEN EXISTS (SELECT 1 FROM audit_seal WHERE place = NEW.place) BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END",
        "CREATE VIRTUAL TABLE search_index USING fts5(words, content='search_text', content_rowid='id', tokenize='unicode61')",
        'CREATE TRIGGER search_text_insert AFTER INSERT ON search_text BEGIN INSERT INTO search_index(rowid, words) VALUES (new.id, new.words); END',
        "CREATE TRIGGER search_text_delete AFTER DELETE ON search_text BEGIN INSERT INTO search_index(search_index, rowid, words) VALUES ('delete', old.id, old.words); END",
        "CREATE TRIGGER search_text_update AFTER UPDATE ON search_text BEGIN INSERT INTO search_index(search_index, rowid, words) VALUES ('delete', old.id, old.words); INSERT INTO search_index(rowid, words) VALUES (new.id, new.words); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS\n$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$",
        'CREATE OR REPLACE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_append_only()',
        'CREATE OR REPLACE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()',
        'CREATE OR REPLACE TRIGGER audit_subject_append_only BEFORE UPDATE OR DELETE ON audit_subject FOR EACH ROW EXECUTE FUNCTION audit_append_only()',
        'CREATE OR REPLACE TRIGGER audit_subject_no_truncate BEFORE TRUNCATE ON audit_subject FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()',
        'CREATE OR REPLACE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_append_only()',
        'CREATE OR REPLACE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()',
        "CREATE INDEX ix_search_text_words ON search_text USING gin (to_tsvector('simple', words))",
    ],
}
UNMADE = {
    "sqlite": [
        'DROP TRIGGER audit_entry_no_update',
        'DROP TRIGGER audit_entry_no_delete',
        'DROP TRIGGER audit_entry_no_replace',
        'DROP TRIGGER audit_subject_no_update',
        'DROP TRIGGER audit_subject_no_delete',
        'DROP TRIGGER audit_subject_no_replace',
        'DROP TRIGGER audit_seal_no_update',
        'DROP TRIGGER audit_seal_no_delete',
        'DROP TRIGGER audit_seal_no_replace',
        'DROP TRIGGER search_text_insert',
        'DROP TRIGGER search_text_delete',
        'DROP TRIGGER search_text_update',
        'DROP TABLE search_index',
    ],
    "postgresql": [
        'DROP TRIGGER audit_entry_append_only ON audit_entry',
        'DROP TRIGGER audit_entry_no_truncate ON audit_entry',
        'DROP TRIGGER audit_subject_append_only ON audit_subject',
        'DROP TRIGGER audit_subject_no_truncate ON audit_subject',
        'DROP TRIGGER audit_seal_append_only ON audit_seal',
        'DROP TRIGGER audit_seal_no_truncate ON audit_seal',
        'DROP FUNCTION audit_append_only()',
        'DROP INDEX ix_search_text_words',
    ],
}


def run(statements):
    bind = op.get_bind()
    for statement in statements[bind.dialect.name]:
        bind.exec_driver_sql(statement.replace("%", "%%") if bind.dialect.name == "postgresql" else statement)


def upgrade():
    op.create_table('audit_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('source', sa.String(length=160), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('acts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('changes', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_at'), ['at'], unique=False)

    op.create_table('counter',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_counter'))
    )
    op.create_table('custom_field',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('choices', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_custom_field')),
    sa.UniqueConstraint('title', name=op.f('uq_custom_field_title'))
    )
    op.create_table('data_version',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_data_version'))
    )
    op.create_table('draft',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_draft'))
    )
    op.create_table('employer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('tax_number', sa.String(length=8), nullable=False),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('contact', sa.String(length=80), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employer')),
    sa.UniqueConstraint('name', name=op.f('uq_employer_name'))
    )
    op.create_table('job_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job', sa.String(length=80), nullable=False),
    sa.Column('scheduled_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('worker', sa.String(length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result', sa.String(length=400), nullable=False),
    sa.Column('error', sa.String(length=200), nullable=False),
    sa.Column('incident', sa.String(length=12), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_run')),
    sa.UniqueConstraint('job', 'scheduled_at', name=op.f('uq_job_run_job_scheduled_at'))
    )
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_run_state'), ['state'], unique=False)

    op.create_table('mapping_memory',
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('mapping', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('signature', name=op.f('pk_mapping_memory'))
    )
    op.create_table('once_key',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('endpoint', sa.String(length=120), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('location', sa.Text(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_once_key'))
    )
    op.create_table('search_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_text')),
    sa.UniqueConstraint('kind', 'record_id', name=op.f('uq_search_text_kind_record_id'))
    )
    op.create_table('sign_in_try',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('succeeded', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_try'))
    )
    with op.batch_alter_table('sign_in_try', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_try_account'), ['account'], unique=False)
        batch_op.create_index(batch_op.f('ix_sign_in_try_address'), ['address'], unique=False)
        batch_op.create_index(batch_op.f('ix_sign_in_try_at'), ['at'], unique=False)

    op.create_table('union_bank_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('bank', sa.String(length=80), nullable=False),
    sa.Column('branch', sa.String(length=80), nullable=False),
    sa.Column('account_number', sa.LargeBinary(), nullable=False),
    sa.Column('account_index', sa.String(length=32), nullable=False),
    sa.Column('holder', sa.String(length=120), nullable=False),
    sa.Column('purpose', sa.String(length=120), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_union_bank_account'))
    )
    with op.batch_alter_table('union_bank_account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_union_bank_account_account_index'), ['account_index'], unique=False)

    op.create_table('union_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('short_name', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('authority', sa.String(length=120), nullable=False),
    sa.Column('seat', sa.String(length=200), nullable=False),
    sa.Column('area', sa.String(length=120), nullable=False),
    sa.Column('registration_number', sa.String(length=60), nullable=False),
    sa.Column('registered_on', sa.Date(), nullable=True),
    sa.Column('founded_on', sa.Date(), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('tax_number', sa.String(length=8), nullable=False),
    sa.Column('logo', sa.LargeBinary(), nullable=True),
    sa.Column('logo_type', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_union_record_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_union_record'))
    )
    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('totp_secret', sa.LargeBinary(), nullable=True),
    sa.Column('totp_last_step', sa.Integer(), nullable=True),
    sa.Column('locale', sa.String(length=12), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deactivated_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('username', name=op.f('uq_user_username'))
    )
    op.create_table('audit_seal',
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['audit_entry.id'], name=op.f('fk_audit_seal_entry_id_audit_entry')),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_audit_seal')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_audit_seal_entry_id'))
    )
    op.create_table('audit_subject',
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['audit_entry.id'], name=op.f('fk_audit_subject_entry_id_audit_entry')),
    sa.PrimaryKeyConstraint('entry_id', 'ref', name=op.f('pk_audit_subject'))
    )
    with op.batch_alter_table('audit_subject', schema=None) as batch_op:
        batch_op.create_index('ix_audit_subject_ref', ['ref', 'entry_id'], unique=False)

    op.create_table('charter_value',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('entry', sa.Integer(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('clause', sa.String(length=60), nullable=False),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('resolution', sa.Text(), nullable=False),
    sa.Column('entered_by_id', sa.Integer(), nullable=True),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("source IN ('charter', 'default')", name=op.f('ck_charter_value_source')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['user.id'], name=op.f('fk_charter_value_entered_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_charter_value')),
    sa.UniqueConstraint('key', 'valid_from', 'entry', name=op.f('uq_charter_value_key_valid_from_entry'))
    )
    op.create_table('legal_parameter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('entry', sa.Integer(), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('citation', sa.String(length=200), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('confidence', sa.String(length=20), nullable=False),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['user.id'], name=op.f('fk_legal_parameter_confirmed_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_parameter')),
    sa.UniqueConstraint('key', 'valid_from', 'entry', name=op.f('uq_legal_parameter_key_valid_from_entry'))
    )
    op.create_table('recovery_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_recovery_code_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_code_user_id'), ['user_id'], unique=False)

    op.create_table('roster_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('sheet', sa.String(length=80), nullable=False),
    sa.Column('encoding', sa.String(length=20), nullable=False),
    sa.Column('mapping', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('corrections', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_roster_import_by_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_import'))
    )
    with op.batch_alter_table('roster_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roster_import_fingerprint'), ['fingerprint'], unique=False)

    op.create_table('saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=40), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('is_shared', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_saved_view_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view'))
    )
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_view_user_id'), ['user_id'], unique=False)

    op.create_table('task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('arguments', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('owner_name', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('worker', sa.String(length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('progress', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('message', sa.String(length=200), nullable=False),
    sa.Column('params', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('problems', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('incident', sa.String(length=12), nullable=False),
    sa.Column('result', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('result_ref', sa.String(length=60), nullable=True),
    sa.Column('link', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('cancel_requested', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_task_owner_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task'))
    )
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_task_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_state'), ['state'], unique=False)

    op.create_table('user_role',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('scope', sa.String(length=60), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_user_role_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_role')),
    sa.UniqueConstraint('user_id', 'role', 'scope', name=op.f('uq_user_role_user_id_role_scope'))
    )
    with op.batch_alter_table('user_role', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_role_user_id'), ['user_id'], unique=False)

    op.create_table('user_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('device', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_user_session_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_user_session_token_hash'))
    )
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_session_user_id'), ['user_id'], unique=False)

    op.create_table('workplace',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('employer_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_workplace_employer_id_employer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workplace')),
    sa.UniqueConstraint('employer_id', 'name', name=op.f('uq_workplace_employer_id_name'))
    )
    with op.batch_alter_table('workplace', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_workplace_employer_id'), ['employer_id'], unique=False)

    op.create_table('import_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('table', sa.String(length=40), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['roster_import.id'], name=op.f('fk_import_change_import_id_roster_import')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_change'))
    )
    with op.batch_alter_table('import_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_change_import_id'), ['import_id'], unique=False)

    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('other_name', sa.String(length=120), nullable=False),
    sa.Column('id_number', sa.LargeBinary(), nullable=True),
    sa.Column('id_index', sa.String(length=32), nullable=True),
    sa.Column('sex', sa.String(length=1), nullable=False),
    sa.Column('birth_on', sa.Date(), nullable=True),
    sa.Column('nationality', sa.String(length=40), nullable=False),
    sa.Column('mobile', sa.String(length=40), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('line_name', sa.String(length=80), nullable=False),
    sa.Column('home_address', sa.String(length=300), nullable=False),
    sa.Column('mail_address', sa.String(length=300), nullable=False),
    sa.Column('education', sa.String(length=40), nullable=False),
    sa.Column('trade', sa.String(length=80), nullable=False),
    sa.Column('bank_code', sa.String(length=20), nullable=False),
    sa.Column('bank_account', sa.LargeBinary(), nullable=True),
    sa.Column('bank_index', sa.String(length=32), nullable=True),
    sa.Column('died_on', sa.Date(), nullable=True),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['roster_import.id'], name=op.f('fk_person_import_id_roster_import')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['person.id'], name=op.f('fk_person_merged_into_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_bank_index'), ['bank_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_import_id'), ['import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_name'), ['name'], unique=False)
        batch_op.create_index('uq_person_id_index', ['id_index'], unique=True, postgresql_where=sa.text('id_index IS NOT NULL AND merged_into_id IS NULL'), sqlite_where=sa.text('id_index IS NOT NULL AND merged_into_id IS NULL'))

    op.create_table('roster_file',
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['roster_import.id'], name=op.f('fk_roster_file_import_id_roster_import')),
    sa.PrimaryKeyConstraint('import_id', name=op.f('pk_roster_file'))
    )
    op.create_table('unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['roster_import.id'], name=op.f('fk_unit_import_id_roster_import')),
    sa.ForeignKeyConstraint(['parent_id'], ['unit.id'], name=op.f('fk_unit_parent_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit'))
    )
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_import_id'), ['import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_parent_id'), ['parent_id'], unique=False)

    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('text_version', sa.String(length=40), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('how', sa.String(length=80), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_person_id'), ['person_id'], unique=False)

    op.create_table('custom_value',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('field_id', sa.Integer(), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['field_id'], ['custom_field.id'], name=op.f('fk_custom_value_field_id_custom_field')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_custom_value_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', 'field_id', name=op.f('pk_custom_value'))
    )
    op.create_table('dependant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.Column('id_number', sa.LargeBinary(), nullable=True),
    sa.Column('birth_on', sa.Date(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_dependant_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dependant'))
    )
    with op.batch_alter_table('dependant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dependant_person_id'), ['person_id'], unique=False)

    op.create_table('emergency_contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_emergency_contact_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_contact'))
    )
    with op.batch_alter_table('emergency_contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emergency_contact_person_id'), ['person_id'], unique=False)

    op.create_table('employment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('employer_id', sa.Integer(), nullable=False),
    sa.Column('workplace_id', sa.Integer(), nullable=True),
    sa.Column('staff_number', sa.String(length=20), nullable=False),
    sa.Column('job', sa.String(length=80), nullable=False),
    sa.Column('is_manager', sa.Boolean(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_employment_employer_id_employer')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_employment_person_id_person')),
    sa.ForeignKeyConstraint(['workplace_id'], ['workplace.id'], name=op.f('fk_employment_workplace_id_workplace')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employment'))
    )
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employment_employer_id'), ['employer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_employment_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_employment_staff_number'), ['staff_number'], unique=False)

    op.create_table('membership',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('joined_on', sa.Date(), nullable=True),
    sa.Column('joined_by', sa.String(length=200), nullable=False),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('left_reason', sa.String(length=20), nullable=False),
    sa.Column('left_note', sa.String(length=200), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('left_on IS NULL OR joined_on IS NULL OR left_on >= joined_on', name=op.f('ck_membership_left_after_joined')),
    sa.ForeignKeyConstraint(['import_id'], ['roster_import.id'], name=op.f('fk_membership_import_id_roster_import')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership')),
    sa.UniqueConstraint('number', name=op.f('uq_membership_number'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index('ix_membership_by_joining', ['joined_on', 'number', 'left_on'], unique=False)
        batch_op.create_index('ix_membership_by_leaving', ['left_on', 'number', 'joined_on'], unique=False)
        batch_op.create_index('ix_membership_by_number', ['number', 'left_on', 'joined_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_import_id'), ['import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_person_id'), ['person_id'], unique=False)

    op.create_table('person_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('author', sa.String(length=80), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['roster_import.id'], name=op.f('fk_person_note_import_id_roster_import')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_note_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_note'))
    )
    with op.batch_alter_table('person_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_note_import_id'), ['import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_note_person_id'), ['person_id'], unique=False)

    op.create_table('class_stay',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('member_class', sa.String(length=20), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_class_stay_membership_id_membership')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_stay'))
    )
    with op.batch_alter_table('class_stay', schema=None) as batch_op:
        batch_op.create_index('ix_class_stay_class', ['member_class', 'until_on', 'membership_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_class_stay_membership_id'), ['membership_id'], unique=False)

    op.create_table('unit_stay',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_unit_stay_membership_id_membership')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_unit_stay_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_stay'))
    )
    with op.batch_alter_table('unit_stay', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_stay_membership_id'), ['membership_id'], unique=False)
        batch_op.create_index('ix_unit_stay_unit', ['unit_id', 'until_on', 'membership_id'], unique=False)

    op.create_table('wage_base',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('insured_salary', sa.BigInteger(), nullable=True),
    sa.Column('dependants_count', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_wage_base_membership_id_membership')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wage_base'))
    )
    with op.batch_alter_table('wage_base', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_wage_base_membership_id'), ['membership_id'], unique=False)

    run(MADE)


def downgrade():
    run(UNMADE)
    with op.batch_alter_table('wage_base', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_wage_base_membership_id'))

    op.drop_table('wage_base')
    with op.batch_alter_table('unit_stay', schema=None) as batch_op:
        batch_op.drop_index('ix_unit_stay_unit')
        batch_op.drop_index(batch_op.f('ix_unit_stay_membership_id'))

    op.drop_table('unit_stay')
    with op.batch_alter_table('class_stay', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_class_stay_membership_id'))
        batch_op.drop_index('ix_class_stay_class')

    op.drop_table('class_stay')
    with op.batch_alter_table('person_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_note_person_id'))
        batch_op.drop_index(batch_op.f('ix_person_note_import_id'))

    op.drop_table('person_note')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_membership_person_id'))
        batch_op.drop_index(batch_op.f('ix_membership_import_id'))
        batch_op.drop_index('ix_membership_by_number')
        batch_op.drop_index('ix_membership_by_leaving')
        batch_op.drop_index('ix_membership_by_joining')

    op.drop_table('membership')
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_employment_staff_number'))
        batch_op.drop_index(batch_op.f('ix_employment_person_id'))
        batch_op.drop_index(batch_op.f('ix_employment_employer_id'))

    op.drop_table('employment')
    with op.batch_alter_table('emergency_contact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emergency_contact_person_id'))

    op.drop_table('emergency_contact')
    with op.batch_alter_table('dependant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dependant_person_id'))

    op.drop_table('dependant')
    op.drop_table('custom_value')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_person_id'))

    op.drop_table('consent')
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unit_parent_id'))
        batch_op.drop_index(batch_op.f('ix_unit_import_id'))

    op.drop_table('unit')
    op.drop_table('roster_file')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index('uq_person_id_index', postgresql_where=sa.text('id_index IS NOT NULL AND merged_into_id IS NULL'), sqlite_where=sa.text('id_index IS NOT NULL AND merged_into_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_person_name'))
        batch_op.drop_index(batch_op.f('ix_person_merged_into_id'))
        batch_op.drop_index(batch_op.f('ix_person_import_id'))
        batch_op.drop_index(batch_op.f('ix_person_bank_index'))

    op.drop_table('person')
    with op.batch_alter_table('import_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_change_import_id'))

    op.drop_table('import_change')
    with op.batch_alter_table('workplace', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_workplace_employer_id'))

    op.drop_table('workplace')
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_session_user_id'))

    op.drop_table('user_session')
    with op.batch_alter_table('user_role', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_role_user_id'))

    op.drop_table('user_role')
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_task_state'))
        batch_op.drop_index(batch_op.f('ix_task_owner_id'))

    op.drop_table('task')
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_saved_view_user_id'))

    op.drop_table('saved_view')
    with op.batch_alter_table('roster_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_roster_import_fingerprint'))

    op.drop_table('roster_import')
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_code_user_id'))

    op.drop_table('recovery_code')
    op.drop_table('legal_parameter')
    op.drop_table('charter_value')
    with op.batch_alter_table('audit_subject', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_subject_ref')

    op.drop_table('audit_subject')
    op.drop_table('audit_seal')
    op.drop_table('user')
    op.drop_table('union_record')
    with op.batch_alter_table('union_bank_account', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_union_bank_account_account_index'))

    op.drop_table('union_bank_account')
    with op.batch_alter_table('sign_in_try', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_try_at'))
        batch_op.drop_index(batch_op.f('ix_sign_in_try_address'))
        batch_op.drop_index(batch_op.f('ix_sign_in_try_account'))

    op.drop_table('sign_in_try')
    op.drop_table('search_text')
    op.drop_table('once_key')
    op.drop_table('mapping_memory')
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_run_state'))

    op.drop_table('job_run')
    op.drop_table('employer')
    op.drop_table('draft')
    op.drop_table('data_version')
    op.drop_table('custom_field')
    op.drop_table('counter')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_at'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_actor_id'))

    op.drop_table('audit_entry')
