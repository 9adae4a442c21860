"""Files of what was published, as its receipt names them: from DVC's cache, the working tree, or else the remote."""

from __future__ import annotations

from pathlib import Path

from flows import dvc
from longtail.lineage.checkout import Checkout
from longtail.run_record import md5_of


def find(checkout: Checkout, name: str, path: str) -> Path | None:
    """A file that a publication made.

    Args:
        checkout: the project.
        name: of the receipt.
        path: the file, from the project's root.

    Returns:
        A file with these bytes; None where nothing that answers has it.

    Raises:
        LongtailError: the remote does not answer.
    """
    return find_object(checkout, checkout.receipts[name].artifacts.get(path, "none"), path)


def find_object(checkout: Checkout, md5: str, path: str) -> Path | None:
    """A file by its md5.

    Args:
        checkout: the project.
        md5: of its bytes.
        path: where it may lie in the working tree, from the project's root.

    Returns:
        A file with these bytes; None where nothing that answers has it.

    Raises:
        LongtailError: the remote does not answer.
    """
    if (stored := checkout.store.verified_object(md5)) is not None:
        return stored
    here = checkout.root / path
    if here.is_file() and md5_of(here) == md5:
        return here
    dvc.fetch(checkout.root, md5)
    return checkout.store.verified_object(md5)
