"""Photographs: opened in one place, measured, hashed, filtered, and copied into a form that is quick to read."""
