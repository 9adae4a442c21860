"""Refit the chosen scorer on all labelled photographs and give each test photograph five candidates.

Reads: `evaluate`'s choice, `embed`'s three parts, `train`'s head, the split, `oversample`'s filtered copies, `audit`'s
    matches between test and labelled photographs, `prepare`'s test table.
Writes: `submission.csv` (checked by the grader's rules), `candidates.parquet`, `decisions.parquet`, `identifier/`.
Fails on: labels with spaces, which no submission can hold.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from longtail import atomic, renamed
from longtail.compute import torch_on
from longtail.errors import counted
from longtail.params import ComputeParams, DataParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.publishing.submission import check_labels, write_submission
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.recognition.embeddings import Views
    from longtail.recognition.identifier import Identifier
    from longtail.recognition.open_set.decision import Decision
    from longtail.recognition.predictions import Guess
    from longtail.recognition.top_k import Scorer
    from longtail.recognition.training_set import Material


class Params(StageParams):
    """`predict:`."""

    duplicates_first: bool = Field(True, description="a test photograph of a labelled picture gets its identity first")
    expected_unknown_share: Annotated[float, Field(ge=0, le=1)] | Literal["valid"] = Field(
        "valid", description="share of unknowns that the threshold is made for; valid: as many as there"
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
    identifier: Path = writes("artifacts/predict/identifier")
    submission: Path = writes("artifacts/predict/submission.csv")
    candidates: Path = writes("artifacts/predict/candidates.parquet")
    decisions: Path = writes("artifacts/predict/decisions.parquet")


def run(params: Params, paths: Paths) -> Summary:
    """Refit, fit the threshold anew, rank, lay the labels of copied pictures first, check, write."""
    torch_on(params.compute.threads)
    from longtail.recognition import embeddings, identifier, predictions
    from longtail.recognition.open_set import decision as deciding

    split = pd.read_parquet(paths.split)
    check_labels({*split["identity"], params.data.unknown_label} - {""})
    choice = renamed.record(json.loads(paths.choice.read_text("utf-8")))
    labelled = embeddings.read(paths.labelled)
    stuff = _gathered(paths, labelled, split)
    scorer, chosen = _refitted(choice, paths, stuff)
    decision = _decision(params, choice, paths, labelled, split)

    index, queries = embeddings.read(paths.test)
    said, best = _ranked(scorer, decision.threshold, queries, stuff)
    ranked = dict(zip(index["image"], said, strict=True))
    unseen = predictions.unseen(stuff.pool.photographs, new=decision.threshold is not None)
    duplicates = {}
    if params.duplicates_first:
        duplicates = predictions.copied(pd.read_parquet(paths.matches), split, new=bool(params.data.unknown_label))
    images = pd.read_parquet(paths.images)["image"].tolist()
    final = {image: predictions.together(duplicates.get(image, []), ranked.get(image, unseen)) for image in images}

    first = {"duplicates_first": params.duplicates_first}
    identifier.write(paths.identifier, replace(chosen, told=chosen.told | decision.told() | first))
    atomic.write_table(paths.candidates, predictions.table(final))
    atomic.write_table(paths.decisions, deciding.table(images, index["image"].tolist(), best, decision))
    words = {"": params.data.unknown_label}
    rows = [(image, [words.get(guess.identity, guess.identity) for guess in final[image]]) for image in images]
    write_submission(paths.submission, rows, params.data)
    facts = {
        "broken": len(set(images) - set(ranked)),
        "duplicates_in_conflict": predictions.conflicts(duplicates, images),
    }
    return _summary(choice, decision, stuff, final, facts)


def _gathered(paths: Paths, labelled: tuple[pd.DataFrame, Views], split: pd.DataFrame) -> Material:
    """All that a split's table names, train fold and valid alike, and the filtered copies of the train fold."""
    from longtail.recognition import training_set

    return training_set.gather(labelled, paths.augmented, split, pd.read_parquet(paths.copies), ("train", "valid"))


