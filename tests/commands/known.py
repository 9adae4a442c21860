"""A tiny project with an identifier: photographs prepared, embedded by an untrained network, and remembered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from longtail import run_record
from longtail.recognition import embeddings, identifier
from longtail.recognition.identifier import Identifier
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.top_k import Gallery
from longtail.stages import audit, embed, prepare
from longtail.training import backbones, checkpoint, side_by_side
from longtail.training.checkpoint import Card
from longtail.training.heads import Embedder

IDENTITIES = ["ada", "bea", "cleo", "dora", "eve", "fay"]
PREPARE = {"side": 48, "quality": 80, "compute": {"threads": 1, "workers": 64}}
"""Not the defaults: what was really used has to be found."""
AS_JPEG = {"quality": 90}


def photograph(identity: int, take: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Waves whose number and slant tell the identity; every take has its own shade and its own noise."""
    rng = np.random.default_rng(100 * identity + take)
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    wave = np.sin(2 * np.pi * (identity + 1) * (x + identity % 3 * y) + take / 3) * 70 + 120
    colour = np.array([1, (identity % 3 + 1) / 3, (identity % 2 + 1) / 2])
    noise = rng.normal(0, 12, (size[1], size[0], 1))
    return Image.fromarray(np.clip(wave[..., None] * colour + noise, 0, 255).astype(np.uint8))


def make(root: Path) -> Path:
    """Write the project under `root`: two photographs of each identity, one of an unknown one, six test photographs."""
    _raw(root)
    for part in ("labelled", "test"):
        params, paths = prepare.Params.model_validate(PREPARE), prepare.Paths.at(root, part)
        run_record.write(
            "prepare", params, paths, prepare.run(params, paths), datetime.now(UTC), run_record.Used({}, {}, "", True)
        )
    labelled = pd.read_parquet(root / "artifacts/prepare/labelled.parquet")
    _network(root)
    _beside(root, labelled)
    for part in ("labelled", "test"):
        embed.run(embed.Params.model_validate({"compute": {"threads": 1, "workers": 64}}), embed.Paths.at(root, part))
    remember(root)
    return root


def remember(root: Path, keypoints: KeypointTable | None = None, **told: Any) -> None:
    """Write the identifier: nearest neighbour over all named photographs."""
    index, embedded = embeddings.read(root / "artifacts/embed/labelled")
    split = pd.read_parquet(root / "artifacts/split/split.parquet").set_index("image")
    identity = index["image"].map(split["identity"])
    rows = np.flatnonzero(identity != "")
    numbers = np.array([IDENTITIES.index(name) for name in identity.iloc[rows]])
    gallery = Gallery(embedded[rows].normalised(), numbers)
    runtime = embeddings.runtime_of(root / "artifacts/embed/labelled")
    told = {"classifier": "nearest_neighbour", "strategy": "none", "threshold": 0.5, "runtime": runtime, **told}
    known = Identifier(told, IDENTITIES, gallery, index["image"].iloc[rows].tolist(), keypoints=keypoints)
    identifier.write(root / "artifacts/predict/identifier", known)


def _raw(root: Path) -> None:
    raw = root / "data/raw"
    for folder in (raw / "train", raw / "test", root / "artifacts/validate"):
        folder.mkdir(parents=True)
    (root / "artifacts/validate/passed.json").write_text("{}")
    lines = ["Image,Id", "unknown.jpg,new_whale"]
    photograph(9, 0).save(raw / "train/unknown.jpg", **AS_JPEG)
    for number, name in enumerate(IDENTITIES):
        for take in (0, 1):
            photograph(number, take).save(raw / f"train/{name}_{take}.jpg", **AS_JPEG)
            lines.append(f"{name}_{take}.jpg,{name}")
    (raw / "train.csv").write_text("\n".join(lines) + "\n")
    upright = photograph(0, 5)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    upright.transpose(Image.Transpose.ROTATE_90).save(raw / "test/turned.jpg", exif=exif, **AS_JPEG)
    photograph(1, 5).convert("L").save(raw / "test/grey.png")
    photograph(2, 5, (60, 44)).save(raw / "test/small.jpg", **AS_JPEG)
    photograph(3, 5, (1600, 1200)).save(raw / "test/large.jpg", **AS_JPEG)
    photograph(4, 5).save(raw / "test/eve.tif")
    with Image.open(raw / "train/fay_0.jpg") as known:
        known.save(raw / "test/recompressed.jpg", quality=75)
    names = sorted(path.name for path in (raw / "test").iterdir())
    (raw / "sample_submission.csv").write_text("Image,Id\n" + "".join(f"{name},new_whale\n" for name in names))


def add_network(root: Path) -> None:
    """A second network beside the first one, and everything after it (train.networks: 2)."""
    _network(root, seed=4, below=side_by_side.folder_of(2).as_posix())
    card = root / "artifacts/train/model.json"
    card.write_text(json.dumps(json.loads(card.read_text("utf-8")) | {"networks": 2}), encoding="utf-8")
    params = embed.Params.model_validate({"runtime": "torch", "compute": {"threads": 1, "workers": 64}})
    for part in ("labelled", "test"):
        embed.run(params, embed.Paths.at(root, part))
    remember(root, networks=2)


def _network(root: Path, seed: int = 3, below: str = ".") -> None:
    folder = root / "artifacts/train" / below
    folder.mkdir(parents=True)
    backbone = backbones.build("timm/test_resnet", "none", 32, seed, root)
    body = Embedder(backbone.body, backbone.embedding_size, 0)
    for module in body.modules():  # as after a training: the statistics are those of some images
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    checkpoint.save_tensors(folder / "model.safetensors", body)
    card = Card(
        "timm/test_resnet", "none", backbone.note, 3, 32, False, backbone.mean, backbone.std, True,
        backbone.embedding_size, 0, "softmax", False, IDENTITIES,
    )  # fmt: skip
    checkpoint.save_card(folder / "model.json", card, {})


def _beside(root: Path, labelled: pd.DataFrame) -> None:
    artifacts = root / "artifacts"
    for name in ("split", "audit", "predict"):
        (artifacts / name).mkdir()
    labelled[["image"]].assign(identity=labelled["label"]).to_parquet(artifacts / "split/split.parquet", index=False)
    record = {"params": audit.Params().model_dump(mode="json")}
    (artifacts / "audit/record.json").write_text(json.dumps(record))
