"""Progress of a training: a bar on a terminal, a line every few seconds in a log.

fastai's own bar takes every output for a terminal and fills a log with it.
"""

from __future__ import annotations

import logging
import math
import sys
import time
from dataclasses import dataclass, field

import numpy as np
from fastai.callback.core import Callback
from tqdm import tqdm

from longtail.training.run_order import TrainingRun

_LOG = logging.getLogger(__name__)
_LOG_EVERY = 10.0  # seconds between two lines where no terminal is watching


@dataclass
class Timing:
    """Seconds of each epoch, and images per second of its learning part: what differs between equal runs."""

    seconds: list[float] = field(default_factory=list)
    images_per_second: list[float] = field(default_factory=list)


class _Counter(Callback):  # type: ignore[misc]
    """A bar over batches, or a line every few seconds where no terminal is watching."""

    order = 60  # after fastai's Recorder, whose numbers it tells

    def __init__(self) -> None:
        super().__init__()
        self.bar = tqdm(disable=True)
        self.title, self.total = "", 0
        self.batches = self.images = 0  # since the bar was opened
        self.opened = self.reported = 0.0  # seconds on the clock

    def open(self, title: str, total: int) -> None:
        """Begin to count the batches of `title` from 0."""
        self.title, self.total = title, total
        self.batches = self.images = 0
        self.opened = self.reported = time.monotonic()
        self.bar = tqdm(total=total, desc=title, unit="batch", leave=False, disable=not sys.stderr.isatty())

    def after_batch(self) -> None:
        """Move the bar, or write a line where the last one is old."""
        self.bar.update()
        self.batches += 1
        self.images += len(self.yb[0])
        if sys.stderr.isatty() or time.monotonic() - self.reported < _LOG_EVERY:
            return
        self.reported = time.monotonic()
        loss = f", loss {float(self.smooth_loss):.3f}" if self.training else ""
        done = f"{self.batches:,} of {self.total:,} batches"
        _LOG.info(f"train: {self.title}: {done}{loss}, {self.images_per_second():.0f} images/s")

    def after_fit(self) -> None:
        """Close the bar, whatever ended the fit."""
        self.bar.close()

    def images_per_second(self) -> float:
        """The speed since the bar was opened."""
        return self.images / max(time.monotonic() - self.opened, 1e-9)


class FinderProgress(_Counter):
    """Tells how far the learning-rate finder is: its batches are counted once, over however many epochs they take."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.at_most = batches

    def before_fit(self) -> None:
        """Open the one bar."""
        self.open("learning-rate finder", self.at_most)


class Progress(_Counter):
    """Tells how far `phase` is, an epoch at a time; fills `timing`."""

    def __init__(self, phase: str, first: int = 0, training_run: TrainingRun | None = None) -> None:
        """Begin a phase.

        Args:
            phase: its name.
            first: epochs of it that an earlier run has finished, of which nothing is told.
            training_run: the training that it belongs to, of several; None: there is one.
        """
        super().__init__()
        self.phase, self.first, self.training_run, self.timing = phase, first, training_run or TrainingRun(), Timing()
        self.began = 0.0  # seconds on the clock

    def before_epoch(self) -> None:
        """Start the epoch's clock."""
        self.began = time.monotonic()

    def before_train(self) -> None:
        """Open the bar of the learning part."""
        self.open(self._epoch(), len(self.dl))

    def before_validate(self) -> None:
        """Open the bar of the validation photographs."""
        self.open(f"{self._epoch()}, valid", len(self.dl))

    def after_train(self) -> None:
        """Close the bar; note the speed."""
        self.bar.close()
        self.timing.images_per_second.append(self.images_per_second())

    def after_validate(self) -> None:
        """Close the bar."""
        self.bar.close()

    def after_epoch(self) -> None:
        """One line an epoch."""
        if self.epoch < self.first:
            return  # fastai skips it, and tells of its end all the same
        self.timing.seconds.append(time.monotonic() - self.began)
        losses = [math.nan if value is None else float(value) for value in self.recorder.values[-1]]
        scores = "train loss {:.3f}, valid loss {:.3f}, accuracy {:.3f}, MAP@5 {:.3f}".format(*losses)
        _LOG.info(f"train: {self._epoch()}: {scores} ({self.timing.seconds[-1]:.0f} s{self._left()})")

    def _epoch(self) -> str:
        return f"{self.training_run.prefix}{self.phase} epoch {self.epoch + 1} of {self.n_epoch}"

    def _left(self) -> str:
        """How long all networks still take, where there are several."""
        if not self.training_run.name:
            return ""
        seconds = self.training_run.seconds_left(self.phase, self.epoch + 1, float(np.mean(self.timing.seconds)))
        return f"; about {max(1, round(seconds / 60))} min left for all networks" if seconds else ""
