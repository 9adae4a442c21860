"""Where log lines go: modules log with the standard `logging`, and what a person runs sends the lines to stderr."""

from __future__ import annotations

import logging
import sys


class StderrHandler(logging.Handler):
    """The bare message on what is stderr just now, above a progress bar that is open."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            line = self.format(record)
            if "tqdm" in sys.modules:
                from tqdm import tqdm

                tqdm.write(line, file=sys.stderr)
            else:
                sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
        except Exception:  # as every handler of logging's own does
            self.handleError(record)


def to_stderr(package: str) -> None:
    """Let what this package logs, from INFO on, be seen on stderr and nowhere else; it may be called again."""
    logger = logging.getLogger(package)
    logger.setLevel(logging.INFO)
    logger.propagate = False  # Prefect's handlers would show it once more
    if not any(isinstance(handler, StderrHandler) for handler in logger.handlers):
        logger.addHandler(StderrHandler())
