"""A warm training: from an ancestor's network, with what is new or changed and a replay of what it knew.

Where old and new data are at hand, going on costs a fraction of training from scratch and need not be worse (Verwimp et
al. 2025, "Same accuracy, twice as fast", https://arxiv.org/abs/2502.21147). Three parts make it up:

- Replay against forgetting (Rolnick et al. 2019, "Experience replay for continual learning", NeurIPS): each epoch shows
  what is new, and a share of what was known. It is drawn uniformly, which no other way of choosing beats where the
  budget is computation (Prabhu et al. 2023, "Computationally budgeted continual learning: what does matter?", CVPR).
- The rate is warmed up and brought down again, in one short cycle (Ibrahim et al. 2024, "Simple and scalable strategies
  to continually pre-train large language models", TMLR).
- The classifier grows: rows of identities that are still there are kept, others are drawn as from scratch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from longtail import ancestor
from longtail.errors import BadInput, BadParameter, Problem, format_examples
from longtail.training import backbones, checkpoint
from longtail.training.backbones import Backbone, Origin
from longtail.training.dataloaders import ImageDataset

RATE_REASON = "of the training from scratch, divided by train.warm_lr_divisor"
_LEAST = 2  # images in an epoch: batch norms need two


@dataclass(frozen=True)
class WarmStart:
    """What a warm training begins with."""

    receipt: str
    """The publication that its ancestor comes from."""
    earlier: tuple[str, ...]
    """Those of the networks before that one, the nearest first, the one from scratch last."""
    warm_runs: int
    """Warm trainings since one from scratch, this one included."""
    card: checkpoint.Card
    scratch_lr: float
    """The learning rate of the training from scratch that the chain began with."""
    learned: pd.DataFrame
    """What the ancestor learned."""
    body: dict[str, Tensor]
    head: dict[str, Tensor]

    @property
    def backbone(self) -> Backbone:
        """Its architecture, and where its first weights came from; the numbers in it are not the ancestor's yet."""
        origin = Origin(**{one.name: getattr(self.card, one.name) for one in fields(Origin)})
        built = backbones.of_card(self.card)
        return Backbone(built.body, built.embedding_size, self.card.mean, self.card.std, self.card.size, origin)


def read(params: Any, folder: Path) -> WarmStart | None:
    """The start of a training, as `train.start` and the ancestor say.

    Args:
        params: `train:` of params.yaml.
        folder: of the ancestor.

    Returns:
        None where training begins from scratch.

    Raises:
        BadParameter: the ancestor has another architecture than params.yaml asks for.
        BadInput: it is lost, or damaged.
    """
    previous = ancestor.read(folder) if params.start == ancestor.ANCESTOR else None
    if previous is None:
        return None
    if reasons := ancestor.misfits(params, previous):
        problem = "parameter for which the ancestor's network cannot be gone on from"
        remedy = "Set train.start: scratch, or set it back."
        raise BadParameter(Problem(problem, remedy, "train.start: ancestor", len(reasons), format_examples(reasons)))
    card, head = checkpoint.read_card(previous.model_json), _tensors(previous.head)
    rows = len(card.classes) * (1 + card.mirror_as_identity)
    if {tuple(tensor.shape[:1]) for tensor in head.values()} != {(rows,)}:
        raise BadInput(_damaged(previous.head.name))
    return WarmStart(
        previous.facts.receipt,
        previous.facts.receipts,
        previous.facts.warm_runs + 1,
        card,
        float(previous.card.get("scratch_lr") or previous.card["lr"]),
        previous.learned(),
        _tensors(previous.model),
        head,
    )


def scratch_lr(params: Any, start: WarmStart) -> float:
    """The rate that a training from scratch would have.

    Args:
        params: `train:` of params.yaml, or as it is followed.
        start: of the warm training.

    Returns:
        The parameter; where the finder decides, what it found at the beginning of the chain.
    """
    return start.scratch_lr if params.base_lr == "auto" else float(params.base_lr)


