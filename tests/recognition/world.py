"""A drawn world of embeddings whose answers are known, written as the stages before `evaluate` write it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from longtail.labels.findings import COLUMNS
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.keypoints import UNIT, Keypoints, KeypointSettings

IDENTITIES = {"ada": 12, "bea": 6, "cleo": 3, "dora": 2, "eve": 1, "fay": 1, "gus": 1}
"""Groups in the train fold; each known one has as many in valid as half of that, at least one."""

_MARKS = 30  # of an individual


def build(
    root: Path,
    *,
    identities: dict[str, int] = IDENTITIES,
    unknown: int = 12,
    dims: int = 16,
    noise: float = 0.25,
    test: int = 6,
    seed: int = 0,
    mirrored_copies: bool = True,
    variants: tuple[str, ...] = ("red", "unsharp_mask"),
) -> Path:
    """Write the artifacts under `root` and return it.

    Each identity has a direction of its own; a photograph is that direction plus `noise`. `unknown` photographs, of
    directions that occur nowhere else, lie in each fold: half of valid's are labelled unknown, half carry a name.
    """
    rng = np.random.default_rng(seed)
    photographs = []
    for name, count in identities.items():
        photographs += [(name, "train", True)] * count + [(name, "valid", True)] * max(1, count // 2)
    photographs += [("", "train", False)] * unknown
    photographs += [(f"stranger {i}".replace(" ", "_") if i % 2 else "", "valid", False) for i in range(unknown)]
    directions = {name: rng.normal(size=dims) for name in identities}

    def embedded(name: str) -> np.ndarray:
        direction = directions.get(name)
        return (rng.normal(size=dims) if direction is None else direction) + noise * rng.normal(size=dims)

    split = pd.DataFrame(photographs, columns=["identity", "fold", "known"])
    split.insert(0, "image", [f"p{i:04}.jpg" for i in rng.permutation(len(split))])
    split["group"] = [hashlib.md5(image.encode()).hexdigest() for image in split["image"]]
    split["scored"] = split["fold"] == "valid"
    split["class_count"] = split["identity"].map(identities).fillna(0).astype("int64")
    split["reason"] = ""
    split = split.sort_values("image", ignore_index=True)
    plain = np.array([embedded(name) for name in split["identity"]], np.float32)
    part(root, "labelled", split["image"], plain, flip(plain), pretrained=True)

    rare = split[(split["fold"] == "train") & split["identity"].isin([n for n, c in identities.items() if c < 10])]
    copies = pd.concat([rare.assign(variant=variant) for variant in variants])
    copies = copies.assign(file=copies["variant"] + "_" + copies["image"], repeats=2).sort_values("file")
    source = split.index[split["image"].isin(copies["image"])]
    lookup = dict(zip(split.loc[source, "image"], plain[source], strict=True))
    copied = np.array([lookup[image] for image in copies["image"]], np.float32).reshape(len(copies), dims)
    copied += 0.05 * rng.normal(size=copied.shape).astype(np.float32)
    part(root, "augmented", copies["image"], copied, flip(copied) if mirrored_copies else None, copies["file"])

    answers = [*identities][:test] if test else []
    embeddings = np.array([embedded(name) for name in answers], np.float32).reshape(len(answers), dims)
    names = pd.Series([f"t{i}.jpg" for i in range(len(answers))], dtype="str")
    part(root, "test", names, embeddings, flip(embeddings))

    oversample, train = root / "artifacts/oversample", root / "artifacts/train"
    for folder in ("oversample", "train", "split", "audit", "prepare", "evaluate", "predict"):
        (root / "artifacts" / folder).mkdir(parents=True, exist_ok=True)
    split.to_parquet(root / "artifacts/split/split.parquet", index=False)
    columns = ["file", "image", "identity", "variant", "repeats"]
    copies[columns].to_parquet(oversample / "augmented.parquet", index=False)
    originals = split[split["fold"] == "train"].assign(variant="original", repeats=1, folder="prepare")
    originals["file"] = originals["image"]
    plan = pd.concat([originals, copies.assign(folder="oversample")])
    plan[[*columns, "folder"]].to_parquet(oversample / "plan.parquet", index=False)
    hashes = rng.integers(0, 2**63, len(split), dtype=np.uint64)
    labelled = pd.DataFrame({"image": split["image"], "row": np.arange(2, len(split) + 2), "dhash": hashes})
    labelled["md5"] = split["group"]
    labelled.to_parquet(root / "artifacts/prepare/labelled.parquet", index=False)
    pd.DataFrame(columns=list(COLUMNS), dtype="str").to_csv(root / "artifacts/audit/findings.csv", index=False)
    pd.DataFrame({"image": names, "error": ""}).to_parquet(root / "artifacts/prepare/test.parquet", index=False)
    matches = {"image": "str", "match": "str", "kind": "str", "distance": "float64"}
    pd.DataFrame(columns=[*matches]).astype(matches).to_parquet(
        root / "artifacts/audit/test_matches.parquet", index=False
    )
    weight = np.array([directions[name] for name in sorted(identities)], np.float32)
    save_file({"weight": weight, "bias": np.zeros(len(weight), np.float32)}, train / "head.safetensors")
    views = int(plan.loc[plan["identity"] != "", "repeats"].sum())
    card = {"classes": sorted(identities), "images": "augmented", "images_per_epoch": views, "head": "softmax"}
    learned = originals.loc[originals["identity"] != "", ["image"]].assign(label=True, pixels=True)
    learned.to_parquet(train / "learned_from.parquet", index=False)
    (train / "model.json").write_text(json.dumps(card), encoding="utf-8")
    for name in ("labelled", "test"):
        write_keypoints(root, name, {}, KeypointSettings())
    return root


def plant_keypoints(
    root: Path,
    *,
    shared_by: Literal["individual", "nobody", "everybody"] = "individual",
    fewest: int = _MARKS,
    seed: int = 0,
) -> None:
    """Keypoints for a world that was built: whose photographs share marks, and how many each shows at least."""
    rng = np.random.default_rng(seed)
    split = pd.read_parquet(root / "artifacts/split/split.parquet")
    test = pd.read_parquet(root / "artifacts/embed/test/index.parquet")["image"]
    shown = dict(zip(split["image"], split["identity"], strict=True)) | dict(zip(test, IDENTITIES, strict=False))
    drawn = {name: _marks(rng) for name in sorted({*shown.values()} - {""})}
    outline = _marks(np.random.default_rng(seed))
    keypoints = {}
    for image, identity in shown.items():
        positions, descriptors = drawn.get(identity, _marks(rng)) if shared_by == "individual" else _marks(rng)
        if shared_by == "everybody":
            positions, descriptors = outline
        moved = positions + rng.uniform(-30, 30, 2) + rng.normal(0, 1, positions.shape)
        other = np.clip(descriptors + rng.normal(0, 4, descriptors.shape), 0, 255)
        visible = slice(rng.integers(fewest, _MARKS, endpoint=True) if fewest < _MARKS else _MARKS)
        keypoints[image] = Keypoints(moved.astype(np.float16)[visible], other.astype(np.uint8)[visible], (320, 320))
    settings = KeypointSettings("sift", 320, 30)
    write_keypoints(root, "labelled", {image: keypoints[image] for image in split["image"]}, settings)
    write_keypoints(root, "test", {image: keypoints[image] for image in test}, settings)


def write_keypoints(root: Path, name: str, keypoints: dict[str, Keypoints], settings: KeypointSettings) -> None:
    """Write one part as the stage does."""
    folder = root / "artifacts/keypoints" / name
    folder.mkdir(parents=True, exist_ok=True)
    keypoint_table.write(folder, list(keypoints), iter(keypoints.values()), settings)


def _marks(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Positions and descriptors of _MARKS marks."""
    descriptors = np.abs(rng.normal(size=(_MARKS, 128)))
    return rng.uniform(60, 260, (_MARKS, 2)), descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True) * UNIT


def part(
    root: Path,
    name: str,
    images: pd.Series,
    plain: np.ndarray,
    mirrored: np.ndarray | None,
    files: pd.Series | None = None,
    *,
    pretrained: bool = False,
) -> None:
    """Write one part as `embed` does."""
    folder = root / "artifacts/embed" / name
    folder.mkdir(parents=True, exist_ok=True)
    index = pd.DataFrame({"image": images, "file": images if files is None else files}).astype("str")
    index.to_parquet(folder / "index.parquet", index=False)
    np.save(folder / "embeddings.npy", plain)
    if mirrored is not None:
        np.save(folder / "mirrored.npy", mirrored)
    if pretrained:
        np.save(folder / "pretrained.npy", plain)
        np.save(folder / "pretrained_mirrored.npy", flip(plain))


def flip(embeddings: np.ndarray) -> np.ndarray:
    """What the network sees in a mirror: the same, its axes the other way round."""
    return np.ascontiguousarray(embeddings[:, ::-1])
