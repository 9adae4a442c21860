"""fastai's learner as every phase of a training uses it: its callbacks, optimiser and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from fastai.callback.core import TrainEvalCallback
from fastai.callback.fp16 import MixedPrecision
from fastai.callback.tracker import TerminateOnNaNCallback
from fastai.callback.training import BnFreeze
from fastai.data.core import DataLoaders
from fastai.learner import AvgMetric, CastToTensor, Learner, Recorder
from fastai.metrics import accuracy
from fastai.optimizer import OptimWrapper
from torch import nn

from longtail.metrics.map_at_k import average_precision
from longtail.training.callbacks import DetachLoss
from longtail.training.heads import Network, parameter_groups


@dataclass(frozen=True)
class Schedule:
    """How long and how fast."""

    frozen_epochs: int
    unfrozen_epochs: int
    base_lr: float | Literal["auto"]
    body_lr_divisor: float
    weight_decay: float
    lr_find: bool
    lr_find_batches: int
    mixed_precision: bool
    margin: float = 0.0  # ArcFace's, in radians
    margin_warmup: float = 0.0  # share of the unfrozen epochs over which ArcFace's margin comes
    rate_reason: str = ""  # where `base_lr` comes from, if not from the parameter


_CALLBACKS = [
    TrainEvalCallback,
    CastToTensor,
    Recorder,
    BnFreeze,
    TerminateOnNaNCallback,
    DetachLoss,
]  # no bar of fastai's


# fastai's numbers; torch's step, which on a CPU takes a fourteenth of the time of fastai's own over 7 million weights.
# Unlike fastai's, it lets the weight decay reach batch norms and biases.
_ADAMW = partial(OptimWrapper, opt=torch.optim.AdamW, betas=(0.9, 0.99), eps=1e-5, fused=True)


def build_learner(network: Network, data: DataLoaders, loss: nn.Module, schedule: Schedule) -> Learner:
    """A learner of one network.

    Args:
        network: body and head.
        data: train and valid set.
        loss: see `heads.build_loss`.
        schedule: epochs and rates.

    Returns:
        The learner, without an optimiser yet.
    """
    return Learner(
        data,
        network,
        loss,
        opt_func=_ADAMW,
        splitter=parameter_groups,
        cbs=[*_CALLBACKS, *([MixedPrecision] if schedule.mixed_precision else [])],
        default_cbs=False,
        metrics=[accuracy, AvgMetric(map_at_5)],
        wd=schedule.weight_decay,
        train_bn=False,  # with BnFreeze: a frozen body keeps still, its batch norms too
    )


def map_at_5(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean average precision at 5 of a batch.

    Args:
        logits: (n, classes).
        targets: (n,), class numbers.

    Returns:
        A scalar from 0 to 1.
    """
    best = logits.topk(min(5, logits.shape[1]), dim=1).indices
    return torch.tensor(average_precision(best.cpu().numpy(), targets.cpu().numpy()).mean())


def thaw(learner: Learner, phase: str) -> None:
    """Choose what learns in a phase, and begin with an optimiser that remembers nothing.

    Args:
        learner: of `build_learner`.
        phase: `frozen` or `unfrozen`.
    """
    if phase == "frozen":
        learner.freeze()
    else:
        learner.unfreeze()
