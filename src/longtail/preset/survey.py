"""What a set holds, as far as parameters depend on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longtail.errors import BadInput, Problem
from longtail.images.broken_image import BrokenImageError
from longtail.images.colour import is_grey
from longtail.images.opening import open_image, read_bytes
from longtail.labels.frequency import label_statistics
from longtail.labels.label_csv import photographs, read_labels
from longtail.params import DataParams
from longtail.paths import RAW

_LOOKED_AT = 200  # photographs that are opened, evenly over the names
_ENOUGH = 64  # pixels of the short side that show whether a photograph is grey


@dataclass(frozen=True)
class Facts:
    """What a set holds, and the machine that it is on."""

    photographs: int
    """Labelled ones."""
    identities: int
    seen_once: int
    """Identities with one photograph."""
    unknown: int
    """Photographs of none of the known."""
    test: int
    """Test photographs."""
    short_side: int
    """Pixels of the short side of the largest photograph that was looked at."""
    grey: float
    """Share of those looked at that have no colour."""
    cores: int
    device: str
    """`cpu` or `cuda`."""
    has_sides: bool = False
    """Whether a column tells left from right."""
    class_counts: Mapping[int, int] = field(default_factory=dict)
    """{photographs of a known individual: individuals with so many}."""
    mirrors: bool = False
    """Whether photographs are mirrored at random (`train.horizontal_flip`)."""

    @property
    def named(self) -> int:
        """Photographs of known individuals."""
        return self.photographs - self.unknown

    def __str__(self) -> str:
        """The facts in two lines, for the console."""
        mean = self.named / max(1, self.identities)
        return (
            f"{self.photographs:,} labelled photographs of {self.identities:,} individuals ({mean:.1f} each, "
            f"{self.seen_once:,} with one), {self.unknown:,} of unknown ones, {self.test:,} test photographs\n"
            f"short side up to {self.short_side:,} px, {self.grey:.0%} without colour; "
            f"{'a GPU' if self.device == 'cuda' else 'no GPU'}, {self.cores} cores"
        )


def survey(root: Path, data: DataParams, machine: tuple[int, str], written: Mapping[str, Any]) -> Facts:
    """Look at an imported set.

    Args:
        root: the project's root.
        data: `data:` of params.yaml.
        machine: number of cores, and `cpu` or `cuda`.
        written: the sections of params.yaml, which may be empty.

    Returns:
        The facts.

    Raises:
        BadInput: there is no set, or none of its photographs that were looked at can be opened.
    """
    labels = read_labels(root / RAW / "train.csv", data)
    statistics = label_statistics(labels["label"])
    folder = root / RAW / "train"
    short_side, grey = _looked_at(folder)
    test = root / RAW / "test"
    return Facts(
        photographs=statistics["photographs"],
        identities=statistics["identities"],
        seen_once=statistics["seen_once"],
        unknown=statistics["unknown"],
        test=len(photographs(test)) if test.is_dir() else 0,
        short_side=short_side,
        grey=grey,
        class_counts={int(size): number for size, number in statistics["class_counts"].items()},
        cores=machine[0],
        device=machine[1],
        has_sides=bool((written.get("data") or {}).get("side_column")),
        mirrors=bool((written.get("train") or {}).get("horizontal_flip")),
    )


def _looked_at(folder: Path) -> tuple[int, float]:
    """(largest short side in pixels, share of grey ones) of some photographs of the folder."""
    names = photographs(folder)
    sides, grey = [], []
    for name in names[:: max(1, len(names) // _LOOKED_AT)]:
        try:
            opened = open_image(read_bytes(folder / name), at_least=_ENOUGH)
        except BrokenImageError:  # `prepare` says which and why
            continue
        sides.append(min(opened.size))
        grey.append(is_grey(opened.image))
    if not sides:
        remedy = "Replace them, then run this again. `longtail prepare --part labelled` says what is wrong with each."
        raise BadInput(Problem("none of the photographs that were looked at can be opened", remedy, where=str(folder)))
    return max(sides), sum(grey) / len(grey)
