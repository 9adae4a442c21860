"""The answer for one photograph: predictions, probability of a new individual, and duplicates; as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from longtail.recognition.local_matching.shared_marks import SharedMarks
from longtail.recognition.open_set.calibration import PROBABILITY_DIGITS
from longtail.recognition.predictions import NEW_LABEL, Prediction

NEW_NAME = "new"


@dataclass(frozen=True)
class DuplicateMatch:
    """A labelled photograph of the same picture; `identity` is `""` where its label is unknown."""

    image: str
    identity: str
    difference: float  # mean grey difference, of 255


@dataclass(frozen=True)
class MatchedMarks:
    """The marks that a labelled photograph shares with one of those to identify."""

    query: int  # number of that one among the photographs of the answer
    marks: SharedMarks


@dataclass(frozen=True)
class Answer:
    """The answer for one photograph; with an `error`, nothing else is set."""

    photograph: str
    error: str = ""
    candidates: Sequence[Prediction] = ()
    probability_new: float | None = None  # None where nothing was fitted, and of a labelled picture
    unknown_share: float | None = None  # of new individuals, that the probabilities hold for
    copies: Sequence[DuplicateMatch] = ()
    not_comparable: Sequence[DuplicateMatch] = ()  # of the same picture too, but of another side or species
    photographs: Sequence[str] = ()  # that the answer is of, where it is one for several
    unused: Sequence[tuple[str, str]] = ()  # (photograph, why), where it is one for several
    present: Mapping[str, str] = field(default_factory=dict)  # {name of this run: what it is called now}
    matched: Mapping[str, MatchedMarks] = field(default_factory=dict)  # by labelled photograph, where marks count

    @property
    def probability_other(self) -> float | None:
        """Probability of the known individuals that are not among the candidates; None where there is none."""
        of_known = [one.probability for one in self.candidates if one.identity != NEW_LABEL]
        if self.probability_new is None or None in of_known:
            return None
        return max(0.0, round(1 - self.probability_new - sum(filter(None, of_known)), PROBABILITY_DIGITS))

    @property
    def conflicting_labels(self) -> list[str]:
        """The names on labelled photographs of the same picture, where there are several."""
        names = sorted({copy.identity for copy in self.copies} - {NEW_LABEL})
        return names if len(names) > 1 else []

    def to_dict(self) -> dict[str, Any]:
        """A line of `--json`."""
        if self.error:
            return {"photograph": self.photograph, "error": self.error}
        others: dict[str, Any] = {}
        if self.not_comparable:
            others["not_comparable"] = [self._copy(copy) for copy in self.not_comparable]
        if self.photographs:
            unused = [{"photograph": name, "why": why} for name, why in self.unused]
            others |= {"used": len(self.photographs), "photographs": list(self.photographs), "unused": unused}
        return {
            "photograph": self.photograph,
            "probability_new": self.probability_new,
            "probability_other": self.probability_other,
            "unknown_share": self.unknown_share,
            "same_picture": [self._copy(copy) for copy in self.copies],
            **others,
            "candidates": [
                {
                    "rank": rank,
                    "identity": prediction.identity,
                    "present": self._present(prediction.identity),
                    "kind": prediction.kind,
                    "probability": prediction.probability,
                    "score": None if math.isnan(prediction.score) else round(prediction.score, 6),
                    "photograph": prediction.match,
                    **self._marks_of(prediction),
                }
                for rank, prediction in enumerate(self.candidates, start=1)
            ],
        }

    def _copy(self, copy: DuplicateMatch) -> dict[str, Any]:
        return {**vars(copy), "present": self._present(copy.identity)}

    def _present(self, name: str) -> str:
        """What an individual is called now."""
        return self.present.get(name, name)

    def name(self, prediction: Prediction) -> str:
        """How a candidate is named on a screen: by the name of this run, with the present one where that is another."""
        learned = prediction.identity or NEW_NAME
        return f"{learned} (now {self.present[learned]})" if prediction.identity in self.present else learned

    def marks(self, prediction: Prediction) -> str:
        """How many marks the photograph of a candidate shares with the query; `""` where marks do not count."""
        matched = self.matched.get(prediction.match)
        return "" if matched is None else matched.marks.in_words()

    def _marks_of(self, prediction: Prediction) -> dict[str, int]:
        matched = self.matched.get(prediction.match)
        return {} if matched is None else {"marks": matched.marks.total, "common_marks": matched.marks.common}

    def __str__(self) -> str:
        unused = [f"     not used: {name}: {why}" for name, why in self.unused]
        return "\n".join([self._headline(), *unused, *self._same_picture(), *self._ranked()])

    @property
    def title(self) -> str:
        """What the answer is of: a photograph, or how many of them together."""
        count = len(self.photographs)
        return f"{self.photograph}: {count:,} photograph{'s' * (count != 1)} together" if count else self.photograph

    def _why(self, prediction: Prediction) -> tuple[str, str]:
        return reason(prediction), self.marks(prediction)

    def _headline(self) -> str:
        if self.probability_new is None:
            return self.title
        other, share = self.probability_other, self.unknown_share
        others = "" if other is None else f", of a known one not listed: {percent(other)}"
        holds = "" if share is None else f", where {percent(share)} are new"
        return f"{self.title}  (probability of a new individual: {percent(self.probability_new)}{others}{holds})"

    def _same_picture(self) -> list[str]:
        if self.not_comparable:
            names = ", ".join(
                f"{copy.image} ({copy.identity or 'labelled unknown'})" for copy in self.not_comparable[:3]
            )
            line = f"     same picture as {names}, whose side or species is another: one of them is wrong"
            return [line, *replace(self, not_comparable=())._same_picture()]
        if not self.copies:
            return []
        names = ", ".join(f"{copy.image} ({copy.identity or 'labelled unknown'})" for copy in self.copies[:3])
        more = f" and {len(self.copies) - 3:,} more" if len(self.copies) > 3 else ""
        labels = self.conflicting_labels
        conflict = f"; their labels conflict: {', '.join(labels)}" if labels else ""
        return [f"     same picture as {names}{more}{conflict}"]

    def _ranked(self) -> list[str]:
        names = [self.name(prediction) for prediction in self.candidates]
        likely = [percent(prediction.probability) for prediction in self.candidates]
        numbers = [number(prediction) for prediction in self.candidates]
        width, wide = max(map(len, names), default=0), max(6, *map(len, numbers), 0)
        broad = max(map(len, likely), default=0)
        shares = [f"{text:>{broad}}  " if broad else "" for text in likely]
        if not names:
            return ["     no labelled photograph of this side and species"]
        return [
            f"  {rank}  {name:<{width}}  {share}{text:>{wide}}  {', '.join(filter(None, self._why(prediction)))}"
            for rank, (name, share, text, prediction) in enumerate(
                zip(names, shares, numbers, self.candidates, strict=True), start=1
            )
        ]


def percent(probability: float | None) -> str:
    """A probability in whole percent; `""` where there is none."""
    if probability is None:
        return ""
    return "<1%" if 0 < probability < 0.005 else ">99%" if 0.995 <= probability < 1 else f"{probability:.0%}"


def number(prediction: Prediction) -> str:
    """The score of a known individual, and of "new" the threshold, which is named: it says nothing of a photograph.

    Returns:
        Three digits; `""` where the probabilities rank, for a threshold outside the range of scores (new always, or
        never), and for a picture that is labelled unknown.
    """
    if prediction.identity != NEW_LABEL:
        return f"{prediction.score:.3f}"
    return f"threshold {prediction.score:.3f}" if prediction.kind == "new" and abs(prediction.score) <= 1 else ""


def reason(prediction: Prediction) -> str:
    """Why a prediction has its rank, in a few words."""
    if prediction.kind == "duplicate":
        return f"same picture: {prediction.match}"
    if prediction.kind == "new":
        below = ": the scores below are under the threshold" if number(prediction) else ""
        return f"new individual{below}"
    if not prediction.match:
        return ""
    return f"{'most marks' if prediction.marks else 'most similar'}: {prediction.match}"
