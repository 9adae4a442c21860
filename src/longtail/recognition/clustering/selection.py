"""Choosing a method and saying how good it is, on individuals that are kept out of all learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from longtail.recognition.clustering import grouping, measurement, operating_point, pair_probability, pool
from longtail.recognition.clustering.grouping import Candidate
from longtail.recognition.clustering.measurement import Tally
from longtail.recognition.clustering.operating_point import OperatingPoint, Pool
from longtail.recognition.clustering.pair_probability import PairCurve
from longtail.recognition.clustering.pairs import find_neighbours
from longtail.recognition.embeddings import Ints, PairedEmbeddings

_SIZES = {"2": (2, 2), "3": (3, 3), "4 to 5": (4, 5), "6 or more": (6, None)}
_BASELINES = ("alone", "copies")
_METHODS = ["similarity", "method", "threshold", "chosen", "precision", "recall", "adjusted_rand", "b_cubed_f"]


class Settings(NamedTuple):
    """What the parameters of `discover` say."""

    min_precision: float
    neighbours: int
    seed: int
    resamples: int


@dataclass(frozen=True)
class Selected:
    """What was chosen on all that is measured on, and the figures of choosing so."""

    point: OperatingPoint | None
    curve: PairCurve | None
    factor: float
    """How many times as many photographs will be grouped as were measured on; at least 1."""
    metrics: dict[str, Any]
    methods: pd.DataFrame


def score(
    table: pd.DataFrame,
    labelled: tuple[pd.DataFrame, PairedEmbeddings],
    anchors: PairedEmbeddings,
    prepared: pd.DataFrame,
    photographs: int,
    settings: Settings,
) -> Selected:
    """Choose on one half and score on the other, both ways round; then choose on both for what is to be grouped.

    Args:
        table: as from `pool.measured`.
        labelled: index and embeddings of the labelled photographs.
        anchors: of the known individuals, normalised.
        prepared: `prepare`'s labelled table: image, dhash.
        photographs: how many are to be grouped.
        settings: see `Settings`.

    Returns:
        What was chosen, and the figures; nothing chosen where nobody is kept out.
    """
    counts = _counts(table)
    if not counts["individuals"]:
        return Selected(None, None, 1.0, counts, pd.DataFrame(columns=_METHODS))
    views = labelled[1][table["row"].to_numpy(np.int64)].normalised()
    individual = table["individual"].to_numpy(np.int64)
    half = pool.halves(table, settings.seed)
    factor = max(1.0, photographs / len(table))

    def of(rows: Ints) -> Pool:
        return Pool(find_neighbours(views[rows], anchors, settings.neighbours), individual[rows])

    rows = [np.flatnonzero(half == number) for number in (0, 1)]
    pools = [of(each) for each in rows]
    everything = of(np.arange(len(table)))
    on_all = operating_point.choose(everything, settings.min_precision, factor)
    point = operating_point.best(on_all)
    curve = pair_probability.fit(everything, "cosine" if point is None else point.candidate.similarity)

    chosen = [operating_point.choose(one, settings.min_precision) for one in pools]
    expected = [
        operating_point.choose(one, settings.min_precision, max(1.0, photographs / len(one.individual)))
        for one in pools
    ]

    def tally(groups: Ints) -> Tally:
        return measurement.tally(groups, individual, table["cluster"].tolist(), half)

    def crossed(points: list[OperatingPoint | None]) -> Ints:
        """The groups of each half by what was chosen on the other."""
        groups = np.arange(len(table), dtype=np.int64)
        for number, each in enumerate(points[::-1]):
            if each is not None:
                groups[rows[number]] = rows[number][grouping.group(pools[number].near, each.candidate, each.threshold)]
        return groups

    groups = crossed([operating_point.best(points) for points in chosen])
    hashes = table[["image"]].merge(prepared, on="image", how="left")["dhash"].to_numpy(np.uint64)
    copies = measurement.copies(hashes) * 2 + half
    systems = {"": groups, "alone": np.arange(len(table)), "copies": copies}
    tallies = {name: tally(each) for name, each in systems.items()}
    drawn = measurement.draws(len(tallies[""].half), settings.seed, settings.resamples)
    metrics = counts | _figures(tallies, drawn) | {"sizes": _sizes(groups, individual)}
    at_work = tally(crossed([operating_point.best(points) for points in expected]))
    half_factor = max(1.0, 2 * photographs / len(table))
    metrics |= {
        f"expected_{name}": value
        for name, value in _with_intervals(at_work, drawn, half_factor).items()
        if name.startswith(("precision", "recall"))
    }
    metrics |= {"factor": round(factor, 3), "not_judged": tallies[""].unjudged}
    metrics |= _proposed(tallies[""])
    methods = [
        _method(candidate, [points[candidate] for points in chosen], on_all[candidate], point, crossed, tally)
        for candidate in grouping.CANDIDATES
    ]
    return Selected(point, curve, factor, metrics, pd.DataFrame(methods, columns=_METHODS))


def _counts(table: pd.DataFrame) -> dict[str, Any]:
    kept_out = table[~table["distracts"]]
    named = table["individual"] != operating_point.UNJUDGED
    sizes = kept_out["identity"].value_counts()
    return {
        "individuals": int((sizes > 1).sum()),
        "individual_photographs": int(sizes[sizes > 1].sum()),
        "distractors": int((table["distracts"] & named).sum()),
        "unknown": int((~named).sum()),
    }


def _figures(tallies: dict[str, Tally], drawn: Any) -> dict[str, Any]:
    """Figures of the chosen method with intervals, those of the baselines, and the paired differences in B-cubed F."""
    figures = _with_intervals(tallies[""], drawn)
    ones = np.ones((1, drawn.shape[1]))
    ours = [measurement.scores(tallies[""], weights)["b_cubed_f"] for weights in (ones, drawn)]
    for name in _BASELINES:
        theirs = [measurement.scores(tallies[name], weights) for weights in (ones, drawn)]
        for figure in ("precision", "recall", "adjusted_rand", "b_cubed_f"):
            value = float(theirs[0][figure][0])
            figures[f"{name}_{figure}"] = round(value, measurement.DIGITS) if np.isfinite(value) else None
        gain = [{"gain": one - other["b_cubed_f"]} for one, other in zip(ours, theirs, strict=True)]
        for end, value in measurement.with_intervals(*gain).items():
            figures[f"{name}_{end}"] = value
    return figures


def _with_intervals(counts: Tally, drawn: Any, factor: float = 1.0) -> dict[str, Any]:
    ones = np.ones((1, drawn.shape[1]))
    return measurement.with_intervals(
        measurement.scores(counts, ones, factor), measurement.scores(counts, drawn, factor)
    )


def _proposed(counts: Tally) -> dict[str, int]:
    """Pairs: of one individual, in groups and right, in groups and wrong."""
    return {"pairs": int(counts.pairs.sum()), "right": int(counts.right.sum()), "wrong": len(counts.wrong)}


def _sizes(groups: Ints, individual: Ints) -> dict[str, dict[str, int]]:
    """Groups by number of photographs, and how many of them show one individual alone; unknowns are nobody's."""
    members = pd.DataFrame({"group": groups, "who": individual}).groupby("group")["who"].agg(["size", "nunique", "min"])
    sizes = {}
    for name, (low, high) in _SIZES.items():
        inside = members[(members["size"] >= low) & (members["size"] <= (high or len(groups)))]
        judged = inside[(inside["min"] != operating_point.UNJUDGED) | (inside["nunique"] > 1)]
        pure = judged[(judged["nunique"] == 1)]
        sizes[name] = {"groups": len(inside), "judged": len(judged), "right": len(pure)}
    return sizes


def _method(
    candidate: Candidate,
    chosen: list[OperatingPoint | None],
    on_all: OperatingPoint | None,
    best: OperatingPoint | None,
    crossed: Any,
    tally: Any,
) -> dict[str, Any]:
    """A row of methods.csv: what each method scores on one half by the threshold of the other."""
    counts = tally(crossed(chosen))
    figures = measurement.scores(counts, np.ones((1, len(counts.half))))
    return {
        "similarity": candidate.similarity,
        "method": candidate.method,
        "threshold": np.nan if on_all is None else round(on_all.threshold, measurement.DIGITS),
        "chosen": best is not None and best.candidate == candidate,
        **{name: round(float(figures[name][0]), measurement.DIGITS) for name in _METHODS[4:]},
    }
