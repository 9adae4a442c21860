"""Folds: groups of photographs that stay together, the decisions of the team, and the assignment to folds."""
