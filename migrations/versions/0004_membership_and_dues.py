"""Membership and dues: the ledger, schemes, bills, payments, receipts, statements, check-off, arrears, joining, and what changes a membership.

The append-only triggers of the new tables are written out as they were on this day; the function that PostgreSQL's call is that of 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

MADE = {
    "sqlite": [
        "CREATE TRIGGER IF NOT EXISTS voucher_no_update BEFORE UPDATE ON voucher BEGIN SELECT RAISE(ABORT, 'voucher is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS voucher_no_delete BEFORE DELETE ON voucher BEGIN SELECT RAISE(ABORT, 'voucher is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS voucher_no_replace BEFORE INSERT ON voucher WHEN EXISTS (SELECT 1 FROM voucher WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'voucher is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS posting_no_update BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS posting_no_delete BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS posting_no_replace BEFORE INSERT ON posting WHEN EXISTS (SELECT 1 FROM posting WHERE voucher_id = NEW.voucher_id AND line = NEW.line) BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS allocation_no_update BEFORE UPDATE ON allocation BEGIN SELECT RAISE(ABORT, 'allocation is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS allocation_no_delete BEFORE DELETE ON allocation BEGIN SELECT RAISE(ABORT, 'allocation is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS allocation_no_replace BEFORE INSERT ON allocation WHEN EXISTS (SELECT 1 FROM allocation WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'allocation is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS charge_adjustment_no_update BEFORE UPDATE ON charge_adjustment BEGIN SELECT RAISE(ABORT, 'charge_adjustment is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS charge_adjustment_no_delete BEFORE DELETE ON charge_adjustment BEGIN SELECT RAISE(ABORT, 'charge_adjustment is append-only'); END",
        "CREATE TRIGGER IF NOT EXISTS charge_adjustment_no_replace BEFORE INSERT ON charge_adjustment WHEN EXISTS (SELECT 1 FROM charge_adjustment WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'charge_adjustment is append-only'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE TRIGGER voucher_append_only BEFORE UPDATE OR DELETE ON voucher FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE OR REPLACE TRIGGER voucher_no_truncate BEFORE TRUNCATE ON voucher FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
        "CREATE OR REPLACE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE OR REPLACE TRIGGER posting_no_truncate BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
        "CREATE OR REPLACE TRIGGER allocation_append_only BEFORE UPDATE OR DELETE ON allocation FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE OR REPLACE TRIGGER allocation_no_truncate BEFORE TRUNCATE ON allocation FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
        "CREATE OR REPLACE TRIGGER charge_adjustment_append_only BEFORE UPDATE OR DELETE ON charge_adjustment FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE OR REPLACE TRIGGER charge_adjustment_no_truncate BEFORE TRUNCATE ON charge_adjustment FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ],
}
"""Triggers of the append-only tables; they go with their tables."""


def upgrade():
    op.create_table('books_begin',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_books_begin_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_books_begin'))
    )
    op.create_table('dues_scheme',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('due_month', sa.Integer(), nullable=False),
    sa.Column('due_day', sa.Integer(), nullable=False),
    sa.Column('classes', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('units', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('prorate', sa.String(length=10), nullable=False),
    sa.Column('order', sa.Integer(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dues_scheme')),
    sa.UniqueConstraint('title', name=op.f('uq_dues_scheme_title'))
    )
    op.create_table('payment_numbering',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('pattern', sa.String(length=120), nullable=False),
    sa.Column('agreed_with', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_numbering')),
    sa.UniqueConstraint('kind', 'valid_from', name=op.f('uq_payment_numbering_kind_valid_from'))
    )
    op.create_table('roll_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('team', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('resolution', sa.String(length=200), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roll_check')),
    sa.UniqueConstraint('year', name=op.f('uq_roll_check_year'))
    )
    op.create_table('statement_layout',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('content', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_layout')),
    sa.UniqueConstraint('key', name=op.f('uq_statement_layout_key'))
    )
    op.create_table('bill_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('period_on', sa.Date(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('schemes', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('billed_on', sa.Date(), nullable=False),
    sa.Column('mends', sa.Boolean(), nullable=False),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('reversed_on', sa.Date(), nullable=True),
    sa.Column('reversed_why', sa.String(length=200), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_bill_run_by_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bill_run'))
    )
    with op.batch_alter_table('bill_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bill_run_period_on'), ['period_on'], unique=False)

    op.create_table('cash_count',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('counted_on', sa.Date(), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=False),
    sa.Column('expected', sa.BigInteger(), nullable=False),
    sa.Column('counted', sa.BigInteger(), nullable=False),
    sa.Column('pieces', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('banked_on', sa.Date(), nullable=True),
    sa.Column('bank_account_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['bank_account_id'], ['union_bank_account.id'], name=op.f('fk_cash_count_bank_account_id_union_bank_account')),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_cash_count_by_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cash_count'))
    )
    with op.batch_alter_table('cash_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cash_count_counted_on'), ['counted_on'], unique=False)

    op.create_table('closed_month',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('month', sa.Integer(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_closed_month_by_user_id_user')),
    sa.PrimaryKeyConstraint('year', 'month', name=op.f('pk_closed_month'))
    )
    op.create_table('debit_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('layout', sa.String(length=40), nullable=False),
    sa.Column('period_on', sa.Date(), nullable=False),
    sa.Column('collect_on', sa.Date(), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('bank_account_id', sa.Integer(), nullable=True),
    sa.Column('returned_on', sa.Date(), nullable=True),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['bank_account_id'], ['union_bank_account.id'], name=op.f('fk_debit_run_bank_account_id_union_bank_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_debit_run'))
    )
    with op.batch_alter_table('debit_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_debit_run_period_on'), ['period_on'], unique=False)

    op.create_table('dues_scheme_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scheme_id', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('basis', sa.String(length=10), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.String(length=12), nullable=False),
    sa.Column('table', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('clause', sa.String(length=60), nullable=False),
    sa.Column('resolution', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['scheme_id'], ['dues_scheme.id'], name=op.f('fk_dues_scheme_terms_scheme_id_dues_scheme')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dues_scheme_terms')),
    sa.UniqueConstraint('scheme_id', 'valid_from', name=op.f('uq_dues_scheme_terms_scheme_id_valid_from'))
    )
    with op.batch_alter_table('dues_scheme_terms', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dues_scheme_terms_scheme_id'), ['scheme_id'], unique=False)

    op.create_table('dunning_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=12), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=False),
    sa.Column('pay_by', sa.Date(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('belongs_to', sa.String(length=60), nullable=True),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_dunning_run_by_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dunning_run'))
    )
    with op.batch_alter_table('dunning_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dunning_run_belongs_to'), ['belongs_to'], unique=False)
        batch_op.create_index(batch_op.f('ix_dunning_run_sent_on'), ['sent_on'], unique=False)

    op.create_table('employer_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('employer_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('basis', sa.String(length=12), nullable=False),
    sa.Column('agreement', sa.String(length=200), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('hand_over_day', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('layout', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_employer_terms_employer_id_employer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employer_terms'))
    )
    with op.batch_alter_table('employer_terms', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employer_terms_employer_id'), ['employer_id'], unique=False)

    op.create_table('erasure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('people', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['asked_by_id'], ['user.id'], name=op.f('fk_erasure_asked_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    op.create_table('joining_form',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('notice', sa.Text(), nullable=False),
    sa.Column('notice_version', sa.String(length=40), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['user.id'], name=op.f('fk_joining_form_made_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_joining_form'))
    )
    op.create_table('opening_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('mapping', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_opening_batch_by_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opening_batch'))
    )
    op.create_table('statement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('layout', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=6), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('bank_account_id', sa.Integer(), nullable=True),
    sa.Column('first_on', sa.Date(), nullable=True),
    sa.Column('last_on', sa.Date(), nullable=True),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['bank_account_id'], ['union_bank_account.id'], name=op.f('fk_statement_bank_account_id_union_bank_account')),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_statement_by_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_statement_fingerprint'))
    )
    op.create_table('voucher',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('posted_on', sa.Date(), nullable=False),
    sa.Column('text', sa.String(length=200), nullable=False),
    sa.Column('belongs_to', sa.String(length=60), nullable=True),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_voucher_by_user_id_user')),
    sa.ForeignKeyConstraint(['reverses_id'], ['voucher.id'], name=op.f('fk_voucher_reverses_id_voucher')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voucher')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_voucher_reverses_id')),
    sa.UniqueConstraint('year', 'serial', name=op.f('uq_voucher_year_serial'))
    )
    with op.batch_alter_table('voucher', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_voucher_belongs_to'), ['belongs_to'], unique=False)
        batch_op.create_index(batch_op.f('ix_voucher_posted_on'), ['posted_on'], unique=False)

    op.create_table('bill_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('period_on', sa.Date(), nullable=False),
    sa.Column('schemes', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('counts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('reckoned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_bill_draft_by_user_id_user')),
    sa.ForeignKeyConstraint(['run_id'], ['bill_run.id'], name=op.f('fk_bill_draft_run_id_bill_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bill_draft'))
    )
    op.create_table('posting',
    sa.Column('voucher_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=8), nullable=False),
    sa.Column('debit', sa.BigInteger(), nullable=False),
    sa.Column('credit', sa.BigInteger(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('bank_account_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('(debit > 0 AND credit = 0) OR (debit = 0 AND credit > 0)', name=op.f('ck_posting_one_side')),
    sa.ForeignKeyConstraint(['bank_account_id'], ['union_bank_account.id'], name=op.f('fk_posting_bank_account_id_union_bank_account')),
    sa.ForeignKeyConstraint(['voucher_id'], ['voucher.id'], name=op.f('fk_posting_voucher_id_voucher')),
    sa.PrimaryKeyConstraint('voucher_id', 'line', name=op.f('pk_posting'))
    )
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.create_index('ix_posting_account', ['account', 'voucher_id'], unique=False)

    op.create_table('statement_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('statement_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('moved_on', sa.Date(), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('fee', sa.BigInteger(), nullable=False),
    sa.Column('payer', sa.String(length=120), nullable=False),
    sa.Column('account', sa.String(length=40), nullable=False),
    sa.Column('word', sa.String(length=60), nullable=False),
    sa.Column('memo', sa.String(length=200), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('balance', sa.BigInteger(), nullable=True),
    sa.Column('verdict', sa.String(length=24), nullable=False),
    sa.Column('confidence', sa.Integer(), nullable=False),
    sa.Column('proposal', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('partner_id', sa.Integer(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_as', sa.String(length=10), nullable=False),
    sa.Column('settled_by_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['partner_id'], ['statement_line.id'], name=op.f('fk_statement_line_partner_id_statement_line')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['user.id'], name=op.f('fk_statement_line_settled_by_id_user')),
    sa.ForeignKeyConstraint(['statement_id'], ['statement.id'], name=op.f('fk_statement_line_statement_id_statement')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_line')),
    sa.UniqueConstraint('mark', name=op.f('uq_statement_line_mark'))
    )
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.create_index('ix_statement_line_open', ['settled_at', 'moved_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_statement_line_partner_id'), ['partner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_statement_line_statement_id'), ['statement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_statement_line_verdict'), ['verdict'], unique=False)

    op.create_table('bill_draft_line',
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('scheme_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('before', sa.BigInteger(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('reduced', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['bill_draft.id'], name=op.f('fk_bill_draft_line_draft_id_bill_draft')),
    sa.PrimaryKeyConstraint('draft_id', 'place', name=op.f('pk_bill_draft_line'))
    )
    with op.batch_alter_table('bill_draft_line', schema=None) as batch_op:
        batch_op.create_index('ix_bill_draft_line_verdict', ['draft_id', 'verdict', 'place'], unique=False)

    op.create_table('charge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('scheme_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('text', sa.String(length=80), nullable=False),
    sa.Column('period_on', sa.Date(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('entry', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('charged_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('order', sa.Integer(), nullable=False),
    sa.Column('opening_id', sa.Integer(), nullable=True),
    sa.Column('why', sa.String(length=200), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_charge_positive')),
    sa.ForeignKeyConstraint(['opening_id'], ['opening_batch.id'], name=op.f('fk_charge_opening_id_opening_batch')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_charge_person_id_person')),
    sa.ForeignKeyConstraint(['run_id'], ['bill_run.id'], name=op.f('fk_charge_run_id_bill_run')),
    sa.ForeignKeyConstraint(['scheme_id'], ['dues_scheme.id'], name=op.f('fk_charge_scheme_id_dues_scheme')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_charge')),
    sa.UniqueConstraint('person_id', 'scheme_id', 'period_on', 'entry', name=op.f('uq_charge_person_id_scheme_id_period_on_entry'))
    )
    with op.batch_alter_table('charge', schema=None) as batch_op:
        batch_op.create_index('ix_charge_due', ['due_on', 'person_id'], unique=False)
        batch_op.create_index('ix_charge_opening', ['opening_id'], unique=False, sqlite_where=sa.text('opening_id IS NOT NULL'), postgresql_where=sa.text('opening_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_charge_run_id'), ['run_id'], unique=False)

    op.create_table('checkoff_list',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('employer_id', sa.Integer(), nullable=False),
    sa.Column('terms_id', sa.Integer(), nullable=False),
    sa.Column('period_on', sa.Date(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('left_out', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('sent_how', sa.String(length=10), nullable=False),
    sa.Column('returned_on', sa.Date(), nullable=True),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('stated_total', sa.BigInteger(), nullable=True),
    sa.Column('transferred', sa.BigInteger(), nullable=True),
    sa.Column('transferred_on', sa.Date(), nullable=True),
    sa.Column('fee', sa.BigInteger(), nullable=False),
    sa.Column('notices', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('statement_line_id', sa.Integer(), nullable=True),
    sa.Column('booked_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_checkoff_list_employer_id_employer')),
    sa.ForeignKeyConstraint(['statement_line_id'], ['statement_line.id'], name=op.f('fk_checkoff_list_statement_line_id_statement_line')),
    sa.ForeignKeyConstraint(['terms_id'], ['employer_terms.id'], name=op.f('fk_checkoff_list_terms_id_employer_terms')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkoff_list')),
    sa.UniqueConstraint('employer_id', 'period_on', name=op.f('uq_checkoff_list_employer_id_period_on'))
    )
    with op.batch_alter_table('checkoff_list', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checkoff_list_employer_id'), ['employer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_checkoff_list_fingerprint'), ['fingerprint'], unique=False)

    op.create_table('debit_mandate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('bank', sa.String(length=7), nullable=False),
    sa.Column('account', sa.LargeBinary(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_debit_mandate_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_debit_mandate'))
    )
    with op.batch_alter_table('debit_mandate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_debit_mandate_person_id'), ['person_id'], unique=False)

    op.create_table('dues_exemption',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('scheme_id', sa.Integer(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('basis', sa.String(length=200), nullable=False),
    sa.CheckConstraint('percent BETWEEN 1 AND 100', name=op.f('ck_dues_exemption_percent')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_dues_exemption_person_id_person')),
    sa.ForeignKeyConstraint(['scheme_id'], ['dues_scheme.id'], name=op.f('fk_dues_exemption_scheme_id_dues_scheme')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dues_exemption'))
    )
    with op.batch_alter_table('dues_exemption', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dues_exemption_person_id'), ['person_id'], unique=False)

    op.create_table('dunning',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('step', sa.String(length=12), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=False),
    sa.Column('pay_by', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('returned_on', sa.Date(), nullable=True),
    sa.Column('proof', sa.String(length=80), nullable=False),
    sa.Column('belongs_to', sa.String(length=60), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_dunning_person_id_person')),
    sa.ForeignKeyConstraint(['run_id'], ['dunning_run.id'], name=op.f('fk_dunning_run_id_dunning_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dunning'))
    )
    with op.batch_alter_table('dunning', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dunning_belongs_to'), ['belongs_to'], unique=False)
        batch_op.create_index(batch_op.f('ix_dunning_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dunning_run_id'), ['run_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dunning_sent_on'), ['sent_on'], unique=False)

    op.create_table('former_identity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('id_number', sa.LargeBinary(), nullable=True),
    sa.Column('id_index', sa.String(length=32), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('proof', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_former_identity_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_former_identity'))
    )
    with op.batch_alter_table('former_identity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_identity_id_index'), ['id_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_former_identity_person_id'), ['person_id'], unique=False)

    op.create_table('instalment_plan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('agreed_on', sa.Date(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_why', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_instalment_plan_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instalment_plan'))
    )
    with op.batch_alter_table('instalment_plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_instalment_plan_person_id'), ['person_id'], unique=False)

    op.create_table('payer_account',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('tail', sa.String(length=5), nullable=False),
    sa.Column('since_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_payer_account_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', 'tail', name=op.f('pk_payer_account'))
    )
    with op.batch_alter_table('payer_account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payer_account_tail'), ['tail'], unique=False)

    op.create_table('absence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('proof', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_absence_membership_id_membership')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence'))
    )
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absence_membership_id'), ['membership_id'], unique=False)

    op.create_table('application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('id_index', sa.String(length=32), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('privacy_version', sa.String(length=40), nullable=False),
    sa.Column('introducer', sa.String(length=80), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('findings', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('checked_on', sa.Date(), nullable=True),
    sa.Column('checked_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decision', sa.String(length=10), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=False),
    sa.Column('ratified_on', sa.Date(), nullable=True),
    sa.Column('ratified_by', sa.String(length=200), nullable=False),
    sa.Column('refused_why', sa.String(length=200), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=True),
    sa.Column('charge_id', sa.Integer(), nullable=True),
    sa.Column('membership_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['charge_id'], ['charge.id'], name=op.f('fk_application_charge_id_charge')),
    sa.ForeignKeyConstraint(['checked_by_id'], ['user.id'], name=op.f('fk_application_checked_by_id_user')),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_application_membership_id_membership')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_application_person_id_person')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_application_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application')),
    sa.UniqueConstraint('number', name=op.f('uq_application_number'))
    )
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_charge_id'), ['charge_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_id_index'), ['id_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_membership_id'), ['membership_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_received_on'), ['received_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_unit_id'), ['unit_id'], unique=False)

    op.create_table('charge_adjustment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('charge_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('adjusted_on', sa.Date(), nullable=False),
    sa.Column('why', sa.String(length=200), nullable=False),
    sa.Column('resolution', sa.String(length=200), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('amount <> 0', name=op.f('ck_charge_adjustment_not_nothing')),
    sa.ForeignKeyConstraint(['charge_id'], ['charge.id'], name=op.f('fk_charge_adjustment_charge_id_charge')),
    sa.ForeignKeyConstraint(['run_id'], ['bill_run.id'], name=op.f('fk_charge_adjustment_run_id_bill_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_charge_adjustment'))
    )
    with op.batch_alter_table('charge_adjustment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_charge_adjustment_charge_id'), ['charge_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_charge_adjustment_run_id'), ['run_id'], unique=False)

    op.create_table('checkoff_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('list_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('staff_number', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('department', sa.String(length=120), nullable=False),
    sa.Column('expected', sa.BigInteger(), nullable=False),
    sa.Column('carried', sa.BigInteger(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=True),
    sa.Column('applied', sa.BigInteger(), nullable=False),
    sa.Column('rows', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('like', sa.String(length=20), nullable=False),
    sa.Column('other_name', sa.String(length=120), nullable=False),
    sa.Column('decision', sa.String(length=10), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_checkoff_line_decided_by_id_user')),
    sa.ForeignKeyConstraint(['list_id'], ['checkoff_list.id'], name=op.f('fk_checkoff_line_list_id_checkoff_list')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_checkoff_line_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkoff_line'))
    )
    with op.batch_alter_table('checkoff_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checkoff_line_list_id'), ['list_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_checkoff_line_person_id'), ['person_id'], unique=False)

    op.create_table('instalment',
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['instalment_plan.id'], name=op.f('fk_instalment_plan_id_instalment_plan')),
    sa.PrimaryKeyConstraint('plan_id', 'due_on', name=op.f('pk_instalment'))
    )
    op.create_table('leaving',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('how', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('card_returned_on', sa.Date(), nullable=True),
    sa.Column('employer_told_on', sa.Date(), nullable=True),
    sa.Column('left_to', sa.String(length=120), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_leaving_membership_id_membership')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leaving'))
    )
    with op.batch_alter_table('leaving', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leaving_membership_id'), ['membership_id'], unique=False)
        batch_op.create_index('uq_leaving_standing', ['membership_id'], unique=True, postgresql_where=sa.text('withdrawn_on IS NULL'), sqlite_where=sa.text('withdrawn_on IS NULL'))

    op.create_table('measure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('ground', sa.String(length=400), nullable=False),
    sa.Column('clause', sa.String(length=120), nullable=False),
    sa.Column('proposed_on', sa.Date(), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('origin', sa.String(length=60), nullable=True),
    sa.Column('asked_on', sa.Date(), nullable=True),
    sa.Column('asked_how', sa.String(length=80), nullable=False),
    sa.Column('hearing_on', sa.Date(), nullable=True),
    sa.Column('heard_on', sa.Date(), nullable=True),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('waived_why', sa.String(length=200), nullable=False),
    sa.Column('waived_on', sa.Date(), nullable=True),
    sa.Column('body', sa.String(length=20), nullable=False),
    sa.Column('resolution', sa.String(length=200), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('votes', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('told_on', sa.Date(), nullable=True),
    sa.Column('told_how', sa.String(length=80), nullable=False),
    sa.Column('lifted_on', sa.Date(), nullable=True),
    sa.Column('lifted_why', sa.String(length=200), nullable=False),
    sa.Column('dropped_on', sa.Date(), nullable=True),
    sa.Column('dropped_why', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("from_on IS NULL OR (resolution <> '' AND (heard_on IS NOT NULL OR waived_why <> ''))", name=op.f('ck_measure_heard_and_decided')),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_measure_membership_id_membership')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['user.id'], name=op.f('fk_measure_proposed_by_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure'))
    )
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_measure_membership_id'), ['membership_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_measure_origin'), ['origin'], unique=False)
        batch_op.create_index('uq_measure_under_way', ['membership_id', 'kind'], unique=True, postgresql_where=sa.text('decided_on IS NULL AND dropped_on IS NULL'), sqlite_where=sa.text('decided_on IS NULL AND dropped_on IS NULL'))

    op.create_table('retained',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('ground', sa.String(length=20), nullable=False),
    sa.Column('document', sa.String(length=200), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('ended_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_retained_membership_id_membership')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retained'))
    )
    with op.batch_alter_table('retained', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_retained_membership_id'), ['membership_id'], unique=False)

    op.create_table('roll_doubt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('roll_check_id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=True),
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('returned_on', sa.Date(), nullable=True),
    sa.Column('proof', sa.String(length=80), nullable=False),
    sa.Column('answer_by', sa.Date(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('answer', sa.String(length=400), nullable=False),
    sa.Column('result', sa.String(length=10), nullable=False),
    sa.Column('result_on', sa.Date(), nullable=True),
    sa.Column('result_why', sa.String(length=200), nullable=False),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('left_reason', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], name=op.f('fk_roll_doubt_membership_id_membership')),
    sa.ForeignKeyConstraint(['roll_check_id'], ['roll_check.id'], name=op.f('fk_roll_doubt_roll_check_id_roll_check')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roll_doubt')),
    sa.UniqueConstraint('roll_check_id', 'membership_id', name=op.f('uq_roll_doubt_roll_check_id_membership_id'))
    )
    with op.batch_alter_table('roll_doubt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roll_doubt_membership_id'), ['membership_id'], unique=False)

    op.create_table('payment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('payer', sa.String(length=120), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    sa.Column('statement_line_id', sa.Integer(), nullable=True),
    sa.Column('checkoff_line_id', sa.Integer(), nullable=True),
    sa.Column('cash_count_id', sa.Integer(), nullable=True),
    sa.Column('opening_id', sa.Integer(), nullable=True),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(amount > 0) = (kind = 'received')", name=op.f('ck_payment_sign')),
    sa.CheckConstraint('amount <> 0', name=op.f('ck_payment_not_nothing')),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_payment_by_user_id_user')),
    sa.ForeignKeyConstraint(['cash_count_id'], ['cash_count.id'], name=op.f('fk_payment_cash_count_id_cash_count')),
    sa.ForeignKeyConstraint(['checkoff_line_id'], ['checkoff_line.id'], name=op.f('fk_payment_checkoff_line_id_checkoff_line')),
    sa.ForeignKeyConstraint(['opening_id'], ['opening_batch.id'], name=op.f('fk_payment_opening_id_opening_batch')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_payment_person_id_person')),
    sa.ForeignKeyConstraint(['reverses_id'], ['payment.id'], name=op.f('fk_payment_reverses_id_payment')),
    sa.ForeignKeyConstraint(['statement_line_id'], ['statement_line.id'], name=op.f('fk_payment_statement_line_id_statement_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment'))
    )
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.create_index('ix_payment_box', ['channel', 'cash_count_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_cash_count_id'), ['cash_count_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_checkoff_line_id'), ['checkoff_line_id'], unique=False)
        batch_op.create_index('ix_payment_day', ['received_on', 'channel'], unique=False)
        batch_op.create_index('ix_payment_opening', ['opening_id'], unique=False, sqlite_where=sa.text('opening_id IS NOT NULL'), postgresql_where=sa.text('opening_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_payment_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_reverses_id'), ['reverses_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_statement_line_id'), ['statement_line_id'], unique=False)

    op.create_table('prospect',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('employer_id', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('workplace', sa.String(length=120), nullable=False),
    sa.Column('asked_by', sa.String(length=80), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=True),
    sa.Column('again_on', sa.Date(), nullable=True),
    sa.Column('result', sa.String(length=12), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_prospect_application_id_application')),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_prospect_employer_id_employer')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_prospect_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prospect')),
    sa.UniqueConstraint('application_id', name=op.f('uq_prospect_application_id'))
    )
    with op.batch_alter_table('prospect', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_prospect_employer_id'), ['employer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_prospect_unit_id'), ['unit_id'], unique=False)

    op.create_table('allocation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=False),
    sa.Column('charge_id', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('allotted_on', sa.Date(), nullable=False),
    sa.CheckConstraint('amount <> 0', name=op.f('ck_allocation_not_nothing')),
    sa.ForeignKeyConstraint(['charge_id'], ['charge.id'], name=op.f('fk_allocation_charge_id_charge')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_allocation_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allocation'))
    )
    with op.batch_alter_table('allocation', schema=None) as batch_op:
        batch_op.create_index('ix_allocation_charge', ['charge_id', 'allotted_on', 'amount'], unique=False)
        batch_op.create_index(batch_op.f('ix_allocation_payment_id'), ['payment_id'], unique=False)

    op.create_table('debit_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('mandate_id', sa.Integer(), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('result', sa.String(length=8), nullable=False),
    sa.Column('is_drawn', sa.Boolean(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['mandate_id'], ['debit_mandate.id'], name=op.f('fk_debit_line_mandate_id_debit_mandate')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_debit_line_payment_id_payment')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_debit_line_person_id_person')),
    sa.ForeignKeyConstraint(['run_id'], ['debit_run.id'], name=op.f('fk_debit_line_run_id_debit_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_debit_line')),
    sa.UniqueConstraint('run_id', 'serial', name=op.f('uq_debit_line_run_id_serial'))
    )
    with op.batch_alter_table('debit_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_debit_line_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_debit_line_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_debit_line_run_id'), ['run_id'], unique=False)

    op.create_table('receipt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('series', sa.String(length=8), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('printed', sa.Integer(), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('void_why', sa.String(length=200), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_user_id'], ['user.id'], name=op.f('fk_receipt_by_user_id_user')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_receipt_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt')),
    sa.UniqueConstraint('year', 'series', 'serial', name=op.f('uq_receipt_year_series_serial'))
    )
    with op.batch_alter_table('receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receipt_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index('uq_receipt_living', ['payment_id'], unique=True, sqlite_where=sa.text('voided_at IS NULL'), postgresql_where=sa.text('voided_at IS NULL'))

    op.add_column('class_stay', sa.Column('proof', sa.String(length=200), nullable=False, server_default=''))

    op.add_column('employment', sa.Column('proof', sa.String(length=200), nullable=False, server_default=''))

    op.add_column('membership', sa.Column('joined_from', sa.String(length=120), nullable=False, server_default=''))
    op.add_column('membership', sa.Column('left_to', sa.String(length=120), nullable=False, server_default=''))

    op.add_column('person', sa.Column('minimised_on', sa.Date(), nullable=True))

    op.add_column('unit_stay', sa.Column('proof', sa.String(length=200), nullable=False, server_default=''))

    op.add_column('wage_base', sa.Column('proof', sa.String(length=200), nullable=False, server_default=''))

    for statement in MADE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade():
    op.drop_column('wage_base', 'proof')

    op.drop_column('unit_stay', 'proof')

    op.drop_column('person', 'minimised_on')

    op.drop_column('membership', 'left_to')
    op.drop_column('membership', 'joined_from')

    op.drop_column('employment', 'proof')

    op.drop_column('class_stay', 'proof')

    with op.batch_alter_table('receipt', schema=None) as batch_op:
        batch_op.drop_index('uq_receipt_living', sqlite_where=sa.text('voided_at IS NULL'), postgresql_where=sa.text('voided_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_receipt_payment_id'))

    op.drop_table('receipt')
    with op.batch_alter_table('debit_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_debit_line_run_id'))
        batch_op.drop_index(batch_op.f('ix_debit_line_person_id'))
        batch_op.drop_index(batch_op.f('ix_debit_line_payment_id'))

    op.drop_table('debit_line')
    with op.batch_alter_table('allocation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_allocation_payment_id'))
        batch_op.drop_index('ix_allocation_charge')

    op.drop_table('allocation')
    with op.batch_alter_table('prospect', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_prospect_unit_id'))
        batch_op.drop_index(batch_op.f('ix_prospect_employer_id'))

    op.drop_table('prospect')
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payment_statement_line_id'))
        batch_op.drop_index(batch_op.f('ix_payment_reverses_id'))
        batch_op.drop_index(batch_op.f('ix_payment_person_id'))
        batch_op.drop_index('ix_payment_opening', sqlite_where=sa.text('opening_id IS NOT NULL'), postgresql_where=sa.text('opening_id IS NOT NULL'))
        batch_op.drop_index('ix_payment_day')
        batch_op.drop_index(batch_op.f('ix_payment_checkoff_line_id'))
        batch_op.drop_index(batch_op.f('ix_payment_cash_count_id'))
        batch_op.drop_index('ix_payment_box')

    op.drop_table('payment')
    with op.batch_alter_table('roll_doubt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_roll_doubt_membership_id'))

    op.drop_table('roll_doubt')
    with op.batch_alter_table('retained', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_retained_membership_id'))

    op.drop_table('retained')
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.drop_index('uq_measure_under_way', postgresql_where=sa.text('decided_on IS NULL AND dropped_on IS NULL'), sqlite_where=sa.text('decided_on IS NULL AND dropped_on IS NULL'))
        batch_op.drop_index(batch_op.f('ix_measure_origin'))
        batch_op.drop_index(batch_op.f('ix_measure_membership_id'))

    op.drop_table('measure')
    with op.batch_alter_table('leaving', schema=None) as batch_op:
        batch_op.drop_index('uq_leaving_standing', postgresql_where=sa.text('withdrawn_on IS NULL'), sqlite_where=sa.text('withdrawn_on IS NULL'))
        batch_op.drop_index(batch_op.f('ix_leaving_membership_id'))

    op.drop_table('leaving')
    op.drop_table('instalment')
    with op.batch_alter_table('checkoff_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_checkoff_line_person_id'))
        batch_op.drop_index(batch_op.f('ix_checkoff_line_list_id'))

    op.drop_table('checkoff_line')
    with op.batch_alter_table('charge_adjustment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_charge_adjustment_run_id'))
        batch_op.drop_index(batch_op.f('ix_charge_adjustment_charge_id'))

    op.drop_table('charge_adjustment')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_unit_id'))
        batch_op.drop_index(batch_op.f('ix_application_received_on'))
        batch_op.drop_index(batch_op.f('ix_application_person_id'))
        batch_op.drop_index(batch_op.f('ix_application_membership_id'))
        batch_op.drop_index(batch_op.f('ix_application_id_index'))
        batch_op.drop_index(batch_op.f('ix_application_charge_id'))

    op.drop_table('application')
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_absence_membership_id'))

    op.drop_table('absence')
    with op.batch_alter_table('payer_account', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payer_account_tail'))

    op.drop_table('payer_account')
    with op.batch_alter_table('instalment_plan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_instalment_plan_person_id'))

    op.drop_table('instalment_plan')
    with op.batch_alter_table('former_identity', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_former_identity_person_id'))
        batch_op.drop_index(batch_op.f('ix_former_identity_id_index'))

    op.drop_table('former_identity')
    with op.batch_alter_table('dunning', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dunning_sent_on'))
        batch_op.drop_index(batch_op.f('ix_dunning_run_id'))
        batch_op.drop_index(batch_op.f('ix_dunning_person_id'))
        batch_op.drop_index(batch_op.f('ix_dunning_belongs_to'))

    op.drop_table('dunning')
    with op.batch_alter_table('dues_exemption', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dues_exemption_person_id'))

    op.drop_table('dues_exemption')
    with op.batch_alter_table('debit_mandate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_debit_mandate_person_id'))

    op.drop_table('debit_mandate')
    with op.batch_alter_table('checkoff_list', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_checkoff_list_fingerprint'))
        batch_op.drop_index(batch_op.f('ix_checkoff_list_employer_id'))

    op.drop_table('checkoff_list')
    with op.batch_alter_table('charge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_charge_run_id'))
        batch_op.drop_index('ix_charge_opening', sqlite_where=sa.text('opening_id IS NOT NULL'), postgresql_where=sa.text('opening_id IS NOT NULL'))
        batch_op.drop_index('ix_charge_due')

    op.drop_table('charge')
    with op.batch_alter_table('bill_draft_line', schema=None) as batch_op:
        batch_op.drop_index('ix_bill_draft_line_verdict')

    op.drop_table('bill_draft_line')
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_statement_line_verdict'))
        batch_op.drop_index(batch_op.f('ix_statement_line_statement_id'))
        batch_op.drop_index(batch_op.f('ix_statement_line_partner_id'))
        batch_op.drop_index('ix_statement_line_open')

    op.drop_table('statement_line')
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.drop_index('ix_posting_account')

    op.drop_table('posting')
    op.drop_table('bill_draft')
    with op.batch_alter_table('voucher', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_voucher_posted_on'))
        batch_op.drop_index(batch_op.f('ix_voucher_belongs_to'))

    op.drop_table('voucher')
    op.drop_table('statement')
    op.drop_table('opening_batch')
    op.drop_table('joining_form')
    op.drop_table('erasure')
    with op.batch_alter_table('employer_terms', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_employer_terms_employer_id'))

    op.drop_table('employer_terms')
    with op.batch_alter_table('dunning_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dunning_run_sent_on'))
        batch_op.drop_index(batch_op.f('ix_dunning_run_belongs_to'))

    op.drop_table('dunning_run')
    with op.batch_alter_table('dues_scheme_terms', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dues_scheme_terms_scheme_id'))

    op.drop_table('dues_scheme_terms')
    with op.batch_alter_table('debit_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_debit_run_period_on'))

    op.drop_table('debit_run')
    op.drop_table('closed_month')
    with op.batch_alter_table('cash_count', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cash_count_counted_on'))

    op.drop_table('cash_count')
    with op.batch_alter_table('bill_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bill_run_period_on'))

    op.drop_table('bill_run')
    op.drop_table('statement_layout')
    op.drop_table('roll_check')
    op.drop_table('payment_numbering')
    op.drop_table('dues_scheme')
    op.drop_table('books_begin')