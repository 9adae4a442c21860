"""A tiny project: eight identities of coloured stripes, as `prepare`, `split` and `oversample` would leave them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from longtail.labels.findings import COLUMNS
from longtail.stages import embed, train

IDENTITIES = [f"w_{number}" for number in range(8)]
SMALL = {
    "backbone": "timm/test_resnet",
    "weights": "none",
    "size": 32,
    "head": "softmax",
    "embedding_size": 0,
    "mirror_as_identity": False,
    "frozen_epochs": 1,
    "unfrozen_epochs": 1,
    "batch_size": 8,
    "lr_find_batches": 20,
    "compute": {"threads": 1, "workers": 200},  # so few photographs that no process is started for them
}


def photograph(identity: int, take: int) -> Image.Image:
    """Stripes whose number and colour tell the identity, a little noise whose seed is the take."""
    noise = np.random.default_rng(100 * identity + take).normal(0, 8, (32, 40, 3))
    wave = np.sin(np.arange(40) * (identity + 1) / 6)[None, :, None] * 80 + 128
    colour = np.array([1, (identity % 3) / 2, (identity % 5) / 4])
    return Image.fromarray(np.clip(wave * colour + noise, 0, 255).astype(np.uint8))


def make(root: Path, takes: int = 4) -> pd.DataFrame:
    """Write the project under `root`: take 0 is in valid, the others in train; one unknown in each fold. The split."""
    artifacts = root / "artifacts"
    folder, variants = artifacts / "prepare" / "labelled", artifacts / "oversample" / "images"
    for path in (folder, variants, artifacts / "audit", artifacts / "split", artifacts / "prepare" / "test"):
        path.mkdir(parents=True)
    names = [
        (f"{take}_{number}.jpg", identity, take) for number, identity in enumerate(IDENTITIES) for take in range(takes)
    ]
    names += [("0_unknown.jpg", "", 0), ("1_unknown.jpg", "", 1)]
    for number, (name, identity, take) in enumerate(names):
        photograph(IDENTITIES.index(identity) if identity else 20 + number, take).save(folder / name, quality=90)
    split = pd.DataFrame(names, columns=["image", "identity", "take"]).sort_values("image", ignore_index=True)
    split["fold"] = np.where(split["take"] == 0, "valid", "train")
    split["class_count"] = np.where(split["identity"] != "", takes - 1, 0)
    split["known"], split["scored"] = split["identity"] != "", split["fold"] == "valid"
    split["group"] = split["image"]
    split.to_parquet(artifacts / "split" / "split.parquet")
    broken = pd.DataFrame([{"image": "broken.jpg", "file": "", "error": "not an image"}])
    labelled = pd.concat([split[["image"]].assign(file=split["image"], error=""), broken], ignore_index=True)
    rows = np.arange(len(labelled))
    known = labelled.assign(row=rows + 1, dhash=rows.astype(np.uint64), md5=[f"{row:032x}" for row in rows])
    known.to_parquet(artifacts / "prepare" / "labelled.parquet")
    pd.DataFrame(columns=[*COLUMNS, "finding"]).to_csv(artifacts / "audit" / "findings.csv", index=False)
    write_plan(root, split)
    labelled[labelled["file"] == ""].to_parquet(artifacts / "prepare" / "test.parquet")
    return split


def write_plan(root: Path, split: pd.DataFrame) -> None:
    """Each original of train once; identity w_0 also twice as a grey copy."""
    artifacts = root / "artifacts"
    fold = split[split["fold"] == "train"]
    plan = fold[["image", "identity"]].assign(variant="original", repeats=1, folder="prepare", file=fold["image"])
    rare = fold[fold["identity"] == IDENTITIES[0]]
    copies = rare[["image", "identity"]].assign(
        variant="red", repeats=2, folder="oversample", file="red_" + rare["image"]
    )
    for image, file in zip(copies["image"], copies["file"], strict=True):
        with Image.open(artifacts / "prepare" / "labelled" / image) as opened:
            opened.getchannel("R").save(artifacts / "oversample" / "images" / file)
    pd.concat([plan, copies]).to_parquet(artifacts / "oversample" / "plan.parquet")
    columns = ["file", "image", "identity", "variant", "repeats"]
    copies[columns].sort_values("file").to_parquet(artifacts / "oversample" / "augmented.parquet")


def trained(root: Path, **params: object) -> Path:
    """Train the tiny project with `SMALL` and `params` over it; the folder of what was written."""
    paths = train.Paths.at(root)
    train.run(train.Params(**{**SMALL, **params}), paths)
    return paths.model.parent


def embedded(root: Path, part: str, **params: object) -> Path:
    """Embed one part of the tiny project; the folder of what was written."""
    paths = embed.Paths.at(root, part)
    embed.run(embed.Params(**{"compute": SMALL["compute"], **params}), paths)
    return paths.folder
