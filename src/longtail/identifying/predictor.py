"""From a photograph's embedding to what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

from longtail.identifying.labelled import Labelled, Likeness
from longtail.identifying.photograph import Photograph
from longtail.identifying.rendering import Answer, Copy
from longtail.recognition import predictions
from longtail.recognition.embeddings import Views
from longtail.recognition.identifier import Identifier
from longtail.recognition.open_set import calibration
from longtail.recognition.predictions import Guess
from longtail.recognition.top_k import NONE, Candidates, Scorer, rank, similarities, supporters

_LIKELY = 20  # nearest photographs whose pixels are looked at, whatever their hash says


@dataclass(frozen=True)
class Namer:
    """The identifier at work."""

    identifier: Identifier
    scorer: Scorer
    labelled: Labelled | None
    likeness: Likeness

    def answer(self, photograph: Photograph, views: Views) -> Answer:
        """Five candidates for a photograph with these embeddings (1, d)."""
        candidates = rank(self.scorer, views)
        copies = self._copies(photograph, views)
        first = _of_copies(copies) if self.identifier.told.get("duplicates_first", True) else []
        said = predictions.together(first, self._ranked(candidates, views))
        return Answer(str(photograph.path), "", said, self._probability_new(candidates), copies)

    def _ranked(self, candidates: Candidates, views: Views) -> list[Guess]:
        known = self.identifier
        rows = supporters(candidates.identity, views.normalised(), known.gallery)
        nearest = [[known.images[row] if row != NONE else None for row in places] for places in rows.tolist()]
        [said] = predictions.ranked(candidates, known.told.get("threshold"), known.identities, nearest)
        return said

    def _probability_new(self, candidates: Candidates) -> float | None:
        told = self.identifier.told.get("calibration")
        if not told:
            return None
        curve = calibration.Calibration(told["slope"], told["intercept"], told["share"])
        share = self.identifier.told.get("unknown_share")
        [probability] = calibration.probability_new(candidates.best, curve, share)
        return round(float(probability), 4)

    def _copies(self, photograph: Photograph, views: Views) -> list[Copy]:
        if self.labelled is None:
            return []
        [likeness] = similarities(views.normalised(), self.identifier.gallery.views)
        likely = {self.identifier.images[row] for row in (-likeness).argsort(kind="stable")[:_LIKELY].tolist()}
        return self.labelled.copies(photograph, likely, self.likeness)


def _of_copies(copies: list[Copy]) -> list[Guess]:
    """As `predict` has it, where `predict.duplicates_first`: that picture's labels come before all others."""
    return [Guess(copy.identity, 1.0, copy.image, "duplicate") for copy in copies]
