"""What happens beside the steps of a training: memory kept level, a margin that comes slowly."""

from __future__ import annotations

from fastai.callback.core import Callback


class Tidy(Callback):  # type: ignore[misc]
    """Keeps memory level on the CPU: the loss of each batch becomes a number.

    The Recorder keeps it as a tensor of one number, which comes to lie among the freed memory of the batch and splits
    it, so that the next batch finds no place that is large enough: a run of the whales grew to over 12 GB.
    """

    order = 51  # after the Recorder

    def after_batch(self) -> None:
        """Keep the loss as a number."""
        if self.training:
            self.recorder.losses[-1] = float(self.recorder.losses[-1])


class Margin(Callback):  # type: ignore[misc]
    """Lets the loss's margin grow from 0 over the first `share` of a phase: a full one at once stalls a new head."""

    def __init__(self, margin: float, share: float) -> None:
        super().__init__()
        self.margin, self.share = margin, share

    def before_batch(self) -> None:
        """Set the margin of this step."""
        part = min(1.0, self.pct_train / self.share) if self.share else 1.0
        self.learn.loss_func.margin = self.margin * part
