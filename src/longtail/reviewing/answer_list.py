"""The answers of a finished run about its test photographs, and what people have said to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from pyarrow import parquet

from longtail import artifacts
from longtail.reviewing.answers import Answer

FILES = (artifacts.CANDIDATES, artifacts.DECISIONS)
_DOUBTFUL = (0.2, 0.8)
"""Between these probabilities of being new neither answer is likely."""


@dataclass(frozen=True)
class Candidate:
    """One of at most five answers of the machine."""

    identity: str
    """`""`: a new individual."""
    score: float
    match: str
    """The labelled photograph that supports it; `""` where none does."""
    kind: str
    probability: float | None = None
    marks: float | None = None
    """How many its photograph shares, common ones counted less; None where marks are not compared."""


@dataclass(frozen=True)
class Answered:
    """A test photograph, the machine's answers and a person's."""

    image: str
    candidates: Sequence[Candidate]
    probability_new: float | None
    answer: Answer | None = None
    adopted: bool = False
    unknown_share: float | None = None
    """The share of new individuals that the probability holds for."""
    proposal: str = ""
    """The proposed individual that it belongs to; `""` for none."""

    @property
    def is_new(self) -> bool:
        """Whether "new" is the first candidate."""
        return bool(self.candidates) and self.candidates[0].kind == "new"

    @property
    def is_doubtful(self) -> bool:
        """Whether neither "new" nor "known" is likely."""
        return self.probability_new is not None and _DOUBTFUL[0] <= self.probability_new <= _DOUBTFUL[1]

    @property
    def is_copy(self) -> bool:
        """Whether it shows a picture that is labelled."""
        return any(one.kind == "duplicate" for one in self.candidates)


FILTERS: Mapping[str, tuple[str, Callable[[Answered], bool]]] = {
    "open": ("without an answer of yours", lambda one: one.answer is None and not one.adopted),
    "doubtful": ("doubtful", lambda one: one.is_doubtful),
    "new": ("new", lambda one: one.is_new),
    "proposed": ("of a proposed individual", lambda one: bool(one.proposal)),
    "copies": ("copies of labelled ones", lambda one: one.is_copy),
    "answered": ("answered", lambda one: one.answer is not None and not one.adopted),
    "adopted": ("adopted", lambda one: one.adopted),
    "all": ("all", lambda one: True),
}
SORTS: Mapping[str, tuple[str, Callable[[Answered], tuple[Any, ...]]]] = {
    "doubt": ("most doubtful", lambda one: (abs(_probability(one) - 0.5), one.image)),
    "new": ("most likely new", lambda one: (-_probability(one), one.image)),
    "known": ("most likely known", lambda one: (_probability(one), one.image)),
    "image": ("name of the photograph", lambda one: (one.image,)),
}


def read(folder: Path) -> dict[str, Answered]:
    """The machine's answers.

    Args:
        folder: that holds the tables of the run.

    Returns:
        {photograph: answers}; {} where the run has not come to them.
    """
    candidates, decisions = (folder / path for path in FILES)
    if not candidates.is_file() or not decisions.is_file():
        return {}
    ranked = pd.read_parquet(candidates).sort_values(["image", "rank"])
    listed = {str(image): list(_candidates(rows)) for image, rows in ranked.groupby("image", sort=False)}
    has_share = "unknown_share" in parquet.read_schema(decisions).names  # earlier versions did not write it
    table = pd.read_parquet(decisions, columns=["image", "probability_new", *(["unknown_share"] * has_share)])
    shares = table["unknown_share"] if has_share else [None] * len(table)
    rows = zip(table["image"].astype(str), table["probability_new"], shares, strict=True)
    return {
        image: Answered(image, listed.get(image, []), _number(new), unknown_share=_number(share))
        for image, new, share in rows
    }


def with_answers(
    machine: Mapping[str, Answered],
    latest: Mapping[str, Answer],
    adopted: Mapping[str, Answer],
    proposals: Mapping[str, str] = MappingProxyType({}),
) -> list[Answered]:
    """The machine's answers beside those of people.

    Args:
        machine: see `read`.
        latest: {photograph: the answer that holds}.
        adopted: {photograph: the row that says it was adopted}.
        proposals: {photograph: the proposed individual that it belongs to}.

    Returns:
        One a photograph.
    """
    return [
        replace(one, answer=latest.get(image), adopted=image in adopted, proposal=proposals.get(image, ""))
        for image, one in machine.items()
    ]


def chosen(every: Sequence[Answered], search: str, which: str, sort: str) -> list[Answered]:
    """The answers to list.

    Args:
        every: all of them.
        search: a part of the photograph's name, or of a candidate's, in any case.
        which: one of FILTERS.
        sort: one of SORTS.

    Returns:
        Those that fit, in order; an unknown filter or order is the first one.
    """
    fits = FILTERS.get(which, FILTERS["open"])[1]
    words = search.strip().casefold()

    def is_meant(one: Answered) -> bool:
        names = (one.image, one.answer.value if one.answer else "", *(each.identity for each in one.candidates))
        return not words or any(words in name.casefold() for name in names)

    order = SORTS.get(sort, SORTS["doubt"])[1]
    return sorted((one for one in every if fits(one) and is_meant(one)), key=order)


def _candidates(rows: pd.DataFrame) -> Iterator[Candidate]:
    missing = pd.Series([None] * len(rows))
    shares, marks = (rows.get(name, missing) for name in ("probability", "marks"))
    cells = zip(rows["identity"], rows["score"], rows["match"], rows["kind"], shares, marks, strict=True)
    for identity, score, match, kind, share, number in cells:
        yield Candidate(str(identity), float(score), str(match), str(kind), _number(share), _number(number))


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _probability(one: Answered) -> float:
    return 2.0 if one.probability_new is None else one.probability_new
