"""Score every balancing approach and scorer on the same embeddings by one protocol, and choose one.

Reads: `embed`'s labelled and augmented parts, `train`'s head, the split, `oversample`'s plan and filtered copies,
    `prepare`'s labelled table (difference hashes).
Writes: `metrics.json`, `scorecard.csv`, `baselines.csv`, `approaches.csv`, `choice.json`, `predictions.parquet`.
Fails on: no photograph to learn from, fewer than two identities to score.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.compute import progress
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.record import Summary

if TYPE_CHECKING:
    from longtail.scoring.choice import Bools, Entry, Outcome
    from longtail.scoring.comparison import Settings
    from longtail.scoring.folds import Scored
    from longtail.scoring.material import Material
    from longtail.scoring.views import Views

ScorerName = Literal["nearest_neighbour", "linear_head", "network_head"]
ApproachName = Literal["none", "undersample", "copies", "threshold", "class_balanced"]


class Params(StageParams):
    """`evaluate:`."""

    scorers: list[ScorerName] = Field(
        ["nearest_neighbour", "linear_head", "network_head"], min_length=1, description="what is compared"
    )
    approaches: list[ApproachName] = Field(
        ["none", "undersample", "copies", "threshold", "class_balanced"],
        min_length=1,
        description="balancing approaches that the refitted scorers are compared under",
    )
    min_count: int = Field(10, ge=1, description="copies: photographs that an identity has at least")
    max_count: int = Field(10, ge=1, description="undersample: photographs that an identity has at most")
    head_epochs: int = Field(10, ge=1, le=1000, description="linear head: passes over the photographs")
    head_lr: float = Field(0.02, gt=0, le=10, description="linear head: highest learning rate of its one-cycle")
    head_weight_decay: float = Field(0.01, ge=0, le=10, description="linear head: decoupled weight decay (AdamW)")
    head_dims: int = Field(
        512, ge=2, le=8192, description="linear head: principal axes that embeddings are whitened to"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="halves of valid, draws of the head, resamples")
    resamples: int = Field(1000, ge=100, le=100_000, description="draws of the bootstrap behind every interval")
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What evaluate reads and writes."""

    labelled: Path = reads("artifacts/embed/labelled")
    augmented: Path = reads("artifacts/embed/augmented")
    head: Path = reads("artifacts/train/head.safetensors")
    card: Path = reads("artifacts/train/model.json")
    split: Path = reads("artifacts/split/split.parquet")
    plan: Path = reads("artifacts/oversample/plan.parquet")
    copies: Path = reads("artifacts/oversample/augmented.parquet")
    images: Path = reads("artifacts/prepare/labelled.parquet")
    metrics: Path = writes("artifacts/evaluate/metrics.json")
    scorecard: Path = writes("artifacts/evaluate/scorecard.csv")
    approaches: Path = writes("artifacts/evaluate/approaches.csv")
    baselines: Path = writes("artifacts/evaluate/baselines.csv")
    choice: Path = writes("artifacts/evaluate/choice.json")
    predictions: Path = writes("artifacts/evaluate/predictions.parquet")


def run(params: Params, paths: Paths) -> Summary:
    """Learn from the train fold, rank candidates for valid, choose and score by halves, write."""
    import torch

    torch.set_num_threads(params.compute.threads)
    from longtail.scoring import choice, folds, material, scorecard, verdict, views

    split = pd.read_parquet(paths.split)
    index, embeddings = views.read(paths.labelled)
    copies = pd.read_parquet(paths.copies)
    stuff = material.gather((index, embeddings), paths.augmented, split, copies, ("train",))
    scored = folds.scored(split, index, stuff.identities)
    queries = embeddings[scored.rows]
    settings, drawing = _settings(params), scorecard.Resampling(params.seed, params.resamples)

    entries = _entries(params, paths, stuff, queries, settings)
    half_b = choice.halve(scored.clusters, ~scored.known, params.seed)
    outcome, on_a, on_b = choice.two_halves(entries, scored.truth, half_b)
    choices = verdict.Choices(on_a, on_b, choice.choose(entries, scored.truth, half_b | ~half_b))
    outcomes = verdict.own_outcomes(entries, scored, half_b)

    card = scorecard.scorecard(scored, outcome, drawing)
    baselines = _baselines(paths, split, index, stuff, scored, half_b)
    gained = scorecard.gains(scored, outcome, baselines, drawing)
    metrics = scorecard.metrics(scored, outcome, half_b, card, gained)
    chosen = verdict.choice_record(entries, outcomes, choices, scored, drawing) | {"settings": asdict(settings)}
    nearest = [found for [found] in material.nearest_photographs(outcome.closed[:, :1], queries, stuff)]

    atomic.write_json(paths.metrics, metrics)
    atomic.write_table(paths.scorecard, card)
    atomic.write_table(paths.baselines, gained)
    table = verdict.approaches_table(entries, outcomes, scored, choices.on_all.entry, params.seed, drawing)
    atomic.write_table(paths.approaches, table)
    atomic.write_json(paths.choice, chosen)
    guesses = scorecard.predictions(scored, outcome, half_b, stuff.identities, nearest)
    atomic.write_table(paths.predictions, guesses)
    return _summary(metrics, gained, chosen, copies_left_out=stuff.copies_left_out)


