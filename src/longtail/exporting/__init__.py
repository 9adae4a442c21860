"""The catalogue and the answers as tables for other programs."""
