"""Score every classifier and balancing strategy on the same embeddings by one protocol, and select one.

Reads: `embed`'s labelled and augmented parts, `train`'s head, the split, `oversample`'s plan and filtered copies,
    `prepare`'s labelled table (difference hashes, rows of train.csv), its keypoints, `audit`'s conflicting labels.
Writes: what its `Paths` names (docs/reference/files.md has the columns); of it no stage depends on `seconds.csv`.
Fails on: no photograph to learn from, fewer than two identities to score, a scored one that was learned from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.compute import set_torch_threads
from longtail.errors import counted
from longtail.metrics import network_choice
from longtail.metrics.difference import score_in_words
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.evaluation.grid import Candidate
    from longtail.evaluation.paired_choice import HeldOut
    from longtail.evaluation.selection_report import Selections
    from longtail.recognition.classifiers.fit import FitSettings

ClassifierName = Literal[
    "nearest_neighbour", "nearest_class_mean", "ensemble", "cosine_classifier", "linear_probe", "trained_head"
]
StrategyName = Literal[
    "none", "random_undersampling", "random_oversampling", "augmented_oversampling", "smote", "class_balanced",
    "class_weights", "logit_adjustment", "tau_normalised", "crt",
]  # fmt: skip
RerankingName = Literal["local_scaling"]


class Params(StageParams):
    """`evaluate:`."""

    classifiers: list[ClassifierName] = Field(
        list(get_args(ClassifierName)), min_length=1, description="what is compared"
    )
    strategies: list[StrategyName] = Field(
        list(get_args(StrategyName)), min_length=1, description="balancing strategies to compare; none always is"
    )
    reranking: list[RerankingName] = Field(
        list(get_args(RerankingName)), description="what is tried on the chosen classifier; []: its scores as they are"
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
    learned_from: Path = reads("artifacts/train/learned_from.parquet")
    split: Path = reads("artifacts/split/split.parquet")
    plan: Path = reads("artifacts/oversample/plan.parquet")
    copies: Path = reads("artifacts/oversample/augmented.parquet")
    images: Path = reads("artifacts/prepare/labelled.parquet")
    keypoints: Path = reads("artifacts/keypoints/labelled")
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
    marks: Path = writes("artifacts/evaluate/marks.parquet")
    findings: Path = writes("artifacts/evaluate/findings.csv")
    leakage_demo: Path = writes("artifacts/evaluate/leakage_demo.csv")
    threshold_curve: Path = writes("artifacts/evaluate/threshold_curve.csv")
    share_curve: Path = writes("artifacts/evaluate/share_curve.csv")
    reliability: Path = writes("artifacts/evaluate/reliability.csv")
    calibration: Path = writes("artifacts/evaluate/calibration.csv")
    calibrators: Path = writes("artifacts/evaluate/calibrators.csv")


def run(params: Params, paths: Paths) -> Summary:
    """Fit on the train fold, rank valid, select and score by cross-fitting, write.

    Args:
        params: `evaluate:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        The scores, and what was selected.

    Raises:
        BadInput: too few photographs to fit on or to score.
        StageFailed: the network learned from a photograph that would be measured on.
    """
    set_torch_threads(params.compute.threads)
    from longtail.evaluation import (
        grid,
        leakage_demo,
        local_matching,
        model_selection,
        network_selection,
        open_set_metrics,
        reranking,
        scorecard,
    )
    from longtail.evaluation.baselines import predict_baselines
    from longtail.evaluation.dates import add_dates
    from longtail.evaluation.example_marks import marks_table
    from longtail.evaluation.findings import findings
    from longtail.evaluation.paired_choice import HeldOut
    from longtail.evaluation.per_species import trait_metrics
    from longtail.evaluation.selection_report import Selections
    from longtail.evaluation.warnings import data_warnings, untrained_warnings
    from longtail.recognition import embeddings, learned_from, traits
    from longtail.recognition.classifiers import fit, trained_head
    from longtail.recognition.eval_set import make_eval_set, within_reach
    from longtail.recognition.training_set import gather

    split = learned_from.checked_split(paths.split, paths.learned_from)
    labelled = index, views = embeddings.with_traits(embeddings.read(paths.labelled), paths.images)
    training_set = gather(labelled, paths.augmented, split, pd.read_parquet(paths.copies), ("train",))
    eval_set = make_eval_set(split, index, training_set.identities)
    queries = views[eval_set.rows]
    eval_set = within_reach(eval_set, queries, training_set.photographs)
    settings, bootstrap = _settings(params), scorecard.BootstrapConfig(params.seed, params.resamples)

    context = fit.make_context(training_set, settings, trained_head.read_trained_head(paths.head, paths.card))
    asked = params.classifiers, params.strategies, params.seeds
    candidates = grid.compare(*asked, pd.read_parquet(paths.plan), context, queries)
    held_out = HeldOut.of(eval_set, bootstrap)
    _, on_a, on_b = model_selection.two_fold_select(candidates, eval_set.truth, held_out.half_b)
    selections = Selections(on_a, on_b, model_selection.select(candidates, eval_set.truth, held_out.all_rows))
    spaces = network_selection.embedding_spaces(paths, split, eval_set.rows, grid.EmbeddingSpace(context, queries))
    networks = network_selection.choose(candidates, selections, spaces, held_out, paths.card)
    reranked = reranking.rerank(networks.candidates, networks.selections, params.reranking, spaces, held_out)

    images = pd.read_parquet(paths.images, columns=["image", "row", "md5", "dhash"])
    audited = pd.read_csv(paths.audited, dtype="str", keep_default_na=False)
    pretrained = embeddings.with_traits(embeddings.read(paths.labelled, network=embeddings.PRETRAINED), paths.images)
    baselines = predict_baselines(pretrained, split, images, training_set, eval_set, held_out.half_b)
    plain = local_matching.Procedure(reranked.candidates, reranked.selections, reranked.result)
    local = local_matching.measure(plain, spaces, paths.keypoints, held_out)
    result, open_set = open_set_metrics.measure(*local.procedure, held_out)
    card = scorecard.scorecard(eval_set, result, baselines["frozen_1nn"], bootstrap)
    gains = scorecard.gains(eval_set, result, baselines, bootstrap)
    metrics = scorecard.metrics(eval_set, result, held_out.half_b, card, gains) | open_set.metrics
    metrics |= networks.metrics() | reranked.metrics() | local.metrics()
    metrics |= trait_metrics(eval_set, result, traits.read(paths.images), bootstrap)
    nearest = network_selection.nearest(result, spaces[networks.used], marked := local.photographs(held_out.half_b))
    predictions = scorecard.predictions(eval_set, result, held_out.half_b, training_set.identities, nearest)
    predictions = add_dates(open_set.with_probabilities(predictions), split)

    atomic.write_json(paths.metrics, metrics)
    tables = {"scorecard": card, "recall": scorecard.recall(eval_set, result), "baselines": gains}
    tables |= {"predictions": predictions, "marks": marks_table(predictions, paths.keypoints, marked)}
    tables["findings"] = findings(predictions, split, (index, [views, pretrained[1]]), images, audited)
    rows = leakage_demo.legacy_rows(training_set, split, labelled)
    tables["leakage_demo"] = leakage_demo.leakage_table(rows, queries, eval_set.truth, settings.head, params.seed)
    for name, table in (tables | open_set.tables).items():
        atomic.write_table(getattr(paths, name), table)
    choice = _write_comparison(params, paths, candidates, selections, held_out)
    for update in (networks.update_choice, reranked.update_choice, local.update_choice, open_set.update_choice):
        choice = update(choice)
    atomic.write_json(paths.choice, choice | {"settings": asdict(settings)})
    warnings = [*data_warnings(metrics, training_set, candidates), *untrained_warnings(metrics, paths.card)]
    skipped = [candidate.skipped for candidate in candidates if candidate.strategy == "smote"]
    return _summary(metrics, gains, choice, skipped, warnings)


def _settings(params: Params) -> FitSettings:
    from longtail.recognition.balancing.strategies import StrategySettings
    from longtail.recognition.classifiers.cosine import CosineSettings
    from longtail.recognition.classifiers.fit import FitSettings
    from longtail.recognition.classifiers.linear_probe import LinearProbeSettings

    return FitSettings(
        StrategySettings(params.min_count, params.max_count, params.neighbours, params.prior, params.tau, params.seed),
        LinearProbeSettings(params.head_epochs, params.head_lr, params.head_weight_decay, params.head_dims),
        CosineSettings(params.cosine_epochs, params.cosine_lr, params.cosine_scale, params.head_dims),
        params.seed,
    )


def _write_comparison(
    params: Params, paths: Paths, candidates: list[Candidate], selections: Selections, held_out: HeldOut
) -> dict[str, Any]:
    """Write the tables that compare the candidates; what was selected, and why."""
    from longtail.evaluation import leaderboard, per_class_count
    from longtail.evaluation.selection_report import choice_record

    eval_set, bootstrap = held_out.eval_set, held_out.bootstrap
    results = leaderboard.cross_fit_each(candidates, eval_set, held_out.half_b)
    table = leaderboard.leaderboard(candidates, results, eval_set, selections.on_all.candidate, params.seed, bootstrap)
    atomic.write_table(paths.leaderboard, table)
    atomic.write_table(paths.seconds, leaderboard.seconds_table(candidates, params.seed))
    precision = per_class_count.measure_precision(candidates, results, eval_set)
    atomic.write_table(paths.per_class_count, per_class_count.class_count_table(precision, eval_set, bootstrap))
    atomic.write_table(paths.winners, per_class_count.winners(precision, eval_set, bootstrap))
    return choice_record(candidates, results, selections, eval_set, bootstrap)


def _summary(
    metrics: dict[str, Any], gains: pd.DataFrame, choice: dict[str, Any], skipped: list[int], warnings: list[str]
) -> Summary:
    name = f"{choice['classifier']} under {choice['strategy']}"
    if words := network_choice.in_words(network_choice.of_record(choice)):
        name += f", by {words}"
    if (method := choice["reranking"]["method"]) != "none":
        name += f" with {method}"
    baselines = ", ".join(f"{row.baseline} {row.open_map_at_5:.3f}" for row in gains.itertuples())
    score = f"open MAP@5 {score_in_words(metrics, 'open_map_at_5')}"
    line = f"{score} on {counted(metrics['photographs'], 'photograph')}; baselines: {baselines}; chosen: {name}"
    facts = {**metrics, "chosen": name, "why": choice["why"], "skipped_by_smote": sum(skipped[:1])}
    facts["baselines"] = dict(zip(gains["baseline"], gains["open_map_at_5"].tolist(), strict=True))
    return Summary(line, facts, tuple(warnings))
