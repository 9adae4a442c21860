"""`python -m longtail`: how dvc.yaml runs a stage."""

import sys

from longtail.cli import main

if __name__ == "__main__":
    sys.exit(main())
