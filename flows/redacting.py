"""Nothing secret in a log: every record that this process writes is redacted before any handler sees it.

Prefect, DVC and the clients behind them put addresses and answers of servers into their own messages and errors; these
go to the console and to Prefect's database, where a whole team reads them.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from longtail.errors import LongtailError, Problem
from longtail.git_runner import run_git
from longtail.lineage import store
from longtail.redaction import hide, kind_of, redacted, secrets_of


def redact_logs() -> None:
    """Let every log record be redacted as it is made."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def make_redacted(*arguments: Any, **keywords: Any) -> logging.LogRecord:
        record = make(*arguments, **keywords)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a message and its arguments that do not fit: logging says so itself
            return record
        if (clean := redacted(message)) != message:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[0] is not None:  # a formatter takes this text where there is one
            record.exc_text = redacted("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
        return record

    make_redacted.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_redacted)


def hide_credentials(root: Path) -> None:
    """Leave out of every text what DVC, git and Kaggle keep for this user: their own errors may quote it."""
    hide(store.credentials(root))
    for folder in (os.environ.get("KAGGLE_CONFIG_DIR", ""), "~/.kaggle", "~/.config/kaggle"):
        with suppress(OSError, ValueError, AttributeError):
            hide([str(json.loads((Path(folder).expanduser() / "kaggle.json").read_text("utf-8")).get("key", ""))])
    remotes = run_git(root, "remote", "--verbose").stdout
    hide(part for word in remotes.split() for part in secrets_of(word))


@contextmanager
def wrap_foreign_errors() -> Iterator[None]:
    """Turn what Prefect or a client raises into an error of ours: Prefect stores an error's text with the run.

    Raises:
        LongtailError: instead of any other exception.
    """
    try:
        yield
    except LongtailError:
        raise
    except Exception as error:
        remedy = "Run it again; if it stays, the log above says where it comes from."
        raise LongtailError(Problem(f"the flow failed ({kind_of(error)})", remedy)) from error


@contextmanager
def silent(*names: str) -> Iterator[None]:
    """Let these loggers say nothing for the length of the block."""
    before = {name: logging.getLogger(name).disabled for name in names}
    for name in names:
        logging.getLogger(name).disabled = True
    try:
        yield
    finally:
        for name, was in before.items():
            logging.getLogger(name).disabled = was
