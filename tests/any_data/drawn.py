"""Small sets of drawn flukes in any shape: whose they are, how they are labelled, what kind of file they lie in."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from longtail.params import DataParams
from longtail.synthetic.fluke import Fluke, draw_fluke
from longtail.synthetic.pose import draw_pose

WIDTH, HEIGHT = 96, 56
Save = Callable[[Image.Image, Path], None]


def as_jpeg(picture: Image.Image, target: Path) -> None:
    picture.save(target, format="JPEG", quality=90)


@dataclass(frozen=True)
class Drawn:
    """A raw set: `labels` tells how many photographs an identity has; every `unknown` one is of another animal.

    With a group column two photographs of an identity each were taken at one encounter.
    """

    labels: Mapping[str, int]
    unknown: int = 0
    test: Sequence[str] = ()  # whose test photographs; `""` is an animal that occurs nowhere else
    data: DataParams = field(default_factory=DataParams)
    saves: Sequence[tuple[str, Save]] = ((".jpg", as_jpeg),)  # (ending, how), taken in turn

    def write(self, root: Path) -> None:
        """`data/raw/` under `root`, as `longtail import` lays it out, and `solution.csv` beside it."""
        raw, data = root / "data/raw", self.data
        strangers = len(self.labels)
        labelled = [
            (label, whale, take) for whale, label in enumerate(self.labels) for take in range(self.labels[label])
        ]
        labelled += [(data.unknown_label, strangers + number, 0) for number in range(self.unknown)]
        whales = {label: whale for whale, label in enumerate(self.labels)}
        tested = [
            (label or data.unknown_label or "nobody", whales.get(label, 10_000 + number), 100 + number)
            for number, label in enumerate(self.test)
        ]
        header = (data.image_column, data.identity_column)
        named = self._drawn(labelled, raw / "train", "p")
        if data.group_column:
            encounters = [f"{whale}.{take // 2}" for _, whale, take in labelled]
            with_groups = [(*row, encounter) for row, encounter in zip(named, encounters, strict=True)]
            _write(raw / "train.csv", (*header, data.group_column), with_groups)
        else:
            _write(raw / "train.csv", header, named)
        answers = self._drawn(tested, raw / "test", "t")
        _write(root / "solution.csv", header, answers)
        _write(raw / "sample_submission.csv", header, [(image, next(iter(self.labels))) for image, _ in answers])
        if not answers:
            (raw / "test/.keep").touch()
        (root / "edits.csv").write_text("image,action,value,who,when,why\n", encoding="utf-8")

    def _drawn(self, shots: Iterable[tuple[str, int, int]], folder: Path, prefix: str) -> list[tuple[str, str]]:
        """(file name, label) of each photograph, saved in `folder`."""
        folder.mkdir(parents=True)
        rows = []
        for number, (label, whale, take) in enumerate(shots):
            ending, save = self.saves[number % len(self.saves)]
            save(photograph(whale, take), folder / f"{prefix}{number:04}{ending}")
            rows.append((f"{prefix}{number:04}{ending}", label))
        return rows


def photograph(whale: int, take: int) -> Image.Image:
    """A fluke before one-coloured water, RGB; `whale` and `take` alone decide it. A hundred in a fifth of a second."""
    fluke, rng = _fluke(whale), np.random.default_rng([whale, take])
    pose = draw_pose(rng, WIDTH, HEIGHT)
    picture = Image.new("RGB", (WIDTH, HEIGHT), tuple(rng.integers(90, 200, 3).tolist()))
    patches = [stroke for stroke in fluke.strokes if not stroke.width]
    shapes = [fluke.outline, *(patch.points for patch in patches)]
    seen = np.split(pose.pixels(np.concatenate(shapes)), np.cumsum([len(shape) for shape in shapes])[:-1])
    brush = ImageDraw.Draw(picture)
    for points, tone in zip(seen, [fluke.dark, *(patch.tone for patch in patches)], strict=True):
        brush.polygon(points.ravel().tolist(), fill=(round(255 * min(1.0, tone)),) * 3)
    grain = rng.normal(0, 6, (HEIGHT, WIDTH, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


@lru_cache(maxsize=64)
def _fluke(whale: int) -> Fluke:
    return draw_fluke(np.random.default_rng([7, whale]))


def _write(target: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with target.open("w", newline="", encoding="utf-8") as text:
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
