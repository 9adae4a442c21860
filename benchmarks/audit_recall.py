"""What the audit sees through: photographs come back in disguise, and the share of them that it recognises is kept.

`python -m benchmarks.audit_recall` draws flukes; with a ZIP of photographs it takes some of those too. With `--sheets
FOLDER` the ZIP's photographs are all audited, and every two that it takes for one picture, though their bytes differ,
are laid side by side, the least alike first. Whether they are one picture is for a person to say; the figures are in
docs/concepts/duplicates.md.
The sheets show photographs: keep them out of the repository.
"""

from __future__ import annotations

import argparse
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from benchmarks.disguises import DISGUISES, MIRRORED, described, disguised, drawn, mirrored, recall
from benchmarks.measuring import keep
from longtail.duplicates.search import near_pairs
from longtail.stages.audit import Params

PHOTOGRAPHS = 600
AUDIT = Params()
COLUMNS, ROWS = 5, 10
WIDE, HIGH, LINE = 150, 110, 14


def main(asked: Sequence[str] = ()) -> None:
    """Disguise, recognise, keep; lay out what was merged where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("zip", nargs="?", type=Path, help="photographs (.jpg) to take as well as drawn ones")
    parser.add_argument("--sheets", type=Path, help="folder outside the repository for the pairs that were merged")
    options = parser.parse_args(asked)
    keep("audit_recall", recalls(drawn(PHOTOGRAPHS // 4, seed=1)))
    if options.zip:
        keep("audit_recall_real", recalls(_some(options.zip, PHOTOGRAPHS)))
    if options.zip and options.sheets:
        pairs = write_sheets(options.zip, options.sheets)
        print(f"{pairs:,} pairs of files are taken for one picture: look at {options.sheets}")


def recalls(photographs: list[tuple[str, bytes]]) -> list[dict[str, object]]:
    """A row a disguise: how many photographs, and which share of their copies is recognised."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        originals = described(photographs, Path(folder))
        for name, change in {**DISGUISES, MIRRORED: mirrored}.items():
            copies = described(disguised(photographs, change), Path(folder))
            seen = round(
                recall(originals, copies, max_distance=AUDIT.max_distance, min_similarity=AUDIT.min_similarity), 4
            )
            rows.append({"disguise": name, "photographs": len(originals), "recognised": seen})
    return rows


def write_sheets(archive: Path, folder: Path) -> int:
    """Lay out the pairs of the ZIP's photographs that are taken for one picture; gives how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as photographs, tempfile.TemporaryDirectory() as beside:
        names = _names(photographs)
        table = described(((name, photographs.read(name)) for name in names), Path(beside))
        near = near_pairs(table, max_distance=AUDIT.max_distance, min_similarity=AUDIT.min_similarity)
        name_of = dict(zip(table["md5"], table["image"], strict=True))
        near = near.sort_values("similarity").reset_index(drop=True)
        for start in range(0, len(near), COLUMNS * ROWS):
            block = near.iloc[start : start + COLUMNS * ROWS]
            _sheet(block, name_of, photographs).save(folder / f"{start // (COLUMNS * ROWS):03}.png")
    return len(near)


def _sheet(pairs: pd.DataFrame, name_of: dict[str, str], photographs: zipfile.ZipFile) -> Image.Image:
    sheet = Image.new("RGB", (COLUMNS * (2 * WIDE + 8), ROWS * (HIGH + LINE)), "white")
    pen = ImageDraw.Draw(sheet)
    values = zip(*(pairs[column] for column in ("first", "second", "similarity", "difference")), strict=True)
    for index, (first, second, similarity, difference) in enumerate(values):
        x, y = index % COLUMNS * (2 * WIDE + 8), index // COLUMNS * (HIGH + LINE)
        pen.text((x, y), f"{index}: similarity {similarity:.3f}, difference {difference:.1f}", fill="red")
        for side, md5 in enumerate((first, second)):
            with photographs.open(name_of[md5]) as file, Image.open(file) as image:
                sheet.paste(image.convert("RGB").resize((WIDE, HIGH)), (x + side * WIDE, y + LINE - 2))
    return sheet


def _some(archive: Path, count: int) -> list[tuple[str, bytes]]:
    """That many of the ZIP's photographs, drawn with seed 0."""
    with zipfile.ZipFile(archive) as photographs:
        names = _names(photographs)
        picked = np.random.default_rng(0).choice(len(names), min(count, len(names)), replace=False)
        return [(names[index], photographs.read(names[index])) for index in sorted(picked)]


def _names(photographs: zipfile.ZipFile) -> list[str]:
    return sorted(name for name in photographs.namelist() if name.lower().endswith((".jpg", ".jpeg")))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
