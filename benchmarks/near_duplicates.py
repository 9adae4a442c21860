"""How the search for near duplicates grows: eight times the pictures against the fewer ones.

    python -m benchmarks.near_duplicates [--few 25000]

Drawn pictures: 8 x 8 random waves, the slower the stronger as in photographs, one in ten a copy in another light with
some noise. What takes time is proposing and comparing; drawing is not in it. Pictures of one pose, as real flukes, are
alike in pairs whose number grows with the square of theirs: docs/concepts/duplicates.md has the time for the real ones.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import measuring
from longtail.duplicates.verify import find_alike
from longtail.images.hashes import dhash
from longtail.stages.audit import Params

SIDE, WAVES = 64, 8
MORE = 8


def main(asked: Sequence[str] | None = ()) -> None:
    """Draw, search, keep how much longer the larger set takes."""
    parser = argparse.ArgumentParser(prog="benchmarks.near_duplicates", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--few", type=int, default=25_000)
    few = parser.parse_args(asked).few
    thumbs, hashes = drawn(few * MORE)
    counts = (few, few * MORE)
    turns = [[_searched(hashes[:count], thumbs[:count]) for count in counts] for _ in range(measuring.RUNS)]
    longer = statistics.median(more / less for (less, _), (more, _) in turns)
    rows: list[dict[str, object]] = [
        {
            "pictures": count,
            "pairs": turns[0][index][1],
            "seconds": round(statistics.median(turn[index][0] for turn in turns), 2),
            "longer": round(longer, 1) if index else 1.0,
        }
        for index, count in enumerate(counts)
    ]
    measuring.keep("near_duplicates", rows)


def _searched(hashes: NDArray[np.uint64], thumbs: NDArray[np.uint8]) -> tuple[float, int]:
    """Seconds, and how many pairs were found."""
    began = time.perf_counter()
    pairs = find_alike(hashes, thumbs, Params().max_distance, Params().min_similarity)
    return time.perf_counter() - began, len(pairs.first)


def drawn(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Thumbnails (count, 4096) and their difference hashes (count,); every tenth is a copy of the one before."""
    rng = np.random.default_rng(0)
    waves = np.cos(np.pi / SIDE * np.outer(np.arange(WAVES), np.arange(SIDE) + 0.5)).astype(np.float32)
    frequency = np.hypot(*np.indices((WAVES, WAVES)))
    frequency[0, 0] = np.inf  # its brightness is added below
    thumbs = np.empty((count, SIDE * SIDE), np.uint8)
    hashes = np.empty(count, np.uint64)
    for index in range(count):
        if index % 10 == 9:
            picture = 0.8 * thumbs[index - 1].reshape(SIDE, SIDE) + 15
        else:
            amplitudes = (rng.standard_normal((WAVES, WAVES)) / frequency).astype(np.float32)
            picture = 128 + 60 * (waves.T @ amplitudes @ waves) + rng.normal(0, 6, (SIDE, SIDE))
        picture = np.clip(picture + rng.normal(0, 1, (SIDE, SIDE)), 0, 255).astype(np.uint8)
        thumbs[index] = picture.ravel()
        hashes[index] = dhash(Image.fromarray(picture))
    return thumbs, hashes


if __name__ == "__main__":
    main(None)
