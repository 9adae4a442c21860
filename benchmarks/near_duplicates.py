"""How the search for near duplicates grows: eight times the pictures against the fewer ones.

    python -m benchmarks.near_duplicates [--few 25000]

Drawn pictures: 8 x 8 random waves, the slower the stronger as in photographs, one in ten a copy in another light with
some noise. What takes time is proposing and comparing; drawing is not in it. Pictures of one pose, as real flukes, are
alike in pairs whose number grows with the square of theirs: docs/duplicates.md has the time for the real ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.measuring import keep
from longtail.images.hashes import dhash
from longtail.splitting.pictures import alike
from longtail.stages.audit import Params

SIDE, WAVES = 64, 8
MORE = 8


def main(asked: Sequence[str] | None = ()) -> None:
    """Draw, search, keep how much longer the larger set takes."""
    parser = argparse.ArgumentParser(prog="benchmarks.near_duplicates", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--few", type=int, default=25_000)
    few = parser.parse_args(asked).few
    thumbs, hashes = drawn(few * MORE)
    rows: list[dict[str, object]] = []
    for count in (few, few * MORE):
        began = time.perf_counter()
        pairs = alike(hashes[:count], thumbs[:count], Params().max_distance, Params().min_likeness)
        seconds = time.perf_counter() - began
        longer = round(seconds / float(str(rows[0]["seconds"])), 1) if rows else 1.0
        rows.append({"pictures": count, "pairs": len(pairs.first), "seconds": round(seconds, 2), "longer": longer})
    keep("near_duplicates", rows)


def drawn(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Thumbnails (count, 4096) and their difference hashes (count,); every tenth is a copy of the one before."""
    rng = np.random.default_rng(0)
    waves = np.cos(np.pi / SIDE * np.outer(np.arange(WAVES), np.arange(SIDE) + 0.5)).astype(np.float32)
    frequency = np.hypot(*np.indices((WAVES, WAVES)))
    frequency[0, 0] = np.inf  # its brightness is added below
    thumbs = np.empty((count, SIDE * SIDE), np.uint8)
    hashes = np.empty(count, np.uint64)
    for place in range(count):
        if place % 10 == 9:
            picture = 0.8 * thumbs[place - 1].reshape(SIDE, SIDE) + 15
        else:
            amplitudes = (rng.standard_normal((WAVES, WAVES)) / frequency).astype(np.float32)
            picture = 128 + 60 * (waves.T @ amplitudes @ waves) + rng.normal(0, 6, (SIDE, SIDE))
        picture = np.clip(picture + rng.normal(0, 1, (SIDE, SIDE)), 0, 255).astype(np.uint8)
        thumbs[place] = picture.ravel()
        hashes[place] = dhash(Image.fromarray(picture))
    return thumbs, hashes


if __name__ == "__main__":
    main(None)
