"""What is chosen and what is fitted is done on one half of `valid` and scored on the other, both ways round.

Chosen: scorer and approach, by open MAP@5. Fitted: the threshold that says "new". A score that comes out of this is
the score of the whole procedure: no photograph was looked at twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.metrics.map_at_k import average_precision
from longtail.recognition.classifiers.fit import Entry
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.open_set.threshold import fit_threshold, insert_new
from longtail.recognition.top_k import Candidates


@dataclass(frozen=True)
class Outcome:
    """What a procedure guessed for every scored photograph, each by the half that does not hold it."""

    guesses: Ints  # (n, 5), open: NEW stands in its place
    closed: Ints  # (n, 5), the known candidates only
    best: NDArray[np.float32]  # (n,), score of the best known candidate


@dataclass(frozen=True)
class Chosen:
    """An entry chosen and its threshold fitted on some photographs; threshold None: nothing new among them."""

    entry: int
    threshold: float | None


def choose(entries: Sequence[Entry], truth: Ints, on: Bools) -> Chosen:
    """The entry with the highest open MAP@5 on the photographs `on`, each with its own best threshold there.

    The score of an entry is the mean over its seeds, so that a lucky one wins nothing; the threshold is the first
    seed's. Only these photographs' truths are read. Of equals the first entry is taken.
    """
    rows = np.flatnonzero(on)
    scores = []
    for entry in entries:
        seeds = [_best_score(found[rows], truth[rows]) for found in (entry.candidates, *entry.others)]
        scores.append(round(float(np.mean(seeds)), 9))
    best = int(np.argmax(scores))
    return Chosen(best, fit_threshold(entries[best].candidates[rows], truth[rows]))


def _best_score(candidates: Candidates, truth: Ints) -> float:
    guesses = insert_new(candidates, fit_threshold(candidates, truth))
    return float(average_precision(guesses, truth).mean())


def two_halves(entries: Sequence[Entry], truth: Ints, half_b: Bools) -> tuple[Outcome, Chosen, Chosen]:
    """The procedure's guesses for all photographs, and what it chose on half a and on half b."""
    on_a, on_b = choose(entries, truth, ~half_b), choose(entries, truth, half_b)
    first = entries[0].candidates
    guesses, closed, best = first.identity.copy(), first.identity.copy(), first.best.copy()
    for chosen, scored in ((on_a, half_b), (on_b, ~half_b)):
        rows = np.flatnonzero(scored)
        found = entries[chosen.entry].candidates[rows]
        guesses[rows], closed[rows], best[rows] = insert_new(found, chosen.threshold), found.identity, found.best
    return Outcome(guesses, closed, best), on_a, on_b
