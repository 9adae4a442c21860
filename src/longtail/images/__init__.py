"""Photographs: opening, hashes, filters, and working copies."""
