"""From the embedding of a photograph to its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from longtail.identifying.labelled import DuplicateCriteria, LabelledPhotographs
from longtail.identifying.photograph import Photograph
from longtail.identifying.rendering import Answer, DuplicateMatch, MatchedMarks
from longtail.recognition import predictions, together
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.identifier import Identifier
from longtail.recognition.local_matching import fusion
from longtail.recognition.local_matching.keypoints import KeypointSettings
from longtail.recognition.local_matching.shared_marks import shared_marks
from longtail.recognition.local_matching.shortlist import LabelledMarks
from longtail.recognition.local_matching.supporting import supports
from longtail.recognition.open_set.calibration import PROBABILITY_DIGITS
from longtail.recognition.open_set.decision import Decision
from longtail.recognition.predictions import Prediction
from longtail.recognition.together import Combined
from longtail.recognition.top_k import Classifier, similarities
from longtail.recognition.traits import Traits, of_words

_MOST_SIMILAR = 20  # labelled photographs whose pixels are compared, whatever their hashes


@dataclass(frozen=True)
class Predictor:
    """The identifier with its classifier, and the labelled photographs where they are available."""

    identifier: Identifier
    classifier: Classifier
    labelled: LabelledPhotographs | None
    criteria: DuplicateCriteria
    present: Mapping[str, str] = field(default_factory=dict)
    """{name of an individual in this run: what edits.csv calls it now}, where that is another name."""

    @cached_property
    def decision(self) -> Decision:
        """What ranks the answers, and gives their probabilities."""
        return Decision.from_dict(self.identifier.metadata)

    @property
    def keypoint_settings(self) -> KeypointSettings | None:
        """How keypoints of a query are computed; None where marks are not compared."""
        table = self.identifier.keypoints
        return None if table is None else table.settings

    @cached_property
    def _marks(self) -> LabelledMarks | None:
        known = self.identifier
        return None if known.keypoints is None else LabelledMarks(known.gallery, known.images, known.keypoints)

    def answer(self, photograph: Photograph, views: PairedEmbeddings, traits: Traits | None = None) -> Answer:
        """Five predictions for a photograph.

        Args:
            photograph: the query.
            views: its embeddings, (1, d).
            traits: its side and species; None: not known.

        Returns:
            Predictions with their probabilities (none for a picture that is labelled), and duplicates. One of another
            side or species is told, and is no candidate.
        """
        return self.answer_together(str(photograph.path), [photograph], views, traits)

    def answer_together(
        self, name: str, photographs: Sequence[Photograph], views: PairedEmbeddings, traits: Traits | None
    ) -> Answer:
        """One answer for all photographs of one individual.

        Args:
            name: what the answer is called.
            photographs: n queries.
            views: their embeddings, (n, d).
            traits: side and species of all of them; None: not known.

        Returns:
            As for a single one.
        """
        if self.identifier.gallery.views.traits is not None:
            one = traits or of_words([""], [""])
            views = PairedEmbeddings(views.plain, views.mirrored, Traits(one.numbers.repeat(len(views), axis=0)))
        same = {
            copy.image: copy
            for row, photograph in enumerate(photographs)
            for copy in self._duplicates(photograph, views[slice(row, row + 1)])
        }
        may_be = self.labelled.comparable(list(same), views.traits) if self.labelled else []
        copies = [copy for copy, comparable in zip(same.values(), may_be, strict=True) if comparable]
        others = [copy for copy, comparable in zip(same.values(), may_be, strict=True) if not comparable]
        copies = sorted(
            copies, key=lambda copy: copy.identity == ""
        )  # named ones first, whichever photograph they are of
        first = _labels_of(copies) if self.identifier.metadata.get("duplicates_first", True) else []
        combined = self._combined(photographs, views)
        top_k, ranked = combined.top_k, self._ranked(combined, views)
        matched = self._matched(photographs, combined, ranked)
        if same:  # what is known of the picture is no matter of probability
            merged = predictions.merge_top_k(first, predictions.without_probabilities(ranked))
            return Answer(name, "", merged, copies=copies, not_comparable=others, matched=matched, present=self.present)
        probabilities = self.decision.probabilities(top_k)
        new = None if probabilities is None else round(float(probabilities.new[0]), PROBABILITY_DIGITS)
        share = None if probabilities is None else self.decision.unknown_share
        return Answer(name, "", ranked, new, share, matched=matched, present=self.present)

    def _combined(self, photographs: Sequence[Photograph], views: PairedEmbeddings) -> Combined:
        fused, keypoints = fusion.of_choice(self.identifier.metadata), [one.keypoints for one in photographs]
        if fused is None or self._marks is None:
            return Combined(together.combined(self.classifier, views))
        own = [one for one in keypoints if one is not None]
        return together.combined_with_marks(self.classifier, views, own, self._marks, fused)

    def _ranked(self, combined: Combined, views: PairedEmbeddings) -> list[Prediction]:
        known, top_k = self.identifier, combined.top_k
        rows = together.best_matches(top_k.identity[0], views.normalised(), known.gallery)
        behind = supports(top_k.identity, rows[None], known.images, [combined.by_marks])
        [ranked] = predictions.ranked(top_k, self.decision, known.identities, behind)
        return ranked

    def _matched(
        self, photographs: Sequence[Photograph], combined: Combined, ranked: Sequence[Prediction]
    ) -> dict[str, MatchedMarks]:
        """For the labelled photograph of each candidate, the photograph whose marks that match count most with it."""
        table = self.identifier.keypoints
        if table is None:
            return {}
        own = [one.keypoints for one in photographs if one.keypoints is not None]
        matched = {}
        for match in filter(None, (one.match for one in ranked)):
            theirs = table.of(match)
            shared = [shared_marks(one, theirs, of_one) for one, of_one in zip(own, combined.sharing, strict=True)]
            query = max(range(len(shared)), key=lambda index: shared[index].counted)
            matched[match] = MatchedMarks(query, shared[query])
        return matched

    def _duplicates(self, photograph: Photograph, views: PairedEmbeddings) -> list[DuplicateMatch]:
        if self.labelled is None:
            return []
        every_side = PairedEmbeddings(views.plain, views.mirrored)  # what shows one picture may say two sides
        [cosines] = similarities(every_side.normalised(), self.identifier.gallery.views)
        nearest = (-cosines).argsort(kind="stable")[:_MOST_SIMILAR]
        likely = {self.identifier.images[row] for row in nearest.tolist()}
        return self.labelled.copies(photograph, likely, self.criteria)


def _labels_of(copies: list[DuplicateMatch]) -> list[Prediction]:
    """The labels of duplicates come first, as in `predict` with `predict.duplicates_first`."""
    return [Prediction(copy.identity, 1.0, copy.image, "duplicate") for copy in copies]
