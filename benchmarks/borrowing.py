"""What a finished `prepare` and `split` allow: trainings beside those of the checkout, scored by the same protocol."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from longtail.stages import embed, evaluate, keypoints

SCORES = ["open_map_at_5", "closed_map_at_5", "seen_1", "seen_2_4", "seen_5_9", "seen_10"]


def borrow(here: Path, root: Path) -> pd.DataFrame:
    """Link what `prepare`, `audit` and `split` made in `here` into `root`, where a training may write; the split."""
    (root / "artifacts").mkdir(exist_ok=True)
    for name in ("prepare", "audit", "split"):
        source = here / "artifacts" / name
        if not source.is_dir():
            sys.exit(f"{source} is not there: run the flow here first (make run)")
        (root / "artifacts" / name).symlink_to(source)
    return pd.read_parquet(root / "artifacts" / "split" / "split.parquet")


def scored(root: Path, embedding: embed.Params, scorers: list[evaluate.ClassifierName]) -> pd.DataFrame:
    """Embed the labelled photographs by the network in `root`; SCORES of each scorer, unbalanced or as trained."""
    embed.run(embedding, embed.Paths.at(root, "labelled"))
    no_copies(root)
    evaluate.run(evaluate.Params(classifiers=scorers, strategies=["none"], seeds=1), evaluate.Paths.at(root))
    return pd.read_csv(root / "artifacts" / "evaluate" / "leaderboard.csv")[["strategy", "classifier", *SCORES]]


def no_copies(root: Path) -> None:
    """What `oversample` and `embed` write where nothing was copied, and `keypoints` where marks are not compared."""
    keypoints.run(keypoints.Params(method="none"), keypoints.Paths.at(root, "labelled"))
    none = pd.DataFrame(columns=["file", "image", "identity", "variant", "repeats"], dtype="str")
    none.astype({"repeats": "int64"}).to_parquet(root / "artifacts" / "oversample" / "augmented.parquet")
    folder = root / "artifacts" / "embed" / "augmented"
    folder.mkdir()
    pd.DataFrame(columns=["image", "file", "variant"], dtype="str").to_parquet(folder / "index.parquet")
    width = np.load(root / "artifacts" / "embed" / "labelled" / "embeddings.npy", mmap_mode="r").shape[1]
    for name in ("embeddings", "mirrored"):
        np.save(folder / f"{name}.npy", np.empty((0, width), np.float32))


def originals_once(split: pd.DataFrame, root: Path) -> None:
    """The plan of a training on every photograph of the train fold, once an epoch."""
    plan = split.loc[split["fold"] == "train", ["image", "identity"]]
    folder = root / "artifacts" / "oversample"
    (folder / "images").mkdir(parents=True)
    plan.assign(variant="original", repeats=1, folder="prepare", file=plan["image"]).to_parquet(folder / "plan.parquet")
