"""Label tables: reading them once, judging them, counting them, and bringing them in."""
