"""Refit the chosen scorer on all labelled photographs and give each test photograph five candidates.

Reads: `evaluate`'s choice, `embed`'s three parts, `train`'s head, the split, `oversample`'s filtered copies, `audit`'s
    matches between test and labelled photographs, `prepare`'s test table.
Writes: `submission.csv` (checked by the grader's rules), `candidates.parquet`, `identifier/`.
Fails on: labels with spaces, which no submission can hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.params import ComputeParams, DataParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.publishing.submission import check_labels, write_submission
from longtail.record import Summary

if TYPE_CHECKING:
    from longtail.scoring.candidates import Scorer
    from longtail.scoring.guesses import Guess
    from longtail.scoring.identifier import Identifier
    from longtail.scoring.material import Material


class Params(StageParams):
    """`predict:`."""

    duplicates_first: bool = Field(True, description="a test photograph of a labelled picture gets its identity first")
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


def run(params: Params, paths: Paths) -> Summary:
    """Refit, rank, lay the labels of copied pictures first, check, write."""
    import torch

    torch.set_num_threads(params.compute.threads)
    from longtail.scoring import guesses, identifier, material, views

    split = pd.read_parquet(paths.split)
    check_labels({*split["identity"], params.data.unknown_label} - {""})
    choice = json.loads(paths.choice.read_text("utf-8"))
    if not params.data.unknown_label:  # there is no word to say it with
        choice["threshold"] = None
    copies = pd.read_parquet(paths.copies)
    stuff = material.gather(views.read(paths.labelled), paths.augmented, split, copies, ("train", "valid"))
    scorer, chosen = _refitted(choice, paths, stuff)

    said = _ranked(scorer, choice["threshold"], paths.test, stuff)
    unseen = guesses.unseen(stuff.pool.photographs, new=choice["threshold"] is not None)
    duplicates = {}
    if params.duplicates_first:
        duplicates = guesses.copied(pd.read_parquet(paths.matches), split, new=bool(params.data.unknown_label))
    images = pd.read_parquet(paths.images)["image"].tolist()
    final = {image: guesses.together(duplicates.get(image, []), said.get(image, unseen)) for image in images}

    identifier.write(paths.identifier, chosen)
    atomic.write_table(paths.candidates, guesses.table(final))
    words = {"": params.data.unknown_label}
    rows = [(image, [words.get(guess.identity, guess.identity) for guess in final[image]]) for image in images]
    write_submission(paths.submission, rows, params.data)
    return _summary(choice, stuff, final, broken=len(set(images) - set(said)))


def _refitted(choice: dict[str, Any], paths: Paths, stuff: Material) -> tuple[Scorer, Identifier]:
    """The chosen scorer on all that is labelled, with the settings that `evaluate` compared it under."""
    from longtail.scoring import comparison, network
    from longtail.scoring.approaches import ApproachSettings
    from longtail.scoring.candidates import Gallery
    from longtail.scoring.identifier import Identifier
    from longtail.scoring.linear_head import HeadSettings

    told = {name: choice[name] for name in ("scorer", "approach", "threshold", "settings")}
    gallery, images = stuff.photographs, stuff.pool.photographs["image"].tolist()
    if choice["scorer"] == "network_head":
        trained = network.read_network_head(paths.head, paths.card)
        found = Identifier(told, stuff.identities, gallery, images, trained.head, trained.classes)
        return trained.scorer(stuff.identities), found
    given = choice["settings"]
    settings = comparison.Settings(ApproachSettings(**given["approach"]), HeadSettings(**given["head"]), given["seed"])
    whitening = comparison.whitened(stuff, settings) if choice["scorer"] == "linear_head" else None
    fitted = comparison.fitted(choice["scorer"], choice["approach"], stuff, settings, whitening)
    if fitted.head is None:  # the gallery is the scorer
        images = stuff.pool.images().iloc[fitted.draws.rows].tolist()
        gallery = Gallery(stuff.views[fitted.draws.rows], stuff.numbers[fitted.draws.rows])
    return fitted.score, Identifier(told, stuff.identities, gallery, images, fitted.head, stuff.identities)


def _ranked(scorer: Scorer, threshold: float | None, test: Path, stuff: Material) -> dict[str, list[Guess]]:
    from longtail.scoring import guesses, material, views
    from longtail.scoring.candidates import rank

    index, queries = views.read(test)
    candidates = rank(scorer, queries)
    nearest = material.nearest_photographs(candidates.identity, queries, stuff)
    ranked = guesses.ranked(candidates, threshold, stuff.identities, nearest)
    return dict(zip(index["image"], ranked, strict=True))


def _summary(choice: dict[str, Any], stuff: Material, final: dict[str, list[Guess]], *, broken: int) -> Summary:
    first = [said[0] for said in final.values() if said]
    facts = {
        "photographs": len(final),
        "duplicates": sum(guess.kind == "duplicate" for guess in first),
        "new_first": sum(guess.identity == "" for guess in first),
        "broken": broken,
        "labelled": len(stuff.pool.photographs),
        "identities": len(stuff.identities),
        "threshold": choice["threshold"],
    }
    refit = f"{choice['scorer']} under {choice['approach']}"
    line = (
        f"{facts['photographs']:,} test photographs: {facts['duplicates']:,} show a labelled picture, "
        f"{facts['new_first']:,} are new first; {refit}, {facts['labelled']:,} labelled photographs"
    )
    warnings = []
    if choice["scorer"] == "network_head":
        warnings.append("the network's head is used as trained: it cannot name identities that are only in valid")
    if choice["threshold"] is None:
        warnings.append("no threshold: new is never said, except where a copied picture says it")
    if broken:
        warnings.append(f"{broken:,} test photographs cannot be opened: they get the most frequent identities")
    return Summary(line, facts, tuple(warnings))
