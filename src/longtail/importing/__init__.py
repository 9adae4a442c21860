"""From a download or a folder that a person has to the layout of `data/raw/`."""
