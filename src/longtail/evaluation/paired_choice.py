"""The rule of every choice between two procedures: what must hold before an alternative replaces the default.

The alternative is used if the whole 95% interval of its gain lies above 0 (`metrics.difference`), on enough
photographs. The gain is a paired difference of open MAP@5: either procedure fits on one half of the photographs and
predicts the other.

What a procedure fits, above all the threshold for "new", changes many predictions together. An interval with fixed
thresholds does not count that: two procedures that differ by noise then differ significantly, because one of the
thresholds happens to lie better. So each resample draws identities (`metrics.intervals`) and fits the thresholds again
on what was drawn: all steps of a procedure are repeated in a resample (Harrell, Lee & Mark 1996, "Multivariable
prognostic models", Statistics in Medicine 15), and a difference counts only beside the variance of what was fitted
(Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks").

Each choice is made three times: on half a, on half b, and on all. The choice of a half, made on its own two halves,
predicts the other half and is scored there. The choice on all is what `predict` uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtail.evaluation.scorecard import DIGITS, BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.metrics.difference import Difference
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set.cross_fit import assign_halves

FloatArray = NDArray[np.float64]

BootstrapStatistic = Callable[[FloatArray], FloatArray]
"""How often each resample has each of n photographs, (resamples, n) -> its summed average precision, (resamples,)."""

_AT_ONCE = 2_000_000  # counts of resamples held in memory at a time (16 MB)


@dataclass(frozen=True)
class Fold:
    """Photographs that a choice is made on, in two halves."""

    rows: Ints  # (m,), among the scored photographs
    half_b: Bools  # (m,), whether each lies in the second half

    @property
    def halves(self) -> tuple[Ints, Ints]:
        """The rows of each half."""
        return self.rows[~self.half_b], self.rows[self.half_b]


@dataclass(frozen=True)
class HeldOut:
    """The scored photographs, and what is drawn from them."""

    eval_set: EvalSet
    half_b: Bools  # (n,), whether each lies in half b
    bootstrap: BootstrapConfig

    @classmethod
    def of(cls, eval_set: EvalSet, bootstrap: BootstrapConfig) -> HeldOut:
        """Halve the scored photographs; identities stay whole.

        Args:
            eval_set: these photographs.
            bootstrap: what is drawn from them; its seed decides the halves.

        Returns:
            The photographs in two halves.
        """
        return cls(eval_set, assign_halves(eval_set.clusters, ~eval_set.known, bootstrap.seed), bootstrap)

    @property
    def all_rows(self) -> Bools:
        """(n,), all True."""
        return np.ones(len(self.half_b), dtype=bool)

    @property
    def truth(self) -> Ints:
        """(n,), numbers of identities, or NEW."""
        return self.eval_set.truth

    def folds(self) -> tuple[Fold, Fold, Fold]:
        """Half a and half b, each in two halves of its own, and all of them in these two."""
        return self._halved(~self.half_b), self._halved(self.half_b), Fold(np.arange(len(self.half_b)), self.half_b)

    def compare(self, fold: Fold, default: BootstrapStatistic, alternative: BootstrapStatistic) -> Difference:
        """The gain of the alternative over the default.

        Args:
            fold: the photographs that both predict.
            default: its score on these.
            alternative: its score on these.

        Returns:
            Open MAP@5 of the alternative minus that of the default, with its 95% interval and the number of all
            held-out photographs.
        """
        clusters = np.asarray(self.eval_set.clusters)[fold.rows]
        names, which = np.unique(clusters, return_inverse=True)

        def gain(counts: FloatArray) -> FloatArray:
            return np.asarray((alternative(counts) - default(counts)) / counts.sum(axis=1))

        rng, resamples = np.random.default_rng(self.bootstrap.seed), self.bootstrap.resamples
        block, gains = max(1, _AT_ONCE // max(1, len(which))), []
        for start in range(0, resamples, block):
            drawn = rng.integers(0, len(names), (min(block, resamples - start), len(names)))
            counts = np.stack([np.bincount(row, minlength=len(names)) for row in drawn])[:, which]
            gains.append(gain(counts.astype(np.float64)))
        low, high = np.quantile(np.concatenate(gains), [0.025, 0.975])
        value = gain(np.ones((1, len(which))))[0]
        return Difference(float(value), float(low), float(high), len(self.half_b))

    def _halved(self, half: Bools) -> Fold:
        rows = np.flatnonzero(half)
        clusters = [self.eval_set.clusters[row] for row in rows.tolist()]
        return Fold(rows, assign_halves(clusters, ~self.eval_set.known[rows], self.bootstrap.seed + 1))


def selected_on_each(selections: Selections) -> tuple[int, int, int]:
    """The candidates selected on half a, half b and all: in the order of `HeldOut.folds`."""
    return selections.on_a.candidate, selections.on_b.candidate, selections.on_all.candidate


def is_used(gain: Difference) -> bool:
    """Whether the alternative replaces the default."""
    return gain.verdict == "better"


def negated(gain: Difference) -> Difference:
    """The gain of the default over the alternative."""
    return gain._replace(value=_minus(gain.value), low=_minus(gain.high), high=_minus(gain.low))


def metrics(name: str, gain: Difference | None) -> dict[str, float | None]:
    """A gain with its interval for `metrics.json`.

    Args:
        name: of the gain there.
        gain: None: not measured.

    Returns:
        {name: value}, also with `_low` and `_high`.
    """
    values = (None, None, None) if gain is None else gain[:3]
    return {
        f"{name}{end}": None if value is None else round(value, DIGITS)
        for end, value in zip(("", "_low", "_high"), values, strict=True)
    }


def in_words(gain: Difference) -> str:
    """What was measured, and by which rule.

    Args:
        gain: as from `compare`; measured.

    Returns:
        `+0.034 [+0.025, +0.043] open MAP@5 on 2,158 held-out photographs (...)`.
    """
    ends = f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
    return f"{ends} open MAP@5 on {gain.photographs:,} held-out photographs (thresholds fitted again in each resample)"


def _minus(value: float | None) -> float | None:
    return None if value is None else -value
