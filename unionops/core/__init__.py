"""What every area stands on: the gate, the database, forms, pages, accounts, audit. Knows no area."""
