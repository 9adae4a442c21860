"""The register as a history: each publication or refusal with its score, and what had changed since the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longtail.lineage import ancestry
from longtail.publishing.receipt import Outcome, Receipt

_SCORE = "open_map_at_5"
_UNSEEN = frozenset({"compute", "flow", "share", "source", "notify"})
"""Sections of params.yaml that change no result."""
_DIGITS = 8


@dataclass(frozen=True)
class Run:
    """One receipt of the register, as a line of its history."""

    receipt: str
    published: str
    outcome: Outcome
    why: str
    """The gate's words."""
    to: str
    by: str
    score: float | None
    """MAP@5, open, with its 95% interval."""
    low: float | None
    high: float | None
    photographs: int | None
    """How many were scored."""
    data: str
    """The first digits of the md5 of data/raw."""
    commit: str
    answer: str
    """What came back from where it went, as Kaggle's public score."""
    ancestor: str
    """The receipt of the network that the training went on from; `""` where it began from scratch."""
    start: str
    """What the training began with, and why, in words; `""` for receipts of versions that always began from scratch."""
    changed: tuple[str, ...]
    """What differs from the receipt before it; () for the first one, and where nothing differs."""
    is_champion: bool = False


def runs(receipts: Mapping[str, Receipt], champion: str | None = None) -> list[Run]:
    """The history of a register.

    Args:
        receipts: the register, the oldest first.
        champion: the receipt of what is published now.

    Returns:
        A line a receipt, the oldest first.
    """
    history = []
    before: Receipt | None = None
    for name, receipt in receipts.items():
        history.append(_run(name, receipt, before, is_champion=name == champion))
        before = receipt
    return history


def _run(name: str, receipt: Receipt, before: Receipt | None, *, is_champion: bool) -> Run:
    metrics = receipt.metrics
    return Run(
        receipt=name,
        published=receipt.published,
        outcome=receipt.outcome,
        why=str(receipt.decision.get("why", "")),
        to=receipt.to,
        by=receipt.by,
        score=metrics.get(_SCORE),
        low=metrics.get(f"{_SCORE}_low"),
        high=metrics.get(f"{_SCORE}_high"),
        photographs=metrics.get("photographs"),
        data=str(receipt.raw.get("md5", ""))[:_DIGITS],
        commit=str(receipt.code.get("commit", ""))[:_DIGITS] + (" (changed)" if receipt.code.get("dirty") else ""),
        answer=_answer(receipt.answer),
        ancestor=str(receipt.start.get("receipt", "")),
        start=ancestry.in_words(receipt.start),
        changed=tuple(_changes(before, receipt)) if before else (),
        is_champion=is_champion,
    )


def _answer(answer: Mapping[str, Any]) -> str:
    score = answer.get("public_score")
    return str(answer.get("status", "")) if score in (None, "") else f"public score {score}"


def _changes(before: Receipt, now: Receipt) -> Iterator[str]:
    """What differs between two receipts, in the words of the files that people change."""
    if before.raw.get("md5") != now.raw.get("md5"):
        yield "photographs or labels (data/raw)"
    if before.edits != now.edits:
        yield "decisions (edits.csv)"
    old, new = _flat(before.params.get("values", {})), _flat(now.params.get("values", {}))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"{key}: {_text(old, key)} -> {_text(new, key)}"
    if before.code.get("commit") != now.code.get("commit"):
        yield "code"
    libraries = [name for name in sorted(now.versions) if before.versions.get(name) != now.versions[name]]
    if libraries:
        yield f"versions of {', '.join(libraries)}"


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{dotted name: value} of the parameters that change a result."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if not prefix and name in _UNSEEN:
            continue
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _text(values: Mapping[str, Any], key: str) -> str:
    return str(values[key]) if key in values else "absent"