def _settings(params: Params) -> Settings:
    from longtail.scoring.approaches import ApproachSettings
    from longtail.scoring.comparison import Settings
    from longtail.scoring.linear_head import HeadSettings

    return Settings(
        ApproachSettings(params.min_count, params.max_count, params.seed),
        HeadSettings(params.head_epochs, params.head_lr, params.head_weight_decay, params.head_dims),
        params.seed,
    )


def _entries(params: Params, paths: Paths, stuff: Material, queries: Views, settings: Settings) -> list[Entry]:
    """Every row of the comparison, with a line of progress each few seconds."""
    from longtail.scoring import comparison, network
    from longtail.scoring.candidates import rank
    from longtail.scoring.choice import Entry

    total = len(comparison.pairs(params.scorers, params.approaches, stuff, settings))
    made = comparison.entries(params.scorers, params.approaches, stuff, queries, settings)
    entries = list(progress(made, total, "evaluate: scorers fitted"))
    if "network_head" in params.scorers:
        head = network.read_network_head(paths.head, paths.card)
        candidates = rank(head.scorer(stuff.identities), queries)
        entries.append(Entry(network.AS_TRAINED, "network_head", candidates, *head.images(pd.read_parquet(paths.plan))))
    return entries


def _baselines(
    paths: Paths, split: pd.DataFrame, index: pd.DataFrame, stuff: Material, scored: Scored, half_b: Bools
) -> dict[str, Outcome]:
    from longtail.scoring import baselines, folds, views

    _, pretrained = views.read(paths.labelled, pretrained=True)
    gallery = folds.rows_of(stuff.pool.photographs["image"], index)
    identity = stuff.photographs.identity
    labelled = pd.read_parquet(paths.images, columns=["image", "dhash"])
    train = split[split["fold"] == "train"]
    return {
        "all_new": baselines.all_new(len(scored.truth)),
        "most_frequent": baselines.most_frequent(len(scored.truth), identity),
        "frozen_1nn": baselines.frozen_1nn(pretrained, gallery, identity, scored, half_b),
        "duplicates_only": baselines.duplicates_only(
            baselines.hashes_of(scored.table["image"], labelled),
            baselines.hashes_of(train["image"], labelled),
            folds.numbers_of(train["identity"], stuff.identities),
        ),
    }


def _summary(
    metrics: dict[str, Any], gained: pd.DataFrame, chosen: dict[str, Any], *, copies_left_out: bool
) -> Summary:
    beside = ", ".join(f"{row.baseline} {row.open_map_at_5:.3f}" for row in gained.itertuples())
    low, high = metrics["open_map_at_5_low"], metrics["open_map_at_5_high"]
    score = f"open MAP@5 {metrics['open_map_at_5']:.3f} ({low:.3f} to {high:.3f})"
    line = f"{score} on {metrics['photographs']:,} photographs, beside {beside}; chosen: {_name(chosen)}"
    warnings = []
    if not metrics["unknowns"]:
        warnings.append("no photograph of valid is unknown: no threshold is fitted, new is never said, open = closed")
    if metrics["photographs"] == metrics["unknowns"]:
        warnings.append("no identity of valid is known to the train fold: nothing but 'new' can be right")
    if copies_left_out:
        said = "nearest neighbour is not compared on the filtered copies: their mirror images were not embedded"
        warnings.append(f"{said} (embed.augmented_mirror)")
    facts = {**metrics, "chosen": _name(chosen), "why": chosen["why"]}
    facts["baselines"] = dict(zip(gained["baseline"], gained["open_map_at_5"].tolist(), strict=True))
    return Summary(line, facts, tuple(warnings))


def _name(chosen: dict[str, Any]) -> str:
    return f"{chosen['scorer']} under {chosen['approach']}"
