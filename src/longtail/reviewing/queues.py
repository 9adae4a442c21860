"""The queues of a review: which kinds of finding each holds, what it asks, and what is left of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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


DOUBTFUL = "doubtful-answers"
"""The queue of test photographs, which come from the answers of a run and not from its findings (`doubtful`)."""
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
        DOUBTFUL,
        "Doubtful answers",
        "A test photograph shows somebody known, or nobody known: which?",
        ("doubtful_answer",),
    ),
    Queue(
        "new-individuals",
        "Proposed new individuals",
        "Photographs of none of the known seem to show one individual: do they?",
        ("new_individual",),
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


_NEW = "new_individual"
_CLAIMS_NOTHING = ("broken", "odd_size", "tinted", "grey", "edit_without_effect", "doubtful_answer")
"""Kinds that say what is there, or ask: nothing of them can be wrong."""
_HARD_TO_JUDGE = ("broken", "odd_size", "tinted", "grey")


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


def precision_in_words(kind: str) -> str:
    """How often findings of a kind were right where the truth is known; `""` for those that claim nothing."""
    return "" if kind in _CLAIMS_NOTHING else str(measured_precision(kind) or "not measured yet")


@dataclass(frozen=True)
class QueueState:
    """A queue with its findings, in the order in which they are asked."""

    queue: Queue
    findings: Sequence[Finding]
    deciding: Sequence[int | None]
    """The row of edits.csv that decides each finding, counted after its header; None for those that are open."""
    rows: Sequence[Sequence[str]]
    """The rows of edits.csv."""

    @property
    def left(self) -> int:
        """How many findings are open."""
        return sum(row is None for row in self.deciding)

    def decision(self, position: int) -> Sequence[str] | None:
        """The cells of the row that decides the finding at a position; None where it is open."""
        row = self.deciding[position]
        return None if row is None else self.rows[row]

    @property
    def precision(self) -> list[tuple[str, int, str]]:
        """(kind, findings, how often such findings were right where the truth is known) of each kind that it holds."""
        count = Counter(one.kind for one in self.findings)
        return [(kind, count[kind], self._measured(kind)) for kind in self.queue.kinds if count[kind]]

    def _measured(self, kind: str) -> str:
        """How often findings of a kind were right; of a new individual what `discover` wrote into its findings."""
        detail = next((one.detail for one in self.findings if one.kind == kind == _NEW), "")
        return detail.rpartition("; ")[2] or precision_in_words(kind)

    def position(self, name: str) -> int | None:
        """The position of a finding in the queue; None where it is not there."""
        return next((position for position, one in enumerate(self.findings) if one.finding == name), None)

    def after(self, position: int, later: Collection[str] = ()) -> Finding | None:
        """The next open finding after a position, from the start again at the end.

        Args:
            position: in the queue; -1: before the first.
            later: findings that were skipped; they come when nothing else is left.

        Returns:
            The finding; None where nothing is left.
        """
        order = [*range(position + 1, len(self.findings)), *range(position + 1)]
        open_ones = [self.findings[at] for at in order if self.deciding[at] is None]
        waiting = [one for one in open_ones if one.finding not in later]
        return next(iter(waiting or open_ones), None)

    def last_by(self, who: str) -> int:
        """The position of the finding that somebody has decided last; -1 where there is none."""
        own = [
            (row, position)
            for position, row in enumerate(self.deciding)
            if row is not None and self.rows[row][3] == who
        ]
        return max(own, default=(-1, -1))[1]


Sorted = Mapping[str, tuple[Sequence[Finding], Sequence[int]]]
"""{queue: its findings, and the row of each in the table}."""


def sort_findings(findings: pd.DataFrame) -> Sorted:
    """The findings of each queue: kinds in the order of the queue, within a kind as the table has them.

    Args:
        findings: as findings.csv has them.

    Returns:
        See `Sorted`. Of a kind those come last whose photographs are tinted, grey or of an odd size: they are harder
        to judge.
    """
    rows = [Finding(*cells) for cells in findings[list(COLUMNS)].itertuples(index=False, name=None)]
    odd = {one.image for one in rows if one.kind in _HARD_TO_JUDGE}
    by_kind: dict[str, list[int]] = {}
    for at, one in enumerate(rows):
        by_kind.setdefault(one.kind, []).append(at)
    for several in by_kind.values():
        several.sort(key=lambda at: rows[at].image in odd or rows[at].other in odd)
    indices = {queue.name: [at for kind in queue.kinds for at in by_kind.get(kind, ())] for queue in QUEUES}
    return {name: ([rows[at] for at in several], several) for name, several in indices.items()}


def states(findings: Sorted, deciding: Sequence[int | None], rows: Sequence[Sequence[str]]) -> dict[str, QueueState]:
    """All queues with what decides their findings.

    Args:
        findings: the findings of each queue.
        deciding: the row of edits.csv that decides each finding of the table; None for those that are open.
        rows: of edits.csv.

    Returns:
        {name of the queue: its state}.
    """
    return {
        queue.name: QueueState(queue, findings[queue.name][0], [deciding[at] for at in findings[queue.name][1]], rows)
        for queue in QUEUES
    }
