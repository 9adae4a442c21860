"""One way to train, scored on the folds of this checkout: `python -m benchmarks.recipe train.unfrozen_epochs=5 ...`.

The flow must have run here as far as `split` (`make run`, or `dvc repro split`); nothing of it is touched. Trains by
`train:` of params.yaml with what is laid over it, embeds the labelled photographs, and prints how every scorer does
without balancing: what docs/results/trainings-tried.md is made of. Tuning looks at `split.seed: 0` only.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.borrowing import borrow, originals_once, scored
from longtail import params
from longtail.stages import embed, evaluate, train

SCORERS: list[evaluate.ClassifierName] = [
    "nearest_neighbour",
    "nearest_class_mean",
    "ensemble",
    "cosine_classifier",
    "trained_head",
]


def main(argv: list[str] | None = None) -> None:
    """Train, embed, score, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    parser.add_argument("set", nargs="*", metavar="train.KEY=VALUE")
    options = parser.parse_args(argv)
    raw = params.read(options.params, options.set)
    with tempfile.TemporaryDirectory(prefix="longtail-recipe-") as folder:
        root = Path(folder)
        split = borrow(Path.cwd(), root)
        originals_once(split, root)
        began = time.monotonic()
        print(train.run(params.load(train.Params, "train", raw, str(options.params)), train.Paths.at(root)).line)
        minutes = (time.monotonic() - began) / 60
        table = scored(root, params.load(embed.Params, "embed", raw, str(options.params)), SCORERS)
    changed = " ".join(options.set) or "params.yaml as it is"
    print(f"{changed}: {minutes:.1f} minutes, {len(split):,} photographs in the split")
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