def _refitted(choice: dict[str, Any], paths: Paths, stuff: Material) -> tuple[Scorer, Identifier]:
    """The chosen scorer on all that is labelled, with the settings that `evaluate` compared it under."""
    from longtail.recognition.classifiers import fit, trained_head
    from longtail.recognition.identifier import Identifier

    told = {name: choice[name] for name in ("classifier", "strategy", "settings")}
    settings = fit.Settings.told(choice["settings"])
    bench = fit.set_up(stuff, settings, trained_head.read_network_head(paths.head, paths.card))
    made = fit.refit(choice["classifier"], choice["strategy"], bench)
    return made.score, Identifier(told, stuff.identities, made.gallery, made.images, made.head, made.classes)


def _decision(
    params: Params, choice: dict[str, Any], paths: Paths, labelled: tuple[pd.DataFrame, Views], split: pd.DataFrame
) -> Decision:
    """When to say "new", fitted against galleries nearly as large as the final one."""
    from longtail.recognition.open_set import cross_fit
    from longtail.recognition.open_set import decision as deciding

    def refit(kept: pd.DataFrame) -> tuple[Scorer, Sequence[str]]:
        stuff = _gathered(paths, labelled, kept)
        return _refitted(choice, paths, stuff)[0], stuff.identities

    candidates, truth = cross_fit.cross(split, labelled, choice["settings"]["seed"], refit)
    share = None if params.expected_unknown_share == "valid" else params.expected_unknown_share
    can_say_new = bool(params.data.unknown_label)  # without a word for it, it cannot be said
    return deciding.decide(candidates, truth, choice["threshold"], share, can_say_new=can_say_new)


def _ranked(
    scorer: Scorer, threshold: float | None, queries: Views, stuff: Material
) -> tuple[list[list[Guess]], NDArray[np.float32]]:
    """The scorer's guesses for each test photograph, and the score of its best known candidate."""
    from longtail.recognition import predictions, training_set
    from longtail.recognition.top_k import rank

    candidates = rank(scorer, queries)
    nearest = training_set.nearest_photographs(candidates.identity, queries, stuff)
    return predictions.ranked(candidates, threshold, stuff.identities, nearest), candidates.best


def _summary(
    choice: dict[str, Any], decision: Decision, stuff: Material, final: dict[str, list[Guess]], facts: dict[str, Any]
) -> Summary:
    first = [said[0] for said in final.values() if said]
    facts |= decision.told() | {
        "photographs": len(final),
        "duplicates": sum(guess.kind == "duplicate" for guess in first),
        "new_first": sum(guess.identity == "" for guess in first),
        "labelled": len(stuff.pool.photographs),
        "identities": len(stuff.identities),
    }
    refit = f"{choice['classifier']} under {choice['strategy']}"
    line = (
        f"{counted(facts['photographs'], 'test photograph')}: {facts['duplicates']:,} of a labelled picture, "
        f"{facts['new_first']:,} new first; {refit}, {counted(facts['labelled'], 'labelled photograph')}"
    )
    warnings = []
    if decision.calibration is None and (decision.threshold or 0) > 0:  # there was nothing but new to fit on
        said = "valid holds nobody known, so that new comes first for every photograph"
        warnings.append(f"{said}: predict.expected_unknown_share: 0 puts names first")
    if choice["classifier"] == "trained_head":
        said = "the network's head is used as trained: it cannot name identities that are only in valid"
        warnings.append(f"{said}, and its threshold is fitted on valid, before any refit")
    if decision.threshold is None and decision.threshold_on_valid is not None:
        said = "data.unknown_label is empty: new is never said here, though the open score counts it as an answer"
        warnings.append(f"{said}; the closed score is the one that holds, or set split.new_identity_share: 0")
    elif decision.threshold is None:
        warnings.append("no threshold: new is never said, except where a copied picture says it")
    if decision.expectation_unmet:
        warnings.append("valid holds nothing new, or nothing known: expected_unknown_share changes nothing")
    if facts["duplicates_in_conflict"]:
        said = f"{counted(facts['duplicates_in_conflict'], 'test photograph')} of a picture with two names"
        warnings.append(f"{said}: both stand among their candidates (candidates.parquet, kind duplicate)")
    if facts["broken"]:
        broken = counted(facts["broken"], "test photograph")
        warnings.append(f"{broken} cannot be opened: the most frequent identities are answered")
    return Summary(line, facts, tuple(warnings))
