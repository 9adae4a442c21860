"""Which photographs stay together, which the team has decided about, and which fold each one is in."""
