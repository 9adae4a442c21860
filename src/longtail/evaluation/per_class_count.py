"""The heuristic, measured: what each approach scores for identities seen once, 2-4, 5-9 and 10+ times, and who leads.

It is one network: what leads here need not lead on another. Two networks are compared by benchmarks/which_approach.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.evaluation.model_selection import Outcome
from longtail.evaluation.scorecard import DIGITS, SEEN, Resampling, interval, seen
from longtail.metrics import difference
from longtail.metrics.intervals import bootstrap_columns
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.classifiers.fit import Entry
from longtail.recognition.embeddings import Bools
from longtail.recognition.eval_set import Scored

OPEN, CLOSED = "all (open)", "known (closed)"
SLICES = (*SEEN, CLOSED, OPEN)


@dataclass(frozen=True)
class Measured:
    """Average precision of every photograph under every entry and seed: (n, seeds) an entry, open and closed."""

    entries: Sequence[Entry]
    open: Sequence[NDArray[np.float64]]
    closed: Sequence[NDArray[np.float64]]

    def mean(self, place: int, name: str) -> NDArray[np.float64]:
        """Of one entry on one slice's terms, the mean over its seeds, (n,)."""
        return np.asarray((self.open if name == OPEN else self.closed)[place].mean(axis=1))


def measured(entries: Sequence[Entry], outcomes: Sequence[Sequence[Outcome]], scored: Scored) -> Measured:
    """The outcomes (an entry's, by seed), photograph by photograph."""
    named = [[average_precision(outcome.guesses, scored.truth) for outcome in seeds] for seeds in outcomes]
    closed = [[average_precision(outcome.closed, scored.truth) for outcome in seeds] for seeds in outcomes]
    return Measured(entries, [np.stack(of, axis=1) for of in named], [np.stack(of, axis=1) for of in closed])


def by_class_count(found: Measured, scored: Scored, drawing: Resampling) -> pd.DataFrame:
    """A row an entry and slice: the mean over its seeds, and what it gains over its scorer under `none`, paired."""
    plain = {entry.scorer: place for place, entry in enumerate(found.entries) if entry.approach == "none"}
    tables = []
    for name in SLICES:
        rows = photographs_of(name, scored)
        means = np.stack([found.mean(place, name) for place in range(len(found.entries))], axis=1)[rows]
        base = [plain.get(entry.scorer, -1) for entry in found.entries]
        gains = np.where(np.array(base) >= 0, means - means[:, base], np.nan)
        clusters = np.asarray(scored.clusters)[rows]
        intervals = bootstrap_columns(np.hstack([means, gains]), clusters, drawing.seed, drawing.resamples)
        for place, entry in enumerate(found.entries):
            gain = intervals[len(found.entries) + place]
            tables.append(
                {
                    "strategy": entry.approach,
                    "classifier": entry.scorer,
                    "slice": name,
                    "photographs": int(rows.sum()),
                    "identities": len(set(clusters)),
                    "map_at_5": _mean(means[:, place]),
                    "low": intervals[place].low,
                    "high": intervals[place].high,
                    "seed_spread": _spread(found, place, name, rows),
                    "gain": _mean(gains[:, place]),
                    "gain_low": gain.low,
                    "gain_high": gain.high,
                    "rows": entry.images,
                    "added": entry.added,
                    "skipped": entry.skipped,
                }
            )
    by_entry = [row for place in range(len(found.entries)) for row in tables[place :: len(found.entries)]]
    return pd.DataFrame(by_entry).round(DIGITS)


def winners(found: Measured, scored: Scored, drawing: Resampling) -> pd.DataFrame:
    """A row a slice: which entry leads, by how much before the next, and whether that is more than noise.

    `leads`: the paired difference to the next lies above 0 with its whole interval; `noise`: it does not;
    `too_few`: under ENOUGH photographs nobody is named a leader.
    """
    rows = []
    for name in SLICES:
        on = photographs_of(name, scored)
        means = [_mean(found.mean(place, name)[on]) for place in range(len(found.entries))]
        order = sorted(range(len(means)), key=lambda place: -round(means[place], 9)) if on.any() else []
        rows.append({"slice": name, "photographs": int(on.sum()), **_lead(found, scored, name, on, order, drawing)})
    return pd.DataFrame(rows).round(DIGITS)


def photographs_of(name: str, scored: Scored) -> Bools:
    """The scored photographs of a slice."""
    if name == OPEN:
        return np.ones(len(scored.truth), dtype=bool)
    return scored.known if name == CLOSED else seen(scored, name)


def _lead(
    found: Measured, scored: Scored, name: str, on: Bools, order: Sequence[int], drawing: Resampling
) -> dict[str, object]:
    said: dict[str, object] = dict.fromkeys(
        ("strategy", "classifier", "map_at_5", "next_strategy", "next_classifier", "lead", "lead_low", "lead_high")
    )
    if order:
        first = found.entries[order[0]]
        said |= {
            "strategy": first.approach,
            "classifier": first.scorer,
            "map_at_5": _mean(found.mean(order[0], name)[on]),
        }
    low = high = float("nan")
    if len(order) > 1:
        second = found.entries[order[1]]
        lead = found.mean(order[0], name) - found.mean(order[1], name)
        low, high = interval(lead, scored, on, drawing)
        said |= {"next_strategy": second.approach, "next_classifier": second.scorer}
        said |= {"lead": _mean(lead[on]), "lead_low": low, "lead_high": high}
    words = {"better": "leads", "too few to say": "too_few"}  # the first is never worse than the next
    return said | {"verdict": words.get(difference.verdict(low, high, int(on.sum())), "noise")}


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _spread(found: Measured, place: int, name: str, rows: Bools) -> float:
    by_seed = (found.open if name == OPEN else found.closed)[place][rows]
    return float(np.ptp(by_seed.mean(axis=0))) if len(by_seed) else float("nan")
