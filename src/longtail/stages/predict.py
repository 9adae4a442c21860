"""Refit the selected classifier on all labelled photographs and predict five identities for each test photograph.

Reads: `evaluate`'s choice, `embed`'s three parts, `train`'s head, the split, `oversample`'s filtered copies, `audit`'s
    matches between test and labelled photographs, `prepare`'s tables (sides and species).
Writes: `submission.csv` (checked by the grader's rules), `candidates.parquet`, `decisions.parquet`, `identifier/`.
Fails on: labels with spaces, which no submission can hold; a photograph that nothing may be compared with, where no
    label says "none of the known".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from longtail import atomic, renamed
from longtail.compute import set_torch_threads
from longtail.errors import counted
from longtail.params import ComputeParams, DataParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.publishing.submission import check_labels, write_submission
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.recognition.embeddings import PairedEmbeddings
    from longtail.recognition.identifier import Identifier
    from longtail.recognition.open_set.decision import Decision
    from longtail.recognition.predictions import Prediction
    from longtail.recognition.top_k import Classifier, TopK
    from longtail.recognition.training_set import TrainingSet


class Params(StageParams):
    """`predict:`."""

    duplicates_first: bool = Field(True, description="a test photograph of a labelled picture gets its identity first")
    expected_unknown_share: Annotated[float, Field(ge=0, le=1)] | Literal["valid"] = Field(
        "valid", description="share of unknowns that threshold and probabilities are made for; valid: as many as there"
    )
    data: DataParams = DataParams()
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What predict reads and writes."""

    choice: Path = reads("artifacts/evaluate/choice.json")
    labelled: Path = reads("artifacts/embed/labelled")
    augmented: Path = reads("artifacts/embed/augmented")
    test: Path = reads("artifacts/embed/test")
    head: Path = reads("artifacts/train/head.safetensors")
    card: Path = reads("artifacts/train/model.json")
    split: Path = reads("artifacts/split/split.parquet")
    copies: Path = reads("artifacts/oversample/augmented.parquet")
    matches: Path = reads("artifacts/audit/test_matches.parquet")
    images: Path = reads("artifacts/prepare/test.parquet")
    labelled_images: Path = reads("artifacts/prepare/labelled.parquet")
    identifier: Path = writes("artifacts/predict/identifier")
    submission: Path = writes("artifacts/predict/submission.csv")
    candidates: Path = writes("artifacts/predict/candidates.parquet")
    decisions: Path = writes("artifacts/predict/decisions.parquet")


def run(params: Params, paths: Paths) -> Summary:
    """Refit, fit the threshold, rank, put labels of duplicates first, check, write.

    Args:
        params: `predict:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of test photographs, and the threshold.

    Raises:
        BadInput: a label that no submission can hold, or a photograph that nothing can be said of.
    """
    set_torch_threads(params.compute.threads)
    from longtail.recognition import embeddings, identifier, predictions, traits
    from longtail.recognition.open_set.decision import decisions_table

    split = pd.read_parquet(paths.split)
    check_labels({*split["identity"], params.data.unknown_label} - {""})
    choice = renamed.record(json.loads(paths.choice.read_text("utf-8")))
    labelled = embeddings.with_traits(embeddings.read(paths.labelled), paths.labelled_images)
    training_set = _training_set(paths, labelled, split)
    classifier, refitted = _refit(choice, paths, training_set)
    decision = _decision(params, choice, paths, labelled, split)

    index, queries = embeddings.with_traits(embeddings.read(paths.test), paths.images)
    of_rows, top_k = _predict(classifier, decision, queries, training_set)
    ranked = dict(zip(index["image"], of_rows, strict=True))
    can_be_new = decision.threshold is not None
    words = traits.read(paths.images), traits.read(paths.labelled_images)
    comparable = traits.comparison(*words)
    matches, new = pd.read_parquet(paths.matches), bool(params.data.unknown_label)
    labelled_pictures = set(predictions.duplicate_labels(matches, split, new=True))
    duplicates = {}
    if params.duplicates_first:
        duplicates = predictions.duplicate_labels(matches, split, new=new, comparable=comparable)
    for image in labelled_pictures & set(ranked):
        ranked[image] = predictions.without_probabilities(ranked[image])
    images = pd.read_parquet(paths.images)["image"].tolist()
    broken = sorted(set(images) - set(ranked))
    for image in broken:
        photographs = traits.comparable_rows(training_set.pool.photographs, image, comparable)
        ranked[image] = predictions.fallback_predictions(photographs, new=can_be_new)
    final = predictions.combine(images, duplicates, ranked, can_say_new=bool(params.data.unknown_label))

    metadata = refitted.metadata | decision.to_dict() | {"duplicates_first": params.duplicates_first}
    metadata |= traits.vocabulary(words[1])
    identifier.write(paths.identifier, replace(refitted, metadata=metadata))
    atomic.write_table(paths.candidates, predictions.candidates_table(final))
    atomic.write_table(
        paths.decisions, decisions_table(images, index["image"].tolist(), top_k, decision, labelled_pictures)
    )
    label = traits.plain_names(paths.labelled_images) | {"": params.data.unknown_label}
    rows = [(image, [label.get(one.identity, one.identity) for one in final[image]]) for image in images]
    write_submission(paths.submission, [(image, list(dict.fromkeys(names))) for image, names in rows], params.data)
    facts = {
        "broken": len(broken),
        "duplicates_in_conflict": predictions.count_conflicts(duplicates, images),
    }
    if comparable is not None:
        facts |= traits.not_known(words[0]) | {"nothing_to_compare": int(np.isneginf(top_k.best).sum())}
    return _summary(params, choice, decision, training_set, final, facts)


