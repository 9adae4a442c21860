"""The answer for one photograph: predictions, probability of a new individual, and duplicates; as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from longtail.recognition.predictions import NEW_LABEL, Prediction

NEW_NAME = "new"


@dataclass(frozen=True)
class DuplicateMatch:
    """A labelled photograph of the same picture; `identity` is `""` where its label is unknown."""

    image: str
    identity: str
    difference: float  # mean grey difference, of 255


@dataclass(frozen=True)
class Answer:
    """The answer for one photograph; with an `error`, nothing else is set."""

    photograph: str
    error: str = ""
    candidates: Sequence[Prediction] = ()
    probability_new: float | None = None  # None where nobody is ever new, and of a known picture
    copies: Sequence[DuplicateMatch] = ()
    not_comparable: Sequence[DuplicateMatch] = ()  # of the same picture too, but of another side or species

    @property
    def conflicting_labels(self) -> list[str]:
        """The names on labelled photographs of the same picture, where there are several."""
        names = sorted({copy.identity for copy in self.copies} - {NEW_LABEL})
        return names if len(names) > 1 else []

    def to_dict(self) -> dict[str, Any]:
        """A line of `--json`."""
        if self.error:
            return {"photograph": self.photograph, "error": self.error}
        others = {"not_comparable": [vars(copy) for copy in self.not_comparable]} if self.not_comparable else {}
        return {
            "photograph": self.photograph,
            "probability_new": self.probability_new,
            "same_picture": [vars(copy) for copy in self.copies],
            **others,
            "candidates": [
                {
                    "rank": rank,
                    "identity": prediction.identity,
                    "kind": prediction.kind,
                    "score": round(prediction.score, 6),
                    "photograph": prediction.match,
                }
                for rank, prediction in enumerate(self.candidates, start=1)
            ],
        }

    def __str__(self) -> str:
        return "\n".join([self._headline(), *self._same_picture(), *self._ranked()])

    def _headline(self) -> str:
        if self.probability_new is None:
            return self.photograph
        return f"{self.photograph}  (probability of a new individual: {self.probability_new:.0%})"

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
        names = [prediction.identity or NEW_NAME for prediction in self.candidates]
        numbers = [number(prediction) for prediction in self.candidates]
        width, wide = max(map(len, names), default=0), max(6, *map(len, numbers), 0)
        if not names:
            return ["     no labelled photograph of this side and species"]
        return [
            f"  {rank}  {name:<{width}}  {text:>{wide}}  {reason(prediction)}"
            for rank, (name, text, prediction) in enumerate(zip(names, numbers, self.candidates, strict=True), start=1)
        ]


def number(prediction: Prediction) -> str:
    """The score of a known individual, and of "new" the threshold, which is named: it says nothing of a photograph.

    Returns:
        Three digits; `""` for a threshold outside the range of scores (new always, or never), and for a picture that is
        labelled unknown.
    """
    if prediction.identity != NEW_LABEL:
        return f"{prediction.score:.3f}"
    return f"threshold {prediction.score:.3f}" if prediction.kind == "new" and abs(prediction.score) <= 1 else ""


def reason(prediction: Prediction) -> str:
    """Why a prediction has its place, in a few words."""
    if prediction.kind == "duplicate":
        return f"same picture: {prediction.match}"
    if prediction.kind == "new":
        below = ": the scores below are under the threshold" if number(prediction) else ""
        return f"new individual{below}"
    return f"most similar: {prediction.match}" if prediction.match else ""
