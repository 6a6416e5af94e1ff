"""Values without a database, a clock or a framework: money, ROC dates, identity numbers, pointers, problems."""
