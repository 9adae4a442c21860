"""What the programs are tried on: photographs of known individuals, and copies of some in disguise."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.disguises import DISGUISES, disguised
from longtail.synthetic.fluke import draw_fluke
from longtail.synthetic.photograph import draw_photograph

Photograph = tuple[str, str, bytes]
"""Name of the file, of the individual, and the JPEG."""


def drawn(count: int) -> list[Photograph]:
    """So many drawn photographs, four of each individual."""
    import io

    photographs = []
    for number, rng in enumerate(np.random.default_rng(0).spawn(-(-count // 4))):
        fluke = draw_fluke(rng)
        for view in range(4):
            file = io.BytesIO()
            draw_photograph(fluke, rng).save(file, "JPEG", quality=90)
            photographs.append((f"{number:05}-{view}.jpg", f"whale {number}", file.getvalue()))
    return photographs[:count]


def read(archive: Path, count: int) -> list[Photograph]:
    """Photographs of a Kaggle ZIP (`train.csv`, `train/`): of individuals with two or more, in the table's order.

    Args:
        archive: the ZIP.
        count: so many at most.

    Returns:
        The photographs.
    """
    with zipfile.ZipFile(archive) as files:
        table = next(name for name in files.namelist() if name.endswith("train.csv"))
        rows = list(csv.DictReader(files.read(table).decode("utf-8").splitlines()))
        of_whom: dict[str, int] = {}
        for row in rows:
            of_whom[row["Id"]] = of_whom.get(row["Id"], 0) + 1
        several = [row for row in rows if row["Id"] != "new_whale" and of_whom[row["Id"]] > 1]
        folder = table.removesuffix("train.csv") + "train/"
        return [(row["Image"], row["Id"], files.read(folder + row["Image"])) for row in several[:count]]


def every(archive: Path) -> list[Photograph]:
    """All labelled photographs of a Kaggle ZIP."""
    with zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if "/train/" in name and name.endswith(".jpg")]
        return [(Path(name).name, "", files.read(name)) for name in names]


def lay_out(photographs: list[Photograph], folder: Path) -> Path:
    """Write the photographs, and the table that says who is on each and which is a query: each individual's first.

    Args:
        photographs: see `Photograph`.
        folder: gets `table.csv` and `photographs/`.

    Returns:
        The table.
    """
    (folder / "photographs").mkdir(parents=True)
    seen: set[str] = set()
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "identity", "part"])
        for name, identity, data in photographs:
            (folder / "photographs" / name).write_bytes(data)
            writer.writerow([name, identity, "gallery" if identity in seen else "query"])
            seen.add(identity)
    return folder / "table.csv"


def with_copies(photographs: list[Photograph], folder: Path, copies: int) -> list[tuple[str, str, str]]:
    """Write the photographs, and beside some of them a copy in disguise, the disguises in turn.

    Args:
        photographs: see `Photograph`.
        folder: receives the files.
        copies: how many are copied.

    Returns:
        Of each copy: the name of the photograph, of the copy, and the disguise.
    """
    folder.mkdir(parents=True)
    for name, _, data in photographs:
        (folder / name).write_bytes(data)
    picked = np.random.default_rng(0).choice(len(photographs), min(copies, len(photographs)), replace=False)
    planted = []
    for turn, row in enumerate(picked.tolist()):
        disguise = list(DISGUISES)[turn % len(DISGUISES)]
        name, _, data = photographs[row]
        ((_, changed),) = disguised([(name, data)], DISGUISES[disguise])
        copy = f"copy-{name}"
        (folder / copy).write_bytes(changed)
        planted.append((name, copy, disguise))
    return planted
