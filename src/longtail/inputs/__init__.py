"""The inputs of a stage, as dvc.yaml names them, and whether they changed while it ran."""
