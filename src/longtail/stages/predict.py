"""Refit the selected classifier on all labelled photographs and predict five identities for each test photograph.

Reads: `evaluate`'s choice, `embed`'s three parts, `train`'s networks and head (with `train.fold: all` the second
    network's too) and what was learned from, the split, `oversample`'s filtered copies, `audit`'s matches between test
    and labelled photographs, `prepare`'s tables (sides and species), the keypoints of both.
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
from longtail.metrics import network_choice
from longtail.params import ComputeParams, DataParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.publishing.submission import check_labels, write_submission
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.recognition.local_matching.keypoint_table import KeypointTable
    from longtail.recognition.open_set.decision import Decision
    from longtail.recognition.predictions import Prediction
    from longtail.recognition.refitting import NetworkEmbeddings, RefittedClassifier
    from longtail.recognition.top_k import Ranker


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
    model: Path = reads("artifacts/train/model.safetensors")
    more: Path = reads("artifacts/train/more")
    head: Path = reads("artifacts/train/head.safetensors")
    card: Path = reads("artifacts/train/model.json")
    all_folds: Path = reads("artifacts/train/all")
    learned_from: Path = reads("artifacts/train/learned_from.parquet")
    split: Path = reads("artifacts/split/split.parquet")
    copies: Path = reads("artifacts/oversample/augmented.parquet")
    matches: Path = reads("artifacts/audit/test_matches.parquet")
    images: Path = reads("artifacts/prepare/test.parquet")
    labelled_images: Path = reads("artifacts/prepare/labelled.parquet")
    keypoints: Path = reads("artifacts/keypoints/labelled")
    test_keypoints: Path = reads("artifacts/keypoints/test")
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
    from longtail.recognition import embeddings, identifier, identifier_networks, predictions, refitting, traits
    from longtail.recognition.local_matching import fusion, keypoint_table, shortlist
    from longtail.recognition.local_matching.shortlist import LabelledMarks
    from longtail.recognition.open_set.decision import decisions_table
    from longtail.recognition.training_set import supporting_photographs

    split = pd.read_parquet(paths.split)
    check_labels({*split["identity"], params.data.unknown_label} - {""})
    choice = renamed.record(json.loads(paths.choice.read_text("utf-8")))
    matches, new = pd.read_parquet(paths.matches), bool(params.data.unknown_label)
    labelled_pictures = set(predictions.duplicate_labels(matches, split, new=True))
    source = refitting.source_of(choice, paths.card)
    embedded = refitting.read_embeddings(paths, paths.head.parent, source)
    chosen = refitting.refitted(embedded, split, choice)
    fused, keypoints = fusion.of_choice(choice), keypoint_table.read(paths.keypoints)
    decision = _decision(params, choice, embedded, split, keypoints)
    if source.used != network_choice.PRETRAINED and (paths.all_folds / paths.head.name).exists():
        learned = pd.read_parquet(paths.learned_from)
        unseen = refitting.unseen_rows(embedded, split, learned, labelled_pictures)
        of_all = refitting.read_embeddings(paths, paths.all_folds, replace(source, all_folds=True))
        second = refitting.refitted(of_all, split, choice)
        chosen = refitting.prefer_all_folds(chosen, second, unseen, learned, decision)

    training_set, (index, queries) = chosen.training_set, chosen.embedded.test
    marks = LabelledMarks(chosen.identifier.gallery, chosen.identifier.images, keypoints)
    of_queries = [*map(keypoint_table.read(paths.test_keypoints).of, index["image"])]
    top_k, by_marks = shortlist.ranked(chosen.classifier, queries, of_queries, marks, fused)
    supports = supporting_photographs(top_k.identity, queries, training_set, by_marks)
    of_rows = predictions.ranked(top_k, decision, training_set.identities, supports)
    ranked = dict(zip(index["image"], of_rows, strict=True))
    can_be_new = decision.threshold is not None
    words = traits.read(paths.images), traits.read(paths.labelled_images)
    comparable = traits.comparison(*words)
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

    metadata = chosen.identifier.metadata | decision.to_dict() | {"duplicates_first": params.duplicates_first}
    metadata |= traits.vocabulary(words[1]) | ({"network": dict(chosen.network)} if chosen.network else {})
    metadata[embeddings.RUNTIME] = embeddings.runtime_of(paths.labelled)
    networks = identifier_networks.of(paths, source.used, all_folds=not chosen.is_scored)
    metadata |= {"networks": networks.count} if networks.count > 1 else {}
    metadata |= {network_choice.KEY: entry} if (entry := network_choice.of_record(choice)) else {}
    metadata |= {"local_matching": choice["local_matching"]} if fused else {}
    known = replace(chosen.identifier, metadata=metadata, keypoints=keypoints if fused else None)
    identifier.write(paths.identifier, known, networks.files, networks.card)
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
    return _summary(params, choice, decision, chosen, final, facts)


def _decision(
    params: Params,
    choice: dict[str, Any],
    embedded: NetworkEmbeddings,
    split: pd.DataFrame,
    keypoints: KeypointTable,
) -> Decision:
    """When to predict "new", fitted with galleries that are nearly as large as the final one."""
    from longtail.recognition.local_matching import fusion
    from longtail.recognition.local_matching.shortlist import LabelledMarks, ranker
    from longtail.recognition.open_set.cross_fit import cross_fit_top_k
    from longtail.recognition.open_set.decision import fit_decision

    def refit(kept: pd.DataFrame) -> tuple[Ranker, Sequence[str]]:
        training_set = embedded.training_set(kept)
        classifier, known = embedded.refit(choice, training_set)
        marks = LabelledMarks(known.gallery, known.images, keypoints)
        return ranker(classifier, marks, keypoints, fusion.of_choice(choice)), training_set.identities

    top_k, truth = cross_fit_top_k(split, embedded.labelled, choice["settings"]["seed"], refit)
    share = None if params.expected_unknown_share == "valid" else params.expected_unknown_share
    can_say_new = bool(params.data.unknown_label)  # a submission needs a label for it
    return fit_decision(top_k, truth, choice, share, can_say_new=can_say_new)


def _summary(
    params: Params,
    choice: dict[str, Any],
    decision: Decision,
    chosen: RefittedClassifier,
    final: dict[str, list[Prediction]],
    facts: dict[str, Any],
) -> Summary:
    from longtail.recognition.prediction_warnings import prediction_warnings

    training_set = chosen.training_set
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
    line += "" if chosen.is_scored else "; by the network of all folds, which has no score of its own"
    line += f"; {words}" if (words := network_choice.in_words(network_choice.of_record(choice))) else ""
    facts |= {"network": dict(chosen.network)} if chosen.network else {}
    warnings = prediction_warnings(choice, decision, facts, params.data.unknown_label)
    return Summary(line, facts, tuple(warnings))


def _holds_for(decision: Decision) -> str:
    """The share of new individuals that the probabilities hold for; `""` where there are none."""
    if decision.calibration is None or decision.unknown_share is None:
        return ""
    return f" (probabilities for {decision.unknown_share:.0%} new)"
