"""`python -m longtail`: how dvc.yaml runs a stage."""

from longtail.cli import entry

if __name__ == "__main__":
    entry()
