"""Predictions as one self-contained page: each query beside the labelled photographs that match its candidates."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from longtail import atomic
from longtail.identifying.pictures import PictureSource
from longtail.identifying.rendering import Answer, MatchedMarks, number, percent, reason
from longtail.recognition.predictions import Prediction
from longtail.reporting.formatting import count, quantity
from longtail.reporting.thumbnails import NOTHING, Picture

LARGE, SMALL = 480, 240
"""Longer side of a picture, px: of up to `MAX_LARGE` photographs, and of more."""
MAX_LARGE = 100
_PAIR = 320  # longer side of a picture with marks, px
_DOUBTFUL = 0.5  # no answer is as probable as this
_KINDS = {
    "new": "a new individual first",
    "known": "a known individual first",
    "doubtful": f"doubtful: no answer with {_DOUBTFUL:.0%} or more",
    "copy": "same picture as a labelled one",
    "error": "cannot be opened",
}
"""What the page can filter by: name in the page, and what a reader sees."""


@dataclass(frozen=True)
class PhotographEntry:
    """A photograph with its answer, and the image of each prediction."""

    answer: Answer
    picture: Picture
    candidates: Sequence[tuple[Prediction, Picture]]
    others: Sequence[Picture] = ()  # the further photographs of one individual, where it is one answer for several
    marked: Sequence[Picture] = ()  # the photographs again, to draw marks on; none where none match
    pairs: Sequence[tuple[Picture, MatchedMarks] | None] = ()  # of each candidate: its picture, and the marks to draw

    @property
    def first(self) -> Prediction | None:
        """The first candidate; None where there is none."""
        return self.answer.candidates[0] if self.answer.candidates else None

    @property
    def large(self) -> int:
        """Index of the candidate that is shown large: the first one that is not "new"; -1 where all are."""
        indices = [index for index, one in enumerate(self.answer.candidates) if one.kind != "new"]
        return indices[0] if indices else -1

    @property
    def names(self) -> str:
        """What the page searches: the photograph and its candidates."""
        return " ".join([self.answer.photograph, *(self.answer.name(one) for one in self.answer.candidates)])

    @property
    def similarity(self) -> float:
        """Score of the best known candidate; -1 where there is none."""
        return max((one.score for one in self.answer.candidates if one.kind != "new"), default=-1.0)

    @property
    def doubt(self) -> float:
        """For the order: what the most probable answer leaves; without probabilities, what the similarity leaves."""
        if self.answer.error or self.answer.copies:
            return -1.0
        likely = self._probabilities()
        return 1 - (max(likely) if likely else self.similarity)

    @property
    def kinds(self) -> list[str]:
        """Those of `_KINDS` that it is."""
        if self.answer.error:
            return ["error"]
        likely = self._probabilities()
        of_first = [] if self.first is None else ["new" if self.first.kind == "new" else "known"]
        doubtful = ["doubtful"] if likely and max(likely) < _DOUBTFUL else []
        return [*of_first, *doubtful, *(["copy"] if self.answer.copies or self.answer.not_comparable else [])]

    def _probabilities(self) -> list[float]:
        return [one.probability for one in self.answer.candidates if one.probability is not None]


def entry_of(answer: Answer) -> PhotographEntry:
    """An answer without pictures: for what the page makes of it."""
    return PhotographEntry(answer, NOTHING, [(one, NOTHING) for one in answer.candidates])


def picture_side(photographs: int) -> int:
    """Longer side of the pictures of a page, px: a page of many photographs stays small enough for a browser."""
    return LARGE if photographs <= MAX_LARGE else SMALL


def entry(answer: Answer, pictures: PictureSource) -> PhotographEntry:
    """The images of one answer.

    Args:
        answer: the predictions.
        pictures: where they come from.

    Returns:
        The entry of the page.
    """
    files = [] if answer.error else answer.photographs or [answer.photograph]
    query, *others = [pictures.of_query(Path(file)) for file in files] or [NOTHING]
    matches = [pictures.of_match(one.match) if one.match else NOTHING for one in answer.candidates]
    pairs = [_pair(answer.matched.get(one.match), one.match, pictures) for one in answer.candidates]
    marked = [pictures.of_query(Path(file), _PAIR) for file in files] if any(pairs) else []
    return PhotographEntry(answer, query, list(zip(answer.candidates, matches, strict=True)), others, marked, pairs)


def _pair(matched: MatchedMarks | None, match: str, pictures: PictureSource) -> tuple[Picture, MatchedMarks] | None:
    """The picture of a candidate to draw marks on; None where none match."""
    if matched is None or not matched.marks.first:
        return None
    return pictures.of_match(match, _PAIR), matched


def write(target: Path, entries: Sequence[PhotographEntry], notices: Sequence[str] = ()) -> None:
    """Write the page. It loads nothing from elsewhere; Jinja escapes all names, which are untrusted text.

    Args:
        target: the file.
        entries: a photograph each.
        notices: what holds for all of them, above them.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("longtail.identifying"), PackageLoader("longtail.reporting")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = count
    kinds = [kind for one in entries for kind in one.kinds]
    text = environment.get_template("identified.html.j2").render(
        entries=entries,
        notices=[*notices, *_smaller(len(entries))],
        kinds=[
            {"name": name, "title": title, "photographs": kinds.count(name)}
            for name, title in _KINDS.items()
            if name in kinds
        ],
        script=Markup(_script()),  # noqa: S704, a file of ours
        script_hash=f"sha256-{b64encode(sha256(_script().encode()).digest()).decode()}",
        reason=reason,
        number=number,
        percent=percent,
        quantity=quantity,
        by_marks=any(one.answer.matched for one in entries),
    )
    atomic.write_text(target, text.strip() + "\n")


def _smaller(photographs: int) -> list[str]:
    if photographs <= MAX_LARGE:
        return []
    return [
        f"The pictures are {SMALL} px: a page of more than {MAX_LARGE} photographs would be too large with {LARGE}."
    ]


@cache
def _script() -> str:
    return resources.files("longtail.identifying").joinpath("templates/identified.js").read_text("utf-8")
