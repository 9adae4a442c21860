"""What happens beside the steps of a training: memory kept level, a margin that comes slowly."""

from __future__ import annotations

import ctypes

from fastai.callback.core import Callback

_TIDY_EVERY = 20  # batches


class Tidy(Callback):  # type: ignore[misc]
    """Keeps memory level on the CPU. Without it a run of the whales at 96 px grew by 11 MB a batch, to over 12 GB.

    glibc keeps freed tensors for later. The Recorder's loss of each batch, a tensor of one number, comes to lie among
    them and splits them, so that the next batch finds no place that is large enough.
    """

    order = 51  # after the Recorder

    def after_create(self) -> None:
        """Find the C library's call; musl and macOS have none, and no such trouble."""
        self.trim = getattr(ctypes.CDLL(None), "malloc_trim", None)

    def after_batch(self) -> None:
        """Keep the loss as a number; give what is free back now and then."""
        if self.training:
            self.recorder.losses[-1] = float(self.recorder.losses[-1])
        if self.trim is not None and self.iter % _TIDY_EVERY == 0:
            self.trim(0)


class Margin(Callback):  # type: ignore[misc]
    """Lets the loss's margin grow from 0 over the first `share` of a phase: a full one at once stalls a new head."""

    def __init__(self, margin: float, share: float) -> None:
        super().__init__()
        self.margin, self.share = margin, share

    def before_batch(self) -> None:
        """Set the margin of this step."""
        part = min(1.0, self.pct_train / self.share) if self.share else 1.0
        self.learn.loss_func.margin = self.margin * part
