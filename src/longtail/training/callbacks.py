"""What happens beside the steps of a training: memory kept level, images that grow, a margin that comes slowly."""

from __future__ import annotations

import ctypes

from fastai.callback.core import Callback
from torch.nn import functional

_TIDY_EVERY = 20  # batches
_STEP = 16  # pixels by which images grow
_GROWN_AT = 2 / 3  # of the epochs: from there on images have their full size


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


class Growing(Callback):  # type: ignore[misc]
    """Shows small images first and full ones in the last third: most steps cost less, the last ones see all.

    Progressive resizing, as fastai's in DAWNBench 2018; Tan and Le 2021, "EfficientNetV2", section 4.
    """

    def __init__(self, start: int, size: int) -> None:
        super().__init__()
        self.start, self.size = start, size

    def before_batch(self) -> None:
        """Make the images of a learning batch as small as the epoch wants them; watched ones keep their size."""
        edge = size_at(self.epoch, self.n_epoch, self.start, self.size)
        if self.training and edge < self.size:
            images = functional.interpolate(self.xb[0], size=(edge, edge), mode="bilinear", antialias=True)
            self.learn.xb = (images,)


class Margin(Callback):  # type: ignore[misc]
    """Lets the loss's margin grow from 0 over the first `share` of a phase: a full one at once stalls a new head."""

    def __init__(self, margin: float, share: float) -> None:
        super().__init__()
        self.margin, self.share = margin, share

    def before_batch(self) -> None:
        """Set the margin of this step."""
        part = min(1.0, self.pct_train / self.share) if self.share else 1.0
        self.learn.loss_func.margin = self.margin * part


def size_at(epoch: int, epochs: int, start: int, size: int) -> int:
    """Edge in pixels of the images of `epoch` (from 0) out of `epochs`: in steps of 16 from `start` up to `size`."""
    full = max(1.0, epochs * _GROWN_AT)
    grown = start + (size - start) * min(1.0, epoch / full)
    return size if epoch >= full else min(size, start + int((grown - start) // _STEP) * _STEP)
