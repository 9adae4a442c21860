"""Whether what lies in `artifacts/` is of one finished run: a stage that is at work has taken its old outputs away.

Told by the stages' own records, which say what each has read, so that neither DVC nor its lock is asked: in a whole
working tree, which is the rule, this costs some milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from longtail.artifacts import GROUPS, LABELLED, NETWORK_CARD, NETWORKS_BESIDE, record_path
from longtail.run_record import md5_of

LOCK = "dvc.lock"
_CHAIN = {record_path("audit"): (LABELLED,), record_path("split"): (GROUPS,)}
"""{record: what its stage read}, from the photographs to the folds."""


def is_of_one_run(root: Path, needed: Iterable[str], record: str, read: Iterable[str]) -> bool:
    """Whether the files that a verb needs are here, and made of each other.

    Outside of DVC (no dvc.lock) there is nothing else to read from: what is here is taken as it is.

    Args:
        root: the project's root.
        needed: paths of files and folders.
        record: that of the last stage among those that made them.
        read: which of its inputs must still be what it read.

    Returns:
        False where the verb must read the last finished run instead.
    """
    if not (root / LOCK).is_file():
        return True
    if not all((root / path).exists() for path in needed):
        return False
    md5 = cache(md5_of)
    chain = {**_CHAIN, record: tuple(read)}
    return all(_still_is(root, at, path, md5) for at, paths in chain.items() for path in paths)


def networks_beside(root: Path) -> list[str]:
    """The folder of the networks beside the first one, where the card of that one counts several."""
    try:
        card = json.loads((root / NETWORK_CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # what is wrong with it is said when it is read as a whole
        return []
    return [NETWORKS_BESIDE] if card.get("networks", 1) > 1 else []


def _still_is(root: Path, record: str, path: str, md5: Any) -> bool:
    try:
        recorded = json.loads((root / record).read_text(encoding="utf-8"))["inputs"][path]
        return bool(recorded == md5(root / path))
    except (OSError, ValueError, LookupError, TypeError):
        return False
