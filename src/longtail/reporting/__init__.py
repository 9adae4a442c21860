"""The page that people read, and the model card."""
