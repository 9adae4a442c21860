"""What leaves the house: submissions, receipts, directories."""
