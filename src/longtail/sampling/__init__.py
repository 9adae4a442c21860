"""What an epoch learns from, and how often: the plan, without pixels."""
