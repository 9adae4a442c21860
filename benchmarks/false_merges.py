"""What the audit merges though it is not one picture, on kinds of photographs where that is easy.

    python -m benchmarks.false_merges [--seeds 3] [--kinds KIND ...]

A row a kind of `lookalikes`, of drawn whales, and of scikit-learn's handwritten digits (real, 8 x 8 pixels). `alike`
are the pairs of different pictures from `audit.min_similarity` on, `merged` those that are called one picture,
`two_names` the merged pairs of two identities; `copies_alike` and `copies` the share of disguised copies that are as
alike, and the share that is recognised. What `duplicates.evidence` asks was chosen on other drawings
(docs/concepts/duplicates.md).
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from benchmarks import measuring
from benchmarks.disguises import DISGUISES, described, disguised, drawn
from benchmarks.lookalikes import KINDS, Shot
from longtail.duplicates.search import alike_pairs
from longtail.stages.audit import Params

AUDIT = Params()
DISGUISED_AS = ("recompressed, quality 50", "resized to 60%", "brightness x 1.2", "cropped, 2% a side")
COPIED = 24  # photographs of a seed that come back disguised
_SEED = 100  # the first one
_WHALES, _HANDWRITTEN = "drawn whales", "handwritten digits (real)"


def main(asked: Sequence[str] | None = ()) -> None:
    """Draw, compare, keep."""
    parser = argparse.ArgumentParser(prog="benchmarks.false_merges", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", default=[*KINDS, _WHALES, _HANDWRITTEN], metavar="KIND")
    options = parser.parse_args(asked)
    seeds = range(_SEED, _SEED + options.seeds)
    measuring.keep("false_merges", [_row(kind, _sets(kind, seeds)) for kind in options.kinds])


def counted(shots: Sequence[Shot], folder: Path) -> dict[str, int]:
    """How many pairs of these different pictures are alike, are merged, and are merged under two names."""
    table = described(((shot.name, shot.data) for shot in shots), folder)
    alike = _alike(table)
    identity = dict(zip(table["md5"], (shot.identity for shot in shots), strict=True))
    merged = alike[alike["same"]]
    two_names = merged["first"].map(identity) != merged["second"].map(identity)
    return {"photographs": len(shots), "alike": len(alike), "merged": len(merged), "two_names": int(two_names.sum())}


def copies(shots: Sequence[Shot], folder: Path) -> tuple[int, int, int]:
    """Of disguised copies: how many there are, are alike enough, and are recognised."""
    some = [(shot.name, shot.data) for shot in shots[:: max(1, len(shots) // COPIED)]]
    originals, count, high, known = described(some, folder), 0, 0, 0
    for name in DISGUISED_AS:
        changed = described(disguised(some, DISGUISES[name]), folder)
        alike = _alike(originals, changed)
        same = {
            frozenset(pair): decided for *pair, decided in alike[["first", "second", "same"]].itertuples(index=False)
        }
        pairs = [frozenset(pair) for pair in zip(originals["md5"], changed["md5"], strict=True)]
        count += len(pairs)
        high += sum(len(pair) == 1 or pair in same for pair in pairs)
        known += sum(len(pair) == 1 or same.get(pair, False) for pair in pairs)
    return count, high, known


def _sets(kind: str, seeds: Sequence[int]) -> list[list[Shot]]:
    if kind == _HANDWRITTEN:
        return [_digits()]
    if kind == _WHALES:
        return [[Shot(name, name, data) for name, data in drawn(100, seed)] for seed in seeds]
    return [KINDS[kind](seed) for seed in seeds]


def _alike(*tables: pd.DataFrame) -> pd.DataFrame:
    return alike_pairs(*tables, max_distance=AUDIT.max_distance, min_similarity=AUDIT.min_similarity)


def _row(kind: str, sets: Sequence[Sequence[Shot]]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        every = pd.DataFrame([counted(shots, Path(folder)) for shots in sets]).sum()
        count, high, known = np.sum([copies(shots, Path(folder)) for shots in sets], axis=0).tolist()
    return {"kind": kind, **every.to_dict(), "copies_alike": round(high / count, 3), "copies": round(known / count, 3)}


def _digits() -> list[Shot]:
    """Handwritten digits of the UCI repository, as scikit-learn ships them: the first 500."""
    from sklearn.datasets import load_digits

    shots = []
    for number, (pixels, digit) in enumerate(zip(*(load_digits()[part] for part in ("images", "target")), strict=True)):
        if number < 500:
            file = io.BytesIO()
            Image.fromarray(np.clip(pixels * 16, 0, 255).astype(np.uint8)).save(file, "PNG")
            shots.append(Shot(f"{number:04}", str(digit), file.getvalue()))
    return shots


if __name__ == "__main__":
    main(None)
