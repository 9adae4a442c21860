"""Identification of single photographs by the selected classifier: as text, as JSON, as a page."""