def schedule_of(params: Any, start: WarmStart | None) -> dict[str, Any]:
    """The parameters that a warm training follows instead of those from scratch.

    Args:
        params: `train:` of params.yaml.
        start: None from scratch.

    Returns:
        {parameter: value}; empty from scratch. The rate needs no finder.
    """
    if start is None:
        return {}
    rate = scratch_lr(params, start) / params.warm_lr_divisor
    return {"frozen_epochs": 0, "unfrozen_epochs": params.warm_epochs, "base_lr": rate, "lr_find": False}


def origin_of(start: WarmStart | None) -> dict[str, Any]:
    """The fields of the card that say what a training started from; None: from scratch."""
    if start is None:
        return {"start": ancestor.SCRATCH, "ancestor": "", "earlier": (), "warm_runs": 0}
    of_chain = {"ancestor": start.receipt, "earlier": start.earlier, "warm_runs": start.warm_runs}
    return {"start": ancestor.ANCESTOR, **of_chain}


def is_known(rows: pd.DataFrame, labelled: pd.DataFrame, before: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows the ancestor itself has learned as they are: by these bytes and under this identity.

    Args:
        rows: see `train_rows.train_rows`.
        labelled: `prepare`'s table of labelled photographs.
        before: what the ancestor learned; what only an ancestor of its own has learned so is not known any more.

    Returns:
        (n,) booleans.
    """
    own = before[before["label"] & ~before["inherited"]]
    known = pd.MultiIndex.from_frame(own[["image", "identity", "md5"]])
    md5 = rows["image"].map(labelled.set_index("image")["md5"])
    return np.asarray(pd.MultiIndex.from_arrays([rows["image"], rows["identity"], md5]).isin(known), bool)


def replayed(known: NDArray[np.bool_], share: float) -> int:
    """How many of the known images an epoch shows: the share, rounded, and so many that an epoch has two images.

    Args:
        known: (n,), of all images.
        share: `train.replay_share`.

    Returns:
        Their number.
    """
    among = int(known.sum())
    return min(among, max(int(share * among + 0.5), _LEAST - int((~known).sum())))


def grow_head(head: nn.Module, old: WarmStart, classes: Sequence[str], *, mirrored: bool) -> None:
    """Copy the rows of the identities that the ancestor knows into a head that was drawn as from scratch.

    Args:
        head: of the network that begins; changed in place.
        old: the ancestor's.
        classes: identities of the network that begins, in the order of its rows.
        mirrored: whether each has a second row, behind all the others, for its mirror image.
    """
    old_row_of = {identity: row for row, identity in enumerate(old.card.classes)}
    pairs = [(row, old_row_of[identity]) for row, identity in enumerate(classes) if identity in old_row_of]
    if mirrored:
        pairs += [(row + len(classes), old_row + len(old_row_of)) for row, old_row in pairs]
    new, before = (torch.tensor([pair[at] for pair in pairs], dtype=torch.long) for at in (0, 1))
    state = head.state_dict()
    for name, tensor in state.items():
        tensor[new] = old.head[name.removeprefix("linear.")][before]
    head.load_state_dict(state)


def log_line(start: WarmStart, images: ImageDataset) -> str:
    """One line for the log: what it goes on from, and how much of what it learns is new.

    Args:
        start: of the warm training.
        images: that it learns from.

    Returns:
        The line.
    """
    new = images.per_epoch - images.replayed
    return f"train: warm start from {start.receipt}: {new:,} of {len(images):,} images are new or changed"


def load_body(body: nn.Module, old: WarmStart) -> None:
    """Give a body the ancestor's numbers.

    Args:
        body: of the same architecture; changed in place.
        old: the ancestor's.

    Raises:
        BadInput: its tensors are not those that its card describes.
    """
    try:
        body.load_state_dict(old.body)
    except RuntimeError as error:
        raise BadInput(_damaged(old.card.backbone)) from error


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        return dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise BadInput(_damaged(path.name)) from error


def _damaged(what: str) -> Problem:
    remedy = "Bring it back (dvc pull data/ancestor.dvc), or set train.start: scratch and run: make run"
    return Problem("the ancestor's tensors are not those of the network that it describes", remedy, what)
