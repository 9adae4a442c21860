"""Naming single photographs: what the chosen scorer says of a file, in words, as JSON, as a page."""
