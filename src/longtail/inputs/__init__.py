"""What a stage reads: its inputs as dvc.yaml names them, and whether they stayed as they were while it ran."""
