"""Callbacks of a training: constant memory, margin warm-up, training accuracy."""

from __future__ import annotations

import torch
from fastai.callback.core import Callback


class DetachLoss(Callback):  # type: ignore[misc]
    """Keeps memory constant on the CPU: turns the loss of each batch into a number.

    The Recorder keeps it as a tensor of one number, which comes to lie among the freed memory of the batch and splits
    it, so that the next batch finds no place that is large enough: a run of the whales grew to over 12 GB.
    """

    order = 51  # after the Recorder

    def after_batch(self) -> None:
        """Keep the loss as a number."""
        if self.training:
            self.recorder.losses[-1] = float(self.recorder.losses[-1])


class MarginWarmup(Callback):  # type: ignore[misc]
    """Lets the loss's margin grow from 0 over the first `share` of a phase: a full one at once stalls a new head."""

    def __init__(self, margin: float, share: float) -> None:
        super().__init__()
        self.margin, self.share = margin, share

    def before_batch(self) -> None:
        """Set the margin of this step."""
        part = min(1.0, self.pct_train / self.share) if self.share else 1.0
        self.learn.loss_func.margin = self.margin * part


class TrainAccuracy(Callback):  # type: ignore[misc]
    """Counts the training images that were named rightly while the network learned from them, an epoch at a time.

    It takes the logits that the step has made anyway: changed images, batch norms at work, no margin.
    """

    def __init__(self) -> None:
        super().__init__()
        self.right: list[torch.Tensor] = []  # one number an epoch, on the device until it is asked for
        self.images: list[int] = []

    def before_train(self) -> None:
        """Begin an epoch."""
        self.right.append(torch.zeros((), dtype=torch.long, device=self.dls.device))
        self.images.append(0)

    def after_pred(self) -> None:
        """Count a batch."""
        if self.training:
            named = self.pred.detach().argmax(dim=1).as_subclass(torch.Tensor)
            self.right[-1] += (named == self.yb[0].as_subclass(torch.Tensor)).sum()
            self.images[-1] += len(named)

    def epochs(self) -> list[tuple[int, int]]:
        """(named rightly, shown) of each epoch."""
        return [(int(right), images) for right, images in zip(self.right, self.images, strict=True)]
