"""What a training must keep of its finished epochs so that it goes on as if it had never been ended.

The weights, the optimiser's state, the smoothed loss, the generators' states, and what each epoch showed. fastai's
`SaveModelCallback` and `Learner.save` keep the first two alone: a training that goes on from them draws other images in
another order.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from fastai.callback.core import Callback
from fastai.learner import Learner

from longtail.training.dataloaders import rng_state, set_rng_state
from longtail.training.epoch_checkpoint import EpochCheckpoint


class Epoch(NamedTuple):
    """What one epoch showed, and how long it took."""

    phase: str
    scores: list[float]
    """Train loss, valid loss, accuracy, MAP@5; NaN where nothing is validated."""
    seconds: float
    images_per_second: float
    right: int
    """Training images that were named rightly while the network learned from them."""
    images: int


class EpochLog(Callback):  # type: ignore[misc]
    """Lists the epochs of all phases, and writes a checkpoint after each."""

    order = 90  # after all others: what they note is kept, too

    def __init__(self, state: dict[str, Any], checkpoint: EpochCheckpoint | None) -> None:
        super().__init__()
        self.state, self.checkpoint = state, checkpoint
        self.epochs = [Epoch(*epoch) for epoch in state["epochs"]]
        self.phase, self.first = "", 0

    def begin(self, phase: str) -> int:
        """Take note of the phase that begins. Gives the number of its epochs that are finished."""
        self.phase, self.first = phase, self.count(phase)
        return self.first

    def count(self, phase: str) -> int:
        """Finished epochs of a phase."""
        return sum(epoch.phase == phase for epoch in self.epochs)

    def before_epoch(self) -> None:
        """Put everything back where a checkpoint was left, once."""
        if self.epoch == self.first and "learner" in self.state:
            restore(self.learn, self.state.pop("learner"), is_within_phase=self.first > 0)

    def after_epoch(self) -> None:
        """List the epoch, and keep it."""
        if self.epoch < self.first:
            return  # fastai counts the epochs that it skips, too
        scores = [math.nan if score is None else float(score) for score in self.recorder.values[-1]]
        timing, (right, images) = self.progress.timing, self.train_accuracy.epochs()[-1]
        self.epochs.append(Epoch(self.phase, scores, timing.seconds[-1], timing.images_per_second[-1], right, images))
        if self.checkpoint:
            kept = {"epochs": [tuple(epoch) for epoch in self.epochs], "learner": state_of(self.learn)}
            self.checkpoint.write(self.state | kept)


def state_of(learner: Learner) -> dict[str, Any]:
    """What the next epoch depends on, as tensors and plain values."""
    smooth = learner.recorder.smooth_loss
    return {
        "network": learner.model.state_dict(),
        "optimiser": learner.opt.opt.state_dict()["state"],  # its rates are the schedule's, set anew for each batch
        "smooth_loss": [smooth.count, float(smooth.val)],
        "scaler": learner.scaler.state_dict() if getattr(learner, "scaler", None) else {},
        "rng": rng_state(learner.dls),
    }


def restore(learner: Learner, state: dict[str, Any], *, is_within_phase: bool) -> None:
    """Put a learner where another one was, whose network it has already.

    Args:
        learner: within a fit, before the epoch that comes next.
        state: of `state_of`.
        is_within_phase: whether that epoch continues a phase: a new one begins with a new optimiser.
    """
    if is_within_phase:
        optimiser = learner.opt.opt
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state["optimiser"]})
        smooth = learner.recorder.smooth_loss
        smooth.count, smooth.val = state["smooth_loss"][0], torch.tensor(state["smooth_loss"][1])
        if state["scaler"]:
            learner.scaler.load_state_dict(state["scaler"])
    set_rng_state(learner.dls, state["rng"])
