"""Where a number comes from: receipts, the lock file and DVC's store, read only."""
