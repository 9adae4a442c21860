"""One way to train, scored on the folds of this checkout: `python -m benchmarks.recipe train.unfrozen_epochs=5 ...`.

The flow must have run here as far as `split` (`make run`, or `dvc repro split`); nothing of it is touched. Trains by
`train:` of params.yaml with what is laid over it, embeds the labelled photographs, and prints how every scorer does
without balancing: what docs/experiments.md is made of. Tuning looks at `split.seed: 0` only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from longtail import params
from longtail.stages import embed, evaluate, train

SHOWN = ["scorer", "open_map_at_5", "closed_map_at_5", "seen_1", "seen_2_4", "seen_5_9", "seen_10"]


def main(argv: list[str] | None = None) -> None:
    """Train, embed, score, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    parser.add_argument("set", nargs="*", metavar="train.KEY=VALUE")
    given = parser.parse_args(argv)
    raw = params.read(given.params, given.set)
    with tempfile.TemporaryDirectory(prefix="longtail-recipe-") as folder:
        root = Path(folder)
        split = _borrow(Path.cwd(), root)
        began = time.monotonic()
        print(train.run(params.load(train.Params, "train", raw, str(given.params)), train.Paths.at(root)).line)
        minutes = (time.monotonic() - began) / 60
        embed.run(params.load(embed.Params, "embed", raw, str(given.params)), embed.Paths.at(root, "labelled"))
        _no_copies(root)
        table = _scored(root)
    changed = " ".join(given.set) or "params.yaml as it is"
    print(f"{changed}: {minutes:.1f} minutes, {len(split):,} photographs in the split")
    print(table.round(3).to_string(index=False))


def _borrow(here: Path, root: Path) -> pd.DataFrame:
    """Link what `prepare` and `split` made; a plan of every original once."""
    for name in ("prepare", "split"):
        source = here / "artifacts" / name
        if not source.is_dir():
            sys.exit(f"{source} is not there: run the flow here first (make run)")
        (root / "artifacts").mkdir(exist_ok=True)
        (root / "artifacts" / name).symlink_to(source)
    split = pd.read_parquet(root / "artifacts" / "split" / "split.parquet")
    plan = split.loc[split["fold"] == "train", ["image", "identity"]]
    folder = root / "artifacts" / "oversample"
    (folder / "images").mkdir(parents=True)
    plan.assign(variant="original", times=1, folder="prepare", file=plan["image"]).to_parquet(folder / "plan.parquet")
    none = pd.DataFrame(columns=["file", "image", "identity", "variant", "times"], dtype="str").astype(
        {"times": "int64"}
    )
    none.to_parquet(folder / "augmented.parquet")
    return split


def _no_copies(root: Path) -> None:
    """What `embed` writes for a part without images."""
    folder = root / "artifacts" / "embed" / "augmented"
    folder.mkdir()
    pd.DataFrame(columns=["image", "file", "variant"], dtype="str").to_parquet(folder / "index.parquet")
    width = np.load(root / "artifacts" / "embed" / "labelled" / "embeddings.npy", mmap_mode="r").shape[1]
    for name in ("embeddings", "mirrored"):
        np.save(folder / f"{name}.npy", np.empty((0, width), np.float32))


def _scored(root: Path) -> pd.DataFrame:
    scorers: list[evaluate.ScorerName] = [name for name in evaluate.Params().scorers if name != "linear_head"]
    evaluate.run(evaluate.Params(scorers=scorers, approaches=["none"], seeds=1), evaluate.Paths.at(root))
    return pd.read_csv(root / "artifacts" / "evaluate" / "approaches.csv")[SHOWN]


if __name__ == "__main__":
    main()
