"""Publish to a folder: the submission first, its receipt last, so that a receipt never speaks of bytes not there."""

from __future__ import annotations

import shutil
from pathlib import Path

from longtail import atomic
from longtail.errors import LongtailError, Problem
from longtail.publishing import receipt as receipts
from longtail.publishing.receipt import Receipt
from longtail.run_record import md5_of

SUBMISSION = "submission.csv"
RECEIPT = "receipt.json"


def publish(folder: Path, submission: Path, receipt: Receipt) -> Receipt:
    """Put the submission and its receipt into a folder.

    Where an earlier run was cut off after its last rename, that run's receipt stands, and nothing is written again.

    Args:
        folder: what receives them.
        submission: submission.csv.
        receipt: of this run.

    Returns:
        The receipt that lies there.

    Raises:
        LongtailError: the folder cannot be written to.
    """
    if (there := published(folder)) is not None and there.md5 == receipt.md5:
        return there
    try:
        with atomic.replacing(folder / SUBMISSION) as temporary:
            shutil.copyfile(submission, temporary)
        receipts.write(folder / RECEIPT, receipt)
    except OSError as error:
        remedy = "Check the parameter publish.directory, and who may write there."
        raise LongtailError(Problem(f"cannot publish: {error.strerror}", remedy, where=str(folder))) from error
    return receipt


def published(folder: Path) -> Receipt | None:
    """The receipt in `folder`, if the bytes it speaks of lie beside it."""
    path = folder / RECEIPT
    if not path.exists() or not (folder / SUBMISSION).exists():
        return None
    receipt = receipts.read(path)
    return receipt if md5_of(folder / SUBMISSION) == receipt.md5 else None
