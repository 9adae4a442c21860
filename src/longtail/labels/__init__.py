"""Label tables: reading, validation, class counts, findings."""
