"""What is said of the licence of first weights, which binds the network that was made from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FIELDS = ("backbone", "weights_note", "weights_licence", "revision", "weights_md5")
"""Entries of `model.json` that say what a network began with."""
_NON_COMMERCIAL = re.compile(
    r"(?:^|[\W_])nc(?:[\W_]|$)|non[\W_]?commercial|research[\W_](?:use[\W_])?only", re.IGNORECASE
)


def is_non_commercial(licence: str) -> bool:
    """Whether a licence, as `cc-by-nc-4.0`, forbids commercial use by its name."""
    return bool(_NON_COMMERCIAL.search(licence))


def in_words(model: Mapping[str, Any]) -> str:
    """One line about the first weights and their licence.

    Args:
        model: `model.json`, or the same fields of a receipt.

    Returns:
        The line; `""` where no weights were loaded, or nothing is known of them.
    """
    note, licence = str(model.get("weights_note") or ""), str(model.get("weights_licence") or "")
    if not note or note.startswith("no pretrained weights"):
        return ""
    if not licence:
        return f"{note}; licence not stated"
    return f"{note}; licence {licence}{': not for commercial use' if is_non_commercial(licence) else ''}"


def warning(model: Mapping[str, Any]) -> str:
    """What whoever shares a network, or what it answers, must know of the weights that it began with.

    Args:
        model: as in `in_words`.

    Returns:
        The sentences; `""` where the licence does not forbid commercial use by its name.
    """
    if not is_non_commercial(str(model.get("weights_licence") or "")):
        return ""
    return (
        f"Not for commercial use: the network began with {model['weights_note']}, under {model['weights_licence']}. "
        "That licence also binds the network and the identifier that were made from them."
    )
