"""What is said of one photograph: candidates, how likely it is new, and the labelled photographs that it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from longtail.recognition.predictions import NEW_LABEL, Guess

NOBODY = "new"


@dataclass(frozen=True)
class Copy:
    """A labelled photograph of the same picture; `identity` is `""` where its label is unknown."""

    image: str
    identity: str
    difference: float  # mean grey difference, of 255


@dataclass(frozen=True)
class Answer:
    """All that is said of a photograph; with an `error` it is all there is."""

    photograph: str
    error: str = ""
    candidates: Sequence[Guess] = ()
    probability_new: float | None = None
    copies: Sequence[Copy] = ()

    @property
    def contradicting(self) -> list[str]:
        """The names that labelled photographs of the same picture bear, where there are several."""
        named = sorted({copy.identity for copy in self.copies} - {NEW_LABEL})
        return named if len(named) > 1 else []

    def to_dict(self) -> dict[str, Any]:
        """A line of `--json`."""
        if self.error:
            return {"photograph": self.photograph, "error": self.error}
        return {
            "photograph": self.photograph,
            "probability_new": self.probability_new,
            "same_picture": [vars(copy) for copy in self.copies],
            "candidates": [
                {
                    "rank": rank,
                    "identity": guess.identity,
                    "kind": guess.kind,
                    "score": round(guess.score, 6),
                    "photograph": guess.match,
                }
                for rank, guess in enumerate(self.candidates, start=1)
            ],
        }

    def __str__(self) -> str:
        return "\n".join([self._headline(), *self._same_picture(), *self._ranked()])

    def _headline(self) -> str:
        if self.probability_new is None:
            return self.photograph
        return f"{self.photograph}  (new with {self.probability_new:.0%})"

    def _same_picture(self) -> list[str]:
        if not self.copies:
            return []
        told = ", ".join(f"{copy.image} ({copy.identity or 'labelled unknown'})" for copy in self.copies[:3])
        more = f" and {len(self.copies) - 3:,} more" if len(self.copies) > 3 else ""
        torn = f"; their labels contradict each other: {', '.join(self.contradicting)}" if self.contradicting else ""
        return [f"     shows the picture of {told}{more}{torn}"]

    def _ranked(self) -> list[str]:
        wide = max((len(guess.identity or NOBODY) for guess in self.candidates), default=0)
        return [
            f"  {rank}  {guess.identity or NOBODY:<{wide}}  {shown(guess.score):>6}  {because(guess)}"
            for rank, guess in enumerate(self.candidates, start=1)
        ]


def shown(score: float) -> str:
    """A score as people read it; none where a threshold lies beyond all scores (new always, or never)."""
    return f"{score:.3f}" if abs(score) <= 1 else ""


def because(guess: Guess) -> str:
    """Why a candidate stands where it stands, in a few words."""
    if guess.kind == "duplicate":
        return f"the same picture: {guess.match}"
    if guess.kind == "new":
        less = ": what follows scores less than this" if shown(guess.score) else ""
        return f"none of the known{less}"
    return f"most like {guess.match}" if guess.match else ""
