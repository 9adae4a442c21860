"""What is seen of a training that goes on: a bar on a terminal, a line every few seconds in a log.

fastai's own bar takes every output for a terminal and fills a log with it.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, field

from fastai.callback.core import Callback
from tqdm import tqdm

_LOG_EVERY = 10.0  # seconds between two lines where no terminal is watching


@dataclass
class Timing:
    """Seconds of each epoch, and images per second of its learning part: what differs between equal runs."""

    seconds: list[float] = field(default_factory=list)
    images_per_second: list[float] = field(default_factory=list)


class Progress(Callback):  # type: ignore[misc]
    """Tells how far `phase` is; fills `timing`."""

    order = 60  # after fastai's Recorder, whose numbers it tells

    def __init__(self, phase: str, batches: int | None = None) -> None:
        super().__init__()
        self.phase, self.batches, self.timing = phase, batches, Timing()
        self.bar = tqdm(disable=True)
        self.title, self.shown = "", 0
        self.began = self.opened = self.told = 0.0  # seconds on the clock

    def before_epoch(self) -> None:
        """Start the epoch's clock."""
        self.began = time.monotonic()

    def before_train(self) -> None:
        """Open the bar of the learning part."""
        self._open("")

    def before_validate(self) -> None:
        """Open the bar of the watched photographs."""
        self._open(", valid")

    def after_batch(self) -> None:
        """Move the bar, or write a line where the last one is old."""
        self.bar.update()
        self.shown += len(self.yb[0])
        if sys.stderr.isatty() or time.monotonic() - self.told < _LOG_EVERY:
            return
        self.told = time.monotonic()
        speed = self.shown / (self.told - self.opened)
        loss = f", loss {float(self.smooth_loss):.3f}" if self.training else ""
        done = f"{self.iter + 1:,} of {self.batches or self.n_iter:,} batches"
        say(f"train: {self.title}: {done}{loss}, {speed:.0f} images/s")

    def after_train(self) -> None:
        """Close the bar; note the speed."""
        self.bar.close()
        self.timing.images_per_second.append(self.shown / max(time.monotonic() - self.opened, 1e-9))

    def after_validate(self) -> None:
        """Close the bar."""
        self.bar.close()

    def after_epoch(self) -> None:
        """One line an epoch."""
        self.timing.seconds.append(time.monotonic() - self.began)
        if self.batches is None:
            losses = [math.nan if value is None else float(value) for value in self.recorder.values[-1]]
            told = "train loss {:.3f}, valid loss {:.3f}, accuracy {:.3f}, MAP@5 {:.3f}".format(*losses)
            say(f"train: {self._epoch()}: {told} ({self.timing.seconds[-1]:.0f} s)")

    def after_cancel_fit(self) -> None:
        """Close the bar of a fit that ends early, as the finder's does."""
        self.bar.close()

    def _open(self, part: str) -> None:
        self.title = self._epoch() + part
        self.opened = self.told = time.monotonic()
        self.shown = 0
        total = len(self.dl) if self.batches is None else self.batches
        self.bar = tqdm(total=total, desc=self.title, unit="batch", leave=False, disable=not sys.stderr.isatty())

    def _epoch(self) -> str:
        return self.phase if self.batches is not None else f"{self.phase} epoch {self.epoch + 1} of {self.n_epoch}"


def say(line: str) -> None:
    """Write a line beside whatever bar is open."""
    tqdm.write(line, file=sys.stderr)
    sys.stderr.flush()
