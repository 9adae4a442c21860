"""Photographs in their own size to time decoding, filtering and encoding on: those of a ZIP, or drawn ones."""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Sequence
from pathlib import Path

from longtail.params import ComputeParams
from longtail.synthetic.plan import plan_sample
from longtail.synthetic.rawset import write_sample

DRAWN = 100
"""Photographs that are drawn where no ZIP is named."""


def arguments(asked: Sequence[str] | None, name: str, words: str | None) -> argparse.Namespace:
    """What a benchmark on photographs is asked for: `zip`, or None for drawn ones, and `times`."""
    return parser(name, words).parse_args(asked)


def parser(name: str, words: str | None) -> argparse.ArgumentParser:
    """The questions of such a benchmark, for one that has more."""
    questions = argparse.ArgumentParser(prog=f"benchmarks.{name}", description=(words or "").split("\n")[0])
    questions.add_argument("zip", nargs="?", type=Path, help="photographs in their own size; else drawn ones")
    questions.add_argument("--times", type=int, default=10, help="how often each is taken (%(default)s)")
    return questions


def laid_out(archive: Path | None, folder: Path, times: int) -> list[str]:
    """Write each photograph `times` times into `folder/train`, under names of their own; gives the names.

    Several times, since starting two processes costs as much as a hundred photographs do.

    Args:
        archive: a ZIP whose labelled photographs lie in a folder `train`; without one DRAWN are drawn.
        folder: an empty one.
        times: how often.
    """
    (folder / "train").mkdir()
    originals = _unpacked(archive) if archive else _drawn(folder / "drawn")
    for turn in range(times):
        for name, data in originals.items():
            (folder / "train" / f"{turn}-{name}").write_bytes(data)
    return sorted(path.name for path in (folder / "train").iterdir())


def _unpacked(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        names = [Path(name) for name in opened.namelist() if name.lower().endswith(".jpg")]
        return {name.name: opened.read(name.as_posix()) for name in names if name.parent.name == "train"}


def _drawn(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    write_sample(plan_sample(DRAWN * 2 // 5, DRAWN, 1, seed=0), folder, folder / "solution.csv", 0, ComputeParams())
    return {path.name: path.read_bytes() for path in (folder / "train").iterdir()}
