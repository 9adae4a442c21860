"""What `identify` finds where: the identifier, the network, and (where it is there) the project around them.

Needed: the identifier's folder, and the trained network's `model.safetensors` and `model.json`, in that folder or in
`artifacts/train/`. Of use: `artifacts/prepare/` and `artifacts/split/`, for labelled photographs of the same picture
and for pictures to show; what `prepare` and `audit` were run with, from their records, else from params.yaml.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longtail import params, renamed
from longtail.errors import BadInput, Problem
from longtail.identifying import labelled, network
from longtail.identifying.labelled import Likeness
from longtail.identifying.network import Network
from longtail.identifying.predictor import Namer
from longtail.images.working import CopyParams
from longtail.params import StageParams
from longtail.process_lock import STATE
from longtail.recognition import identifier
from longtail.recognition.identifier import Identifier
from longtail.recognition.top_k import Scorer
from longtail.training import checkpoint
from longtail.training.checkpoint import Card

PLANS = STATE / "networks"


@dataclass(frozen=True)
class Ready:
    """Everything that is loaded once, however many photographs follow."""

    namer: Namer
    network: Network
    card: Card
    copies: CopyParams
    max_pixels: int
    plans: Path


def open_project(
    root: Path, folder: Path, prepare: type[StageParams], audit: type[StageParams], plans: Path | None = None
) -> Ready:
    """Load what stands under `root`, with the identifier in `folder`.

    Args:
        root: the project's root.
        folder: the identifier's.
        prepare: the stage's parameters, for their defaults.
        audit: the stage's parameters.
        plans: where the network is left as a plan for the next start; in the project's own state where it is None.

    Raises:
        BadInput: no identifier, no network, or two that do not belong together.
    """
    plans = plans or root / PLANS
    made, checked = _run_with(root, "prepare", prepare), _run_with(root, "audit", audit)
    artifacts = root / "artifacts"
    prepared = artifacts / "prepare"
    with ThreadPoolExecutor() as beside:  # what is read is on its way to the processor while the network starts
        scoring = beside.submit(_scorer, folder)
        pictures = beside.submit(
            labelled.read, prepared / "labelled.parquet", prepared / "labelled", artifacts / "split" / "split.parquet"
        )
        tensors, card = _model(root, folder)
        started = network.start(tensors, card, plans)
        known, scorer = scoring.result()
    wide = known.gallery.views.plain.shape[1]
    if card.embedding_size != wide:
        what = f"the network gives {card.embedding_size:,} numbers a photograph, the identifier was made with {wide:,}"
        raise BadInput(Problem(what, "They are of two runs: `make run` makes both anew.", where=str(folder)))
    return Ready(
        namer=Namer(known, scorer, pictures.result(), Likeness(checked["max_distance"], checked["min_similarity"])),
        network=started,
        card=card,
        copies=CopyParams(made["side"], made["quality"]),
        max_pixels=made["max_pixels"],
        plans=plans,
    )


def _scorer(folder: Path) -> tuple[Identifier, Scorer]:
    known = identifier.read(folder)
    return known, identifier.scorer_of(known)


def _model(root: Path, folder: Path) -> tuple[Path, Card]:
    for place in (folder, root / "artifacts" / "train"):
        tensors, card = place / "model.safetensors", place / "model.json"
        if tensors.is_file() and card.is_file():
            return tensors, checkpoint.read_card(card)
    remedy = "`make run` trains one; or put model.safetensors and model.json beside the identifier."
    raise BadInput(Problem("there is no trained network", remedy, where=str(root / "artifacts" / "train")))


def _run_with(root: Path, stage: str, schema: type[StageParams]) -> dict[str, Any]:
    """The parameters that made what is here; where no record says them, those that are set now."""
    folder = root / "artifacts" / stage
    for record in (folder / "record.json", folder / "labelled.record.json"):
        if record.is_file():
            told: dict[str, Any] = json.loads(record.read_text("utf-8"))["params"]
            return {**schema().model_dump(), **renamed.parameters(stage, told)}
    if (root / "params.yaml").is_file():
        return params.load(schema, stage, params.read(root / "params.yaml")).model_dump()
    return schema().model_dump()
