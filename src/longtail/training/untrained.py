"""A backbone as it is: nothing is learned from labels, its embeddings are whitened with the photographs of a fold.

A pretrained network gives all its embeddings much in common (backgrounds, the animal's outline), and few of its axes
hold what tells individuals apart. Whitening gives every axis the same weight. It is a linear layer behind the backbone,
so that everything after `train` sees a network like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from longtail import atomic, licences
from longtail.errors import counted
from longtail.run_record import Summary
from longtail.training import (
    backbones,
    checkpoint,
    device,
    embedding,
    image_cache,
    lr_finder,
    train_rows,
    trainer,
    weights_file,
)
from longtail.training.backbones import Backbone
from longtail.training.heads import Embedder

NO_HEAD = "none"
"""What `model.json` calls the head."""
_LEAST_VARIANCE = 1e-12
_NOTHING_LEARNED: dict[str, Any] = {
    "lr": None, "lr_suggested": None, "lr_reason": "", "epochs": {"frozen": 0, "unfrozen": 0}, "margin": None,
    "scale": None, "images_per_epoch": 0, "image_passes": 0, "excluded": 0, "validated": 0, "train_images": 0,
    "train_right": 0, "train_accuracy": None, "train_chance": None, "hardly_learned": False,
}  # fmt: skip


@dataclass(frozen=True)
class Untrained:
    """A whitened backbone."""

    network: Embedder
    card: checkpoint.Card
    record: dict[str, Any]
    """Facts for its `model.json`."""
    images: pd.Series
    """Names of the photographs that the whitening has seen."""

    def write(self, folder: Path) -> None:
        """Write `model.safetensors` and `model.json` into a folder."""
        checkpoint.save_tensors(folder / "model.safetensors", self.network)
        checkpoint.save_card(folder / "model.json", self.card, self.record)


def run(params: Any, paths: Any) -> Summary:
    """Whiten with the photographs of the train fold, whatever their labels, and write what `train` writes.

    Args:
        params: `train:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        The network, and how many photographs the whitening has seen.
    """
    weights_file.check(params, paths.root, paths.card)
    whitened = make(params, paths)
    card, images = whitened.card, whitened.images
    whitened.write(paths.model.parent)
    checkpoint.save_tensors(paths.head, torch.nn.Identity())
    atomic.write_table(paths.learned_from, learned_from(images, pd.read_parquet(paths.labelled)))
    atomic.write_table(paths.history, pd.DataFrame(columns=trainer.HISTORY))
    atomic.write_table(paths.curve, pd.DataFrame(columns=lr_finder.CURVE))
    atomic.write_table(paths.seconds, pd.DataFrame(columns=["epoch", "phase", "seconds", "images_per_second"]))
    with atomic.replacing_folder(paths.more) as folder:
        atomic.write_json(folder / "networks.json", {"networks": 1})
    with atomic.replacing_folder(paths.all_folds) as folder:
        atomic.write_json(folder / "fold.json", {"fold": params.fold})
    line = f"{card.backbone}, not trained: whitened with {counted(len(images), 'photograph')} of the train fold"
    facts = {"classes": 0, "whitened_on": len(images), "weights": card.weights_note}
    random = f"{card.weights_note}; it tells nothing apart" if params.weights == "none" else ""
    return Summary(line, facts, tuple(filter(None, (random, licences.warning(vars(card))))))


def make(params: Any, paths: Any) -> Untrained:
    """Whiten the backbone with the photographs of the train fold, whatever their labels.

    Args:
        params: `train:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        The network, nothing written.
    """
    where = device.choose(params.compute)
    backbone = backbones.build(params.backbone, params.weights, params.size, params.seed, paths.root)
    split, labelled = pd.read_parquet(paths.split), pd.read_parquet(paths.labelled)
    seen = train_rows.readable(split[split["fold"] == "train"], labelled)
    network = whiten(backbone, [paths.originals / file for file in seen["file"]], paths.model.parent, params, where)
    card = checkpoint.Card(
        **{name: getattr(params, name) for name in ("backbone", "weights", "seed", "grey", "channels_last")},
        **asdict(backbone.origin),
        size=backbone.size,
        mean=backbone.mean,
        std=backbone.std,
        embedding_size=backbone.embedding_size,
        neck=0,
        head=NO_HEAD,
        mirror_as_identity=False,
        classes=[],
        whitened=True,
    )
    record = _NOTHING_LEARNED | {"whitened_on": len(seen), "images": params.images, "min_groups": params.min_groups}
    return Untrained(network, card, record | {"unknown_as_class": False}, seen["image"])


def whiten(backbone: Backbone, files: Sequence[Path], scratch: Path, params: Any, where: torch.device) -> Embedder:
    """Put the layer behind the backbone that whitens its embeddings of some photographs and of their mirror images.

    Args:
        backbone: with its first weights; becomes part of the result.
        files: working copies.
        scratch: where the pixels lie while they are used.
        params: `train:` of params.yaml.
        where: the device that the network runs on.

    Returns:
        The network up to its embedding.
    """
    pixels = image_cache.decode_all(
        files, backbone.size, scratch, params.compute, grey=params.grey, label="train: images decoded"
    )
    body = backbone.body.eval().requires_grad_(False)
    if params.channels_last:
        body = body.to(memory_format=torch.channels_last)
    embeddings = embedding.embed_all(
        {"": body},
        pixels,
        backbone.mean,
        backbone.std,
        where,
        batch_size=params.batch_size,
        mirrored=True,
        label="train: whitening",
    )
    weight, bias = whitening(np.concatenate([view for view in embeddings[""] if view is not None]))
    network = Embedder(body, backbone.embedding_size, 0, whitened=True)
    network.neck.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    return network


def whitening(embeddings: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The symmetric linear map under which embeddings have mean 0 and about the unit matrix as covariance.

    Its matrix is the inverse square root of the covariance (Kessy, Lewin and Strimmer 2018, "Optimal whitening and
    decorrelation", The American Statistician 72), which is shrunk towards a multiple of the unit matrix (Ledoit and
    Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices"): there are often fewer
    photographs than numbers in an embedding.

    Args:
        embeddings: (n, d).

    Returns:
        Weight (d, d) and bias (d,); without embeddings those that change nothing.
    """
    from sklearn.covariance import ledoit_wolf

    if not len(embeddings):
        width = embeddings.shape[1]
        return np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
    precise = embeddings.astype(np.float64)
    mean = precise.mean(axis=0)
    covariance, _ = ledoit_wolf(precise)
    variances, axes = np.linalg.eigh(covariance)
    weight = (axes / np.sqrt(np.maximum(variances, _LEAST_VARIANCE))) @ axes.T
    return weight.astype(np.float32), (-weight @ mean).astype(np.float32)


def learned_from(images: pd.Series, labelled: pd.DataFrame) -> pd.DataFrame:
    """What the whitening has seen: the pixels of some photographs, and no label.

    Args:
        images: their names.
        labelled: `prepare`'s table of labelled photographs: image, md5.

    Returns:
        By image, the columns of `train_rows.learned_from`.
    """
    names = pd.Series(sorted(images), dtype="str")
    md5 = names.map(labelled.set_index("image")["md5"]).astype("str")
    table = pd.DataFrame({"image": names, "label": False, "pixels": True, "identity": "", "md5": md5})
    return table.astype({"identity": "str"}).assign(inherited=False)
