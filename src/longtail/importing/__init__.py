"""Import of a download or a folder into the layout of `data/raw/`."""