def _training_set(paths: Paths, labelled: tuple[pd.DataFrame, PairedEmbeddings], split: pd.DataFrame) -> TrainingSet:
    """All photographs in the split's table, whatever their fold, and the filtered copies of the train fold."""
    from longtail.recognition.eval_set import LABELLED_FOLDS
    from longtail.recognition.training_set import gather

    return gather(labelled, paths.augmented, split, pd.read_parquet(paths.copies), LABELLED_FOLDS)


def _refit(choice: dict[str, Any], paths: Paths, training_set: TrainingSet) -> tuple[Classifier, Identifier]:
    """The selected classifier on all labelled photographs, with the settings that `evaluate` compared it with."""
    from longtail.recognition.classifiers import fit, trained_head
    from longtail.recognition.identifier import Identifier

    metadata = {name: choice[name] for name in ("classifier", "strategy", "settings")}
    network = trained_head.read_trained_head(paths.head, paths.card)
    context = fit.make_context(training_set, fit.FitSettings.from_dict(choice["settings"]), network)
    fitted = fit.refit(choice["classifier"], choice["strategy"], context)
    return fitted.score, Identifier(
        metadata, training_set.identities, fitted.gallery, fitted.images, fitted.head, fitted.classes
    )


def _decision(
    params: Params,
    choice: dict[str, Any],
    paths: Paths,
    labelled: tuple[pd.DataFrame, PairedEmbeddings],
    split: pd.DataFrame,
) -> Decision:
    """When to predict "new", fitted with galleries that are nearly as large as the final one."""
    from longtail.recognition.open_set.cross_fit import cross_fit_top_k
    from longtail.recognition.open_set.decision import fit_decision

    def refit(kept: pd.DataFrame) -> tuple[Classifier, Sequence[str]]:
        training_set = _training_set(paths, labelled, kept)
        return _refit(choice, paths, training_set)[0], training_set.identities

    top_k, truth = cross_fit_top_k(split, labelled, choice["settings"]["seed"], refit)
    share = None if params.expected_unknown_share == "valid" else params.expected_unknown_share
    can_say_new = bool(params.data.unknown_label)  # a submission needs a label for it
    return fit_decision(top_k, truth, choice, share, can_say_new=can_say_new)


def _predict(
    classifier: Classifier, decision: Decision, queries: PairedEmbeddings, training_set: TrainingSet
) -> tuple[list[list[Prediction]], TopK]:
    """The classifier's predictions for each test photograph, and the scores that they come from."""
    from longtail.recognition.predictions import ranked
    from longtail.recognition.top_k import rank
    from longtail.recognition.training_set import nearest_photographs

    top_k = rank(classifier, queries)
    nearest = nearest_photographs(top_k.identity, queries, training_set)
    return ranked(top_k, decision, training_set.identities, nearest), top_k


def _summary(
    params: Params,
    choice: dict[str, Any],
    decision: Decision,
    training_set: TrainingSet,
    final: dict[str, list[Prediction]],
    facts: dict[str, Any],
) -> Summary:
    from longtail.recognition.prediction_warnings import prediction_warnings

    first = [predictions[0] for predictions in final.values() if predictions]
    facts |= decision.to_dict() | {
        "photographs": len(final),
        "duplicates": sum(prediction.kind == "duplicate" for prediction in first),
        "new_first": sum(prediction.identity == "" for prediction in first),
        "labelled": len(training_set.pool.photographs),
        "identities": len(training_set.identities),
    }
    refitted = f"{choice['classifier']} under {choice['strategy']}"
    line = (
        f"{counted(facts['photographs'], 'test photograph')}: {facts['duplicates']:,} of a labelled picture, "
        f"{facts['new_first']:,} new first{_holds_for(decision)}; {refitted}, "
        f"{counted(facts['labelled'], 'labelled photograph')}"
    )
    warnings = prediction_warnings(choice, decision, facts, params.data.unknown_label)
    return Summary(line, facts, tuple(warnings))


def _holds_for(decision: Decision) -> str:
    """The share of new individuals that the probabilities hold for; `""` where there are none."""
    if decision.calibration is None or decision.unknown_share is None:
        return ""
    return f" (probabilities for {decision.unknown_share:.0%} new)"
