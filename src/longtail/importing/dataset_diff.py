"""The difference between a new raw set and the one that it replaces."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from longtail.errors import format_examples
from longtail.importing.source import folder_of
from longtail.labels.boxes import Box, photograph_of, photographs_of, read_boxes
from longtail.labels.label_csv import photographs, read_labels
from longtail.params import DataParams
from longtail.run_record import md5_of

_TABLES = {"train": "train.csv", "test": "sample_submission.csv"}


@dataclass(frozen=True)
class Change:
    """Photographs by name."""

    before: int
    """Labelled photographs of the old set."""
    test_before: int = 0
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()
    redrawn: tuple[str, ...] = ()
    """Other bytes, or another box, under the same name."""
    test_added: tuple[str, ...] = ()
    test_removed: tuple[str, ...] = ()

    def __str__(self) -> str:
        kinds = {
            "added": self.added,
            "removed": self.removed,
            "relabelled": self.relabelled,
            "with other bytes": self.redrawn,
            "test added": self.test_added,
            "test removed": self.test_removed,
        }
        parts = [f"{len(names):,} {kind} ({format_examples(names)})" for kind, names in kinds.items() if names]
        return "; ".join(parts) or "nothing"


def compare(old: Path, new: Path, data: DataParams) -> Change:
    """The difference between two raw sets. Raises BadInput, as `label_csv.read_labels`.

    Args:
        old: folder of the one before.
        new: folder of the one that may replace it.
        data: names of the columns.

    Returns:
        Counts and names of what changed.
    """
    labels, later = (_labels(folder, data) for folder in (old, new))
    both = [image for image in later if image in labels]
    test, later_test = (_test(folder) for folder in (old, new))
    changed = _other_pictures(old, new, "train", both, data)
    changed += _other_pictures(old, new, "test", sorted(test & later_test), data)
    return Change(
        before=len(labels),
        test_before=len(test),
        added=tuple(sorted(later.keys() - labels.keys())),
        removed=tuple(sorted(labels.keys() - later.keys())),
        relabelled=tuple(image for image in both if labels[image] != later[image]),
        redrawn=tuple(changed),
        test_added=tuple(sorted(later_test - test)),
        test_removed=tuple(sorted(test - later_test)),
    )


def lost_boxes(old: Path, new: Path, data: DataParams) -> list[str]:
    """Photographs that had a box, where the new set has none at all.

    Args:
        old: folder of the set before.
        new: folder of the one that may replace it.
        data: names of the columns.

    Returns:
        Names of images that both have; none where the new set has any box.
    """
    tables = ("train.csv", "sample_submission.csv")
    if any(_boxes(new / name, data) for name in tables):
        return []
    return sorted(_boxes(old / "train.csv", data).keys() & _labels(new, data).keys())


def fingerprint(source: Path) -> str:
    """A hash that changes where a source does, without reading a photograph: names, sizes, and times or checksums."""
    folder = folder_of(source)
    if folder.is_dir():
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        entries = [f"{p.relative_to(folder)} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files]
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            entries = [f"{info.filename} {info.file_size} {info.CRC}" for info in archive.infolist()]
    else:
        entries = [md5_of(source)]
    return hashlib.md5("\n".join(sorted(entries)).encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def _labels(folder: Path, data: DataParams) -> Mapping[str, str]:
    if not (folder / "train.csv").exists():
        return {}
    table = read_labels(folder / "train.csv", data)
    return dict(zip(table["image"], table["label"], strict=True))


def _boxes(table: Path, data: DataParams) -> Mapping[str, Box]:
    return read_boxes(table, data) if table.exists() else {}


def _test(folder: Path) -> set[str]:
    return set(photographs(folder / "test")) if (folder / "test").is_dir() else set()


def _other_pictures(old: Path, new: Path, part: str, images: Sequence[str], data: DataParams) -> list[str]:
    """The photographs of these images that have other bytes, or other boxes."""
    before, later = (_boxes(folder / _TABLES[part], data) for folder in (old, new))
    names = sorted({photograph_of(image, later) for image in images})
    files = {name: (old / part / name, new / part / name) for name in names}
    there = {name: pair for name, pair in files.items() if all(file.is_file() for file in pair)}
    other_boxes = {**dict(before.items() - later.items()), **dict(later.items() - before.items())}
    moved = set(photographs_of(other_boxes, other_boxes))
    return [name for name, pair in there.items() if name in moved or _differ(*pair)]


def _differ(one: Path, other: Path) -> bool:
    return one.stat().st_size != other.stat().st_size or md5_of(one) != md5_of(other)
