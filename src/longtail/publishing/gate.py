"""The gate before a publication: is the challenger worse than the champion, where neither has learned?

The champion is what was published last, the challenger what this run made. Both have written down how they did on each
photograph that was held out from them; they are compared on those that both have held out, each by the labels that it
was made from: a photograph that was given another name since is still compared, since a challenger from shuffled labels
would otherwise leave nothing to compare, and pass. How many have another name since is said: labels that became easier,
such as one name for all, look better here, and are `validate`'s to tell of.

Where photographs have dates, those are preferred that are later than all that either of the two has learned from: they
are what the next season will be like. Where there are too few of them all that both have held out count.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from longtail.errors import counted
from longtail.metrics.intervals import bootstrap

_OVER = 2.0  # times the smallest visible difference: `auto` refuses where even the interval's upper end is below 0


@dataclass(frozen=True)
class Decision:
    """Whether a challenger may be published, and the figures behind it (None: there was nothing to compare)."""

    passes: bool
    why: str
    photographs: int = 0
    """Held out from both."""
    relabelled: int = 0
    """Of these, how many had another identity when the champion was made."""
    champion: float | None = None
    challenger: float | None = None
    """MAP@5 on these photographs."""
    low: float | None = None
    high: float | None = None
    """95% interval of challenger less champion, over identities."""
    smallest: float | None = None
    """The smallest difference that so many photographs can show: half the interval."""
    tolerance: float | None = None
    later: int | None = None
    """Held out from both and later than what both learned from; None where photographs have no dates."""
    later_alone: bool = False
    """Whether these alone were compared."""


def decide(
    champion: pd.DataFrame | None,
    challenger: pd.DataFrame,
    tolerance: float | Literal["auto"],
    min_photographs: int,
    resamples: int = 1000,
    learned: Collection[str] = (),
) -> Decision:
    """Refuse a challenger that may be worse by more than the tolerance.

    With a number it is a test of non-inferiority: it passes where the whole 95% interval of the paired difference lies
    above minus the tolerance (Piaggio et al. 2012, "Reporting of noninferiority and equivalence randomized trials",
    JAMA 308). `auto` tolerates twice the smallest difference that the photographs can show, which is the same as to
    refuse only what is significantly worse: chance alone refuses one equal challenger in forty, but many small steps
    down are not seen. A team with enough photographs sets a number.

    Args:
        champion: predictions.parquet of what was published last: image, identity, ap, and later where photographs have
            dates; None where nothing was.
        challenger: this run's.
        tolerance: of MAP@5, or `auto`.
        min_photographs: photographs in common from which there is a comparison, and later ones in common from which
            those alone are compared.
        resamples: of the bootstrap.
        learned: photographs that one of the two networks learned from; they are never compared.

    Returns:
        Whether it passes, and why.
    """
    if champion is None:
        return Decision(True, "there is no champion yet")
    both = challenger.merge(champion, on="image", suffixes=("", "_champion"))
    both = both[~both["image"].isin(set(learned))]
    later, clause = _later(both), ""
    later_count = None if later is None else int(later.sum())
    later_alone = later_count is not None and later_count >= min_photographs
    if later is not None and later_alone:
        both, clause = both[later], ", all of them later than what either learned from"
    elif later is not None:
        clause = f", {later_count:,} of them later than what either learned from: too few to compare those alone"
    relabelled = int((both["identity"] != both["identity_champion"]).sum())
    if len(both) < min_photographs:
        shared = counted(len(both), "photograph")
        few = f"only {shared} held out from both, {min_photographs:,} are needed to compare (gate.min_photographs)"
        return Decision(True, few, len(both), relabelled, later=later_count)
    difference = (both["ap"] - both["ap_champion"]).to_numpy(np.float64)
    clusters = both["identity"].where(both["identity"] != "", both["image"]).to_numpy(object)
    low, high = bootstrap(difference, clusters.astype(str), seed=0, resamples=resamples)
    smallest = (high - low) / 2
    tolerated = _OVER * smallest if tolerance == "auto" else tolerance
    passes = low >= -tolerated
    than = f"{difference.mean():+.4f} [{low:+.4f}, {high:+.4f}] to the champion on {counted(len(both), 'photograph')}"
    than += clause
    if relabelled:
        than += f", {relabelled:,} of them with another name since"
    verdict = "not worse than tolerated" if passes else "may be worse than tolerated"
    return Decision(
        passes,
        f"{than}: {verdict} ({tolerated:.4f}; smaller than {smallest:.4f} so many cannot show)",
        len(both),
        relabelled,
        champion=round(float(both["ap_champion"].mean()), 6),
        challenger=round(float(both["ap"].mean()), 6),
        low=round(low, 6),
        high=round(high, 6),
        smallest=round(smallest, 6),
        tolerance=round(tolerated, 6),
        later=later_count,
        later_alone=later_alone,
    )


def _later(both: pd.DataFrame) -> pd.Series | None:
    """Which photographs are later than all that either learned from; None where one of them knows no dates."""
    if "later" not in both or "later_champion" not in both:
        return None
    return both["later"].astype(bool) & both["later_champion"].astype(bool)
