"""Score every balancing approach and scorer on the same embeddings by one protocol, and choose one.

Reads: `embed`'s labelled and augmented parts, `train`'s head, the split, `oversample`'s plan and filtered copies,
    `prepare`'s labelled table (difference hashes, rows of train.csv), `audit`'s findings (pictures with two names).
Writes: what its `Paths` names (docs/reference/files.md has the columns); of it no stage depends on `seconds.csv`.
Fails on: no photograph to learn from, fewer than two identities to score.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.compute import progress, torch_on
from longtail.errors import counted
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.evaluation.leaderboard import Choices
    from longtail.evaluation.model_selection import Outcome
    from longtail.recognition.classifiers.fit import Bench, Entry, Settings
    from longtail.recognition.embeddings import Bools, Views
    from longtail.recognition.eval_set import Scored
    from longtail.recognition.training_set import Material

ClassifierName = Literal[
    "nearest_neighbour", "nearest_class_mean", "ensemble", "cosine_classifier", "linear_probe", "trained_head"
]
StrategyName = Literal[
    "none",
    "random_undersampling",
    "random_oversampling",
    "augmented_oversampling",
    "smote",
    "class_balanced",
    "class_weights",
    "logit_adjustment",
    "tau_normalised",
    "crt",
]


class Params(StageParams):
    """`evaluate:`."""

    classifiers: list[ClassifierName] = Field(
        list(get_args(ClassifierName)), min_length=1, description="what is compared"
    )
    strategies: list[StrategyName] = Field(
        list(get_args(StrategyName)), min_length=1, description="balancing strategies to compare; none always is"
    )
    seeds: int = Field(5, ge=1, le=100, description="how often what depends on a seed is fitted")
    min_count: int = Field(10, ge=1, description="random_oversampling, smote: rows that an identity has at least")
    max_count: int = Field(10, ge=1, description="random_undersampling: photographs that an identity has at most")
    neighbours: int = Field(
        5, ge=1, le=100, description="smote: nearest of an identity, one is drawn to interpolate with"
    )
    prior: float = Field(1.0, ge=0, le=10, description="logit_adjustment: share of the log prior in the loss")
    tau: float = Field(
        1.0, ge=0, le=10, description="tau_normalised: 0 leaves a row its length, 1 gives all one length"
    )
    head_epochs: int = Field(10, ge=1, le=1000, description="linear_probe: passes over a strategy's rows")
    head_lr: float = Field(0.2, gt=0, le=10, description="linear_probe: highest learning rate of its one-cycle")
    head_weight_decay: float = Field(0.05, ge=0, le=10, description="linear_probe: decoupled weight decay (AdamW)")
    head_dims: int = Field(
        256, ge=2, le=8192, description="linear_probe, cosine_classifier: principal axes that embeddings are seen along"
    )
    cosine_epochs: int = Field(3, ge=1, le=1000, description="cosine_classifier: passes over a strategy's rows")
    cosine_lr: float = Field(0.01, gt=0, le=10, description="cosine_classifier: highest learning rate of its one-cycle")
    cosine_scale: float = Field(
        20.0, gt=0, le=1000, description="cosine_classifier: factor of the cosines before softmax"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="halves of valid, resamples, the first draw of what is fitted")
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
    audited: Path = reads("artifacts/audit/findings.csv")
    metrics: Path = writes("artifacts/evaluate/metrics.json")
    scorecard: Path = writes("artifacts/evaluate/scorecard.csv")
    leaderboard: Path = writes("artifacts/evaluate/leaderboard.csv")
    seconds: Path = writes("artifacts/evaluate/seconds.csv")
    per_class_count: Path = writes("artifacts/evaluate/per_class_count.csv")
    winners: Path = writes("artifacts/evaluate/winners.csv")
    recall: Path = writes("artifacts/evaluate/recall.csv")
    baselines: Path = writes("artifacts/evaluate/baselines.csv")
    choice: Path = writes("artifacts/evaluate/choice.json")
    predictions: Path = writes("artifacts/evaluate/predictions.parquet")
    findings: Path = writes("artifacts/evaluate/findings.csv")
    leakage_demo: Path = writes("artifacts/evaluate/leakage_demo.csv")
    threshold_curve: Path = writes("artifacts/evaluate/threshold_curve.csv")
    share_curve: Path = writes("artifacts/evaluate/share_curve.csv")
    reliability: Path = writes("artifacts/evaluate/reliability.csv")


def run(params: Params, paths: Paths) -> Summary:
    """Learn from the train fold, rank candidates for valid, choose and score by halves, write."""
    torch_on(params.compute.threads)
    from longtail.evaluation import leaderboard, model_selection, scorecard
    from longtail.evaluation import warnings as cautions
    from longtail.evaluation.leakage_demo import leak_audit, rows_as_the_post
    from longtail.evaluation.open_set_metrics import measure
    from longtail.recognition import embeddings as views
    from longtail.recognition import eval_set, training_set
    from longtail.recognition.classifiers import fit, trained_head
    from longtail.recognition.open_set import cross_fit

    split = pd.read_parquet(paths.split)
    index, embeddings = views.read(paths.labelled)
    copies = pd.read_parquet(paths.copies)
    stuff = training_set.gather((index, embeddings), paths.augmented, split, copies, ("train",))
    scored = eval_set.scored(split, index, stuff.identities)
    queries = embeddings[scored.rows]
    settings, drawing = _settings(params), scorecard.Resampling(params.seed, params.resamples)

    bench = fit.set_up(stuff, settings, trained_head.read_network_head(paths.head, paths.card))
    entries = _entries(params, paths, bench, queries)
    half_b = cross_fit.halve(scored.clusters, ~scored.known, params.seed)
    outcome, on_a, on_b = model_selection.two_halves(entries, scored.truth, half_b)
    choices = leaderboard.Choices(on_a, on_b, model_selection.choose(entries, scored.truth, half_b | ~half_b))

    baselines = _baselines(paths, split, index, stuff, scored, half_b)
    card = scorecard.scorecard(scored, outcome, baselines["frozen_1nn"], drawing)
    gained = scorecard.gains(scored, outcome, baselines, drawing)
    metrics = scorecard.metrics(scored, outcome, half_b, card, gained)
    new = measure(entries, choices, outcome, scored, half_b)
    metrics |= new.metrics
    nearest = [found for [found] in training_set.nearest_photographs(outcome.closed[:, :1], queries, stuff)]

    atomic.write_json(paths.metrics, metrics)
    atomic.write_table(paths.scorecard, card)
    atomic.write_table(paths.recall, scorecard.recall(scored, outcome))
    atomic.write_table(paths.baselines, gained)
    guesses = scorecard.predictions(scored, outcome, half_b, stuff.identities, nearest)
    atomic.write_table(paths.predictions, guesses)
    atomic.write_table(paths.findings, _findings(paths, guesses, split, (index, embeddings)))
    atomic.write_table(paths.threshold_curve, new.threshold_curve)
    atomic.write_table(paths.share_curve, new.share_curve)
    atomic.write_table(paths.reliability, new.reliability)
    leaked = rows_as_the_post(stuff, split, (index, embeddings))
    atomic.write_table(paths.leakage_demo, leak_audit(leaked, queries, scored.truth, settings.head, params.seed))
    chosen = _compared(params, paths, entries, choices, scored, half_b) | {"settings": asdict(settings)}
    chosen |= {"calibration": new.calibration}
    atomic.write_json(paths.choice, chosen)
    warnings = [*cautions.cautions(metrics, stuff, entries), *cautions.beside_untrained(metrics, paths.card)]
    return _summary(metrics, gained, chosen, entries, warnings)


def _findings(
    paths: Paths, guesses: pd.DataFrame, split: pd.DataFrame, labelled: tuple[pd.DataFrame, Views]
) -> pd.DataFrame:
    from longtail.evaluation import findings as doubts
    from longtail.recognition import embeddings as views

    index, embeddings = labelled
    _, untrained = views.read(paths.labelled, pretrained=True)
    images = pd.read_parquet(paths.images, columns=["image", "row", "md5"])
    audited = pd.read_csv(paths.audited, dtype="str", keep_default_na=False)
    return doubts.findings(guesses, split, (index, [embeddings, untrained]), images, audited)


def _settings(params: Params) -> Settings:
    from longtail.recognition.balancing.strategies import ApproachSettings
    from longtail.recognition.classifiers.cosine import CosineSettings
    from longtail.recognition.classifiers.fit import Settings
    from longtail.recognition.classifiers.linear_probe import HeadSettings

    return Settings(
        ApproachSettings(params.min_count, params.max_count, params.neighbours, params.prior, params.tau, params.seed),
        HeadSettings(params.head_epochs, params.head_lr, params.head_weight_decay, params.head_dims),
        CosineSettings(params.cosine_epochs, params.cosine_lr, params.cosine_scale, params.head_dims),
        params.seed,
    )


def _entries(params: Params, paths: Paths, bench: Bench, queries: Views) -> list[Entry]:
    """Every row of the comparison, what explains itself first, with a line of progress each few seconds."""
    from longtail.recognition.classifiers import fit, trained_head

    wanted = fit.pairs(params.classifiers, params.strategies, bench)
    made = fit.entries(wanted, bench, queries, params.seeds)
    found = {
        (entry.scorer, entry.approach): entry for entry in progress(made, len(wanted), "evaluate: classifiers fitted")
    }
    if bench.network is not None:
        rows, added = bench.network.images(pd.read_parquet(paths.plan))
        for pair in (pair for pair in wanted if pair[1] == trained_head.AS_TRAINED):
            found[pair] = replace(found[pair], images=rows, added=added)
    return [found[pair] for pair in wanted]


def _compared(
    params: Params, paths: Paths, entries: list[Entry], choices: Choices, scored: Scored, half_b: Bools
) -> dict[str, Any]:
    """Write what compares the approaches; the choice in words."""
    from longtail.evaluation import leaderboard, per_class_count, scorecard

    drawing = scorecard.Resampling(params.seed, params.resamples)
    outcomes = leaderboard.own_outcomes(entries, scored, half_b)
    table = leaderboard.approaches_table(entries, outcomes, scored, choices.on_all.entry, params.seed, drawing)
    atomic.write_table(paths.leaderboard, table)
    atomic.write_table(paths.seconds, leaderboard.seconds_table(entries, params.seed))
    found = per_class_count.measured(entries, outcomes, scored)
    atomic.write_table(paths.per_class_count, per_class_count.by_class_count(found, scored, drawing))
    atomic.write_table(paths.winners, per_class_count.winners(found, scored, drawing))
    return leaderboard.choice_record(entries, outcomes, choices, scored, drawing)


def _baselines(
    paths: Paths, split: pd.DataFrame, index: pd.DataFrame, stuff: Material, scored: Scored, half_b: Bools
) -> dict[str, Outcome]:
    from longtail.evaluation import baselines
    from longtail.recognition import embeddings as views
    from longtail.recognition import eval_set

    _, pretrained = views.read(paths.labelled, pretrained=True)
    gallery = eval_set.rows_of(stuff.pool.photographs["image"], index)
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
            eval_set.numbers_of(train["identity"], stuff.identities),
        ),
    }


def _summary(
    metrics: dict[str, Any], gained: pd.DataFrame, chosen: dict[str, Any], entries: list[Entry], warnings: list[str]
) -> Summary:
    beside = ", ".join(f"{row.baseline} {row.open_map_at_5:.3f}" for row in gained.itertuples())
    low, high = metrics["open_map_at_5_low"], metrics["open_map_at_5_high"]
    score = f"open MAP@5 {metrics['open_map_at_5']:.3f} ({low:.3f} to {high:.3f})"
    line = f"{score} on {counted(metrics['photographs'], 'photograph')}, beside {beside}; chosen: {_name(chosen)}"
    skipped = [entry.skipped for entry in entries if entry.approach == "smote"]
    facts = {**metrics, "chosen": _name(chosen), "why": chosen["why"], "skipped_by_smote": sum(skipped[:1])}
    facts["baselines"] = dict(zip(gained["baseline"], gained["open_map_at_5"].tolist(), strict=True))
    return Summary(line, facts, tuple(warnings))


def _name(chosen: dict[str, Any]) -> str:
    return f"{chosen['classifier']} under {chosen['strategy']}"
