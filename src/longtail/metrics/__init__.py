"""Each figure is defined once, here: what training, evaluation and the local grader report are the same thing."""
