"""Group photographs that show none of the known into proposed individuals.

Reads: the split, `train`'s table of what it learned from, `embed`'s labelled and test parts, `predict`'s candidates,
    `prepare`'s tables.
Writes: `proposals.parquet` (a row a photograph), `findings.csv` (what a team is asked), `metrics.json`, `methods.csv`:
    how often such groups are right, measured on individuals that are kept out of all learning.
Fails on: a photograph that is measured on among those that the network learned from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.compute import set_torch_threads
from longtail.errors import counted
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.recognition.clustering.operating_point import OperatingPoint
    from longtail.recognition.clustering.selection import Selected
    from longtail.recognition.embeddings import PairedEmbeddings

Part = tuple[pd.DataFrame, "PairedEmbeddings"]


class Params(StageParams):
    """`discover:`."""

    min_precision: float = Field(
        0.8, gt=0, lt=1, description="share of the pairs in proposed groups that should show one individual"
    )
    neighbours: int = Field(
        10, ge=1, le=1000, description="nearest photographs, of known individuals too, that similarities are scaled by"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="halves of the individuals, resamples")
    resamples: int = Field(1000, ge=100, le=100_000, description="draws of the bootstrap behind every interval")
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What discover reads and writes."""

    split: Path = reads("artifacts/split/split.parquet")
    learned_from: Path = reads("artifacts/train/learned_from.parquet")
    labelled: Path = reads("artifacts/embed/labelled")
    test: Path = reads("artifacts/embed/test")
    labelled_images: Path = reads("artifacts/prepare/labelled.parquet")
    test_images: Path = reads("artifacts/prepare/test.parquet")
    candidates: Path = reads("artifacts/predict/candidates.parquet")
    proposals: Path = writes("artifacts/discover/proposals.parquet")
    findings: Path = writes("artifacts/discover/findings.csv")
    metrics: Path = writes("artifacts/discover/metrics.json")
    methods: Path = writes("artifacts/discover/methods.csv")


def run(params: Params, paths: Paths) -> Summary:
    """Choose a method and measure it on individuals that are kept out; then group the photographs of none of the known.

    Args:
        params: `discover:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of the proposals, and how often they should be right.

    Raises:
        StageFailed: the network learned from a photograph that would be measured on.
    """
    set_torch_threads(params.compute.threads)
    from longtail.recognition import embeddings, learned_from
    from longtail.recognition.clustering import pool, selection

    split = learned_from.checked_split(paths.split, paths.learned_from)
    labelled = embeddings.with_traits(embeddings.read(paths.labelled), paths.labelled_images)
    test = embeddings.with_traits(embeddings.read(paths.test), paths.test_images)
    prepared = {
        "labelled": pd.read_parquet(paths.labelled_images, columns=["image", "md5", "dhash", "row"]),
        "test": pd.read_parquet(paths.test_images, columns=["image", "md5"]),
    }
    photographs = pool.to_group(
        split, pd.read_parquet(paths.candidates), prepared, {"labelled": labelled[0], "test": test[0]}
    )
    learned = learned_from.of_scored_network(pd.read_parquet(paths.learned_from))
    table = pool.measured(split, labelled[0], learned)
    settings = selection.Settings(params.min_precision, params.neighbours, params.seed, params.resamples)
    scored = selection.score(
        table, labelled, _anchors(split, labelled), prepared["labelled"], len(photographs), settings
    )
    proposed = _propose(params, scored, photographs, split, labelled, test)
    metrics = scored.metrics | {
        "photographs": len(photographs),
        "proposals": int(proposed["proposal"].nunique()),
        "proposed_photographs": len(proposed),
    }
    atomic.write_table(paths.proposals, proposed)
    atomic.write_table(paths.findings, _findings(proposed, prepared, metrics))
    atomic.write_json(paths.metrics, metrics)
    atomic.write_table(paths.methods, scored.methods)
    return _summary(params, metrics, scored.point)


def _anchors(split: pd.DataFrame, labelled: Part) -> PairedEmbeddings:
    """The photographs of known individuals that similarities are scaled by: the train fold's, for every purpose."""
    from longtail.recognition.eval_set import training_photographs

    index, views = labelled
    return views[training_photographs(split, index, ("train",))["row"].to_numpy(np.int64)].normalised()


def _propose(
    params: Params, scored: Selected, photographs: pd.DataFrame, split: pd.DataFrame, labelled: Part, test: Part
) -> pd.DataFrame:
    """The groups of the photographs of none of the known, by what was chosen."""
    from longtail.recognition.clustering import grouping, pairs, proposals
    from longtail.recognition.embeddings import join
    from longtail.recognition.eval_set import LABELLED_FOLDS, training_photographs

    if scored.point is None or scored.curve is None or photographs.empty:
        return proposals.empty()
    rows = {
        part: photographs.loc[photographs["part"] == part, "row"].to_numpy(np.int64) for part in ("labelled", "test")
    }
    views = join(labelled[1][rows["labelled"]], test[1][rows["test"]]).normalised()
    near = pairs.find_neighbours(views, _anchors(split, labelled), params.neighbours)
    groups = grouping.group(near, scored.point.candidate, scored.point.threshold)
    known = training_photographs(split, labelled[0], LABELLED_FOLDS)
    gallery = labelled[1][known["row"].to_numpy(np.int64)].normalised()
    chance = proposals.Chance(scored.point.candidate.similarity, scored.curve, scored.factor)
    return proposals.proposals(proposals.Grouped(photographs, near, groups), chance, proposals.Known(known, gallery))


def _findings(proposed: pd.DataFrame, prepared: dict[str, pd.DataFrame], metrics: dict[str, Any]) -> pd.DataFrame:
    from longtail.labels.findings import findings_table
    from longtail.recognition.clustering import proposals

    images = prepared["labelled"]
    row_of = dict(zip(images["image"], images["row"].astype(str), strict=True))
    md5 = {image: one for table in prepared.values() for image, one in zip(table["image"], table["md5"], strict=True)}
    return findings_table(proposals.findings(proposed, row_of, quote(metrics)), md5, ranked=True)


def quote(metrics: dict[str, Any]) -> str:
    """How often proposals are right, in words.

    Args:
        metrics: of metrics.json.

    Returns:
        Precision and interval among as many photographs as were grouped.
    """
    precision, low, high = (metrics.get(f"expected_precision{end}") for end in ("", "_low", "_high"))
    if precision is None:
        return "how often such proposals are right could not be measured"
    return (
        f"{precision:.0%} ({low:.0%} to {high:.0%}) of such pairs show one individual, measured on "
        f"{counted(metrics['individuals'], 'individual')} kept out of learning"
    )


def _summary(params: Params, metrics: dict[str, Any], point: OperatingPoint | None) -> Summary:
    line = (
        f"{counted(metrics['photographs'], 'photograph')} of none of the known: {metrics['proposed_photographs']:,} in "
        f"{counted(metrics['proposals'], 'proposed individual')}"
    )
    warnings = []
    if not metrics["individuals"]:
        warnings.append(
            "nothing is proposed: nobody is kept out of learning to measure it on (split.discover_share, and "
            "individuals with several groups)"
        )
    elif point is None:
        warnings.append(
            f"nothing is proposed: no method reaches a precision of {params.min_precision} on "
            f"{counted(metrics['individuals'], 'individual')} kept out (discover.min_precision)"
        )
    else:
        line += f"; by {point.candidate.method} of {point.candidate.similarity} similarities; {quote(metrics)}"
    return Summary(line, metrics, tuple(warnings))
