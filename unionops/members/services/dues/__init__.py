"""What is done with dues: schemes, runs of bills, charges and their later changes, payments, receipts."""
