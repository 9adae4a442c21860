"""Open-set recognition: when an answer is "none of the known", and how likely that is."""
