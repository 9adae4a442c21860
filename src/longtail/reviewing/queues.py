"""The queues of a review: which kinds of finding each holds, what it asks, and what is left of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from longtail.labels.findings import COLUMNS
from longtail.labels.measured import measured_precision


class Queue(NamedTuple):
    """One queue."""

    name: str
    title: str
    question: str
    kinds: Collection[str]


QUEUES = (
    Queue(
        "conflicts",
        "Conflicts",
        "One picture, two names: which one is right?",
        ("conflict", "named_and_unknown", "side_conflict", "species_conflict"),
    ),
    Queue(
        "label-errors",
        "Likely label errors",
        "The photograph looks like another individual: is its label wrong?",
        ("likely_label_error", "doubtful_label", "confident_mistake"),
    ),
    Queue(
        "confusions", "Confusions", "Two individuals are taken for each other: are they one?", ("confusion",)
    ),
    Queue(
        "copies",
        "Copies",
        "Two files seem to show one picture: do they?",
        ("near_duplicate", "mirrored_duplicate", "exact_duplicate"),
    ),
    Queue(
        "odd",
        "Odd photographs",
        "The photograph is unlike the others: may it stay?",
        ("broken", "odd_size", "tinted", "grey", "edit_without_effect"),
    ),
)  # fmt: skip
"""In the order in which they are shown: what changes scores most comes first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of findings.csv."""

    finding: str
    kind: str
    severity: str
    image: str
    other: str
    label: str
    other_label: str
    row: str
    distance: str
    detail: str
    proposal: str


@dataclass(frozen=True)
class QueueState:
    """A queue with its findings, in the order in which they are asked."""

    queue: Queue
    findings: Sequence[Finding]
    decided: Sequence[str]
    """The action that decides each finding; `""` for those that are open."""

    @property
    def left(self) -> int:
        """How many findings are open."""
        return sum(not action for action in self.decided)

    @property
    def precision(self) -> list[tuple[str, int, str]]:
        """(kind, findings, how often such findings were right where the truth is known) of each kind that it holds."""
        count = {kind: sum(one.kind == kind for one in self.findings) for kind in self.queue.kinds}
        return [
            (kind, number, str(measured_precision(kind) or "not measured yet"))
            for kind, number in count.items()
            if number
        ]

    def place(self, name: str) -> int | None:
        """The place of a finding in the queue; None where it is not there."""
        return next((place for place, one in enumerate(self.findings) if one.finding == name), None)

    def after(self, place: int, later: Collection[str] = ()) -> Finding | None:
        """The next open finding after a place, from the start again at the end.

        Args:
            place: a place in the queue; -1: before the first.
            later: findings that were skipped; they come when nothing else is left.

        Returns:
            The finding; None where nothing is left.
        """
        order = [*range(place + 1, len(self.findings)), *range(place + 1)]
        open_ones = [self.findings[at] for at in order if not self.decided[at]]
        waiting = [one for one in open_ones if one.finding not in later]
        return next(iter(waiting or open_ones), None)


def states(findings: pd.DataFrame, decided: Sequence[str]) -> dict[str, QueueState]:
    """All queues with their findings: kinds in the order of the queue, within a kind as the table has them.

    Args:
        findings: all findings, the columns of findings.csv.
        decided: the action that decides each of them; `""` for those that are open.

    Returns:
        {name of the queue: its state}.
    """
    rows = [Finding(*cells) for cells in findings[list(COLUMNS)].itertuples(index=False, name=None)]
    by_kind: dict[str, list[int]] = {}
    for at, one in enumerate(rows):
        by_kind.setdefault(one.kind, []).append(at)
    return {queue.name: _state(queue, rows, decided, list(_order(queue, by_kind))) for queue in QUEUES}


def _order(queue: Queue, by_kind: dict[str, list[int]]) -> Iterator[int]:
    for kind in queue.kinds:
        yield from by_kind.get(kind, ())


def _state(queue: Queue, rows: Sequence[Finding], decided: Sequence[str], order: Sequence[int]) -> QueueState:
    return QueueState(queue, [rows[at] for at in order], [decided[at] for at in order])
