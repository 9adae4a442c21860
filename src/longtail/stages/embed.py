"""Embed every image and its mirror image with the trained network, labelled ones also with the pretrained one.

Reads: the trained networks (with `train.fold: all` those of all folds too), one part's table and images (`labelled`,
    `augmented`, `test`). Of networks side by side (`train.networks`) the embeddings stand in one row.
Writes: a folder with `index.parquet` and, in its row order, `embeddings.npy` and `mirrored.npy`; for `labelled` also
    `pretrained.npy` and `pretrained_mirrored.npy`, from the same backbone before any training; of the network of all
    folds `all.npy` and `all_mirrored.npy`; of the pretrained network that `train` whitened (`train.pretrained_beside`)
    `whitened.npy` and `whitened_mirrored.npy`. `runtime.json`.
Fails on: tensors and card that do not belong together, first weights that can no longer be had, a missing image.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from longtail import atomic, imports
from longtail.errors import counted
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.training.checkpoint import Card

Embedder = Callable[..., dict[str, tuple[Any, Any]]]
"""(pixels, mirrored=whether mirror images too) -> {file name: (embeddings, those of the mirror images or None)}."""
_LOG = logging.getLogger(__name__)


class Params(StageParams):
    """`embed:`."""

    batch_size: int = Field(64, ge=1, le=4096, description="images that go through the network at once")
    runtime: Literal["onnxruntime", "torch"] = Field(
        "onnxruntime", description="what runs the network on a CPU, in identify too; on a GPU torch embeds"
    )
    augmented_mirror: bool = Field(True, description="mirrored copies too: nearest neighbour needs them")
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What embed reads and writes, for one part."""

    PARTS: ClassVar[tuple[str, ...]] = ("labelled", "augmented", "test")

    model: Path = reads("artifacts/train/model.safetensors")
    card: Path = reads("artifacts/train/model.json")
    more: Path = reads("artifacts/train/more")
    all_folds: Path = reads("artifacts/train/all")
    labelled: Path = reads("artifacts/prepare/labelled.parquet", part="labelled")
    labelled_images: Path = reads("artifacts/prepare/labelled", part="labelled")
    augmented: Path = reads("artifacts/oversample/augmented.parquet", part="augmented")
    augmented_images: Path = reads("artifacts/oversample/images", part="augmented")
    test: Path = reads("artifacts/prepare/test.parquet", part="test")
    test_images: Path = reads("artifacts/prepare/test", part="test")
    folder: Path = writes("artifacts/embed/{part}")

    def images(self) -> tuple[Path, Path]:
        """Table and folder of this part."""
        return {
            "labelled": (self.labelled, self.labelled_images),
            "augmented": (self.augmented, self.augmented_images),
            "test": (self.test, self.test_images),
        }[self.part]


def run(params: Params, paths: Paths) -> Summary:
    """Open each image once, send it through each network in each view.

    Args:
        params: `embed:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of images, networks and views.
    """
    from longtail.training import checkpoint, image_cache

    card = checkpoint.read_card(paths.card)
    embed, runtime = _embedder(params, paths, card)
    table, images = paths.images()
    index = index_of(pd.read_parquet(table))
    decoded = image_cache.decode_all(
        [images / file for file in index["file"]],
        card.size,
        paths.folder.parent,
        params.compute,
        grey=card.grey,
        label=f"embed@{paths.part}: images decoded",
    )
    mirrored = params.augmented_mirror or paths.part != "augmented"
    embeddings = embed(decoded, mirrored=mirrored)
    with atomic.replacing_folder(paths.folder) as temporary:
        atomic.write_table(temporary / "index.parquet", index)
        atomic.write_json(temporary / "runtime.json", {"runtime": runtime})
        for name, (seen, flipped) in embeddings.items():
            np.save(temporary / f"{name}.npy", seen)
            if flipped is not None:
                np.save(temporary / f"{'' if name == 'embeddings' else name + '_'}mirrored.npy", flipped)
    networks = counted(len(embeddings), "network")
    if card.networks > 1:
        networks = f"{card.networks} networks side by side; {counted(len(embeddings), 'set')} of embeddings"
    line = f"{counted(len(index), 'image')}, {card.width:,} numbers each ({networks}, {counted(1 + mirrored, 'view')})"
    return Summary(line, {"images": len(index), "embedding_size": card.width})


def _embedder(params: Params, paths: Paths, card: Card) -> tuple[Embedder, str]:
    """What embeds the images of this part, and the runtime that `identify` has to use with them."""
    from longtail.inference import onnx_graph, runtimes

    if params.runtime == runtimes.ONNX and runtimes.is_cpu(params.compute.device):
        try:
            return _by_onnxruntime(params, paths, card), runtimes.ONNX
        except onnx_graph.ExportError as error:
            _LOG.warning(f"embed: ONNX Runtime cannot run this network, so torch does: {error}")
            return _by_torch(params, paths, card), runtimes.TORCH
    return _by_torch(params, paths, card), params.runtime


def _trained(paths: Paths, card: Card) -> dict[str, tuple[Path, Card]]:
    """{name: (tensors, card)} of the trained network; of that of all folds and of the whitened one, where they are."""
    from longtail.training import checkpoint, side_by_side

    own = {"embeddings": (paths.model, card)}
    for name, folder in (("all", paths.all_folds), ("whitened", paths.more / side_by_side.PRETRAINED.name)):
        if (folder / paths.model.name).exists():
            own[name] = (folder / paths.model.name, checkpoint.read_card(folder / paths.card.name))
    return own


def _by_onnxruntime(params: Params, paths: Paths, card: Card) -> Embedder:
    from longtail.inference import embedding, networks, onnx_graph

    threads, root = params.compute.threads, paths.root
    bodies = {
        name: networks.trained(tensors, own, root / onnx_graph.FOLDER, threads)
        for name, (tensors, own) in _trained(paths, card).items()
    }
    if paths.part == "labelled":
        bodies["pretrained"] = networks.pretrained(card, root, threads)
    return partial(embedding.embed_all, bodies, batch_size=params.batch_size, label=f"embed@{paths.part}")


def _by_torch(params: Params, paths: Paths, card: Card) -> Embedder:
    with imports.uncollected():
        from longtail.training import checkpoint, device, embedding

    where = device.choose(params.compute)
    bodies = {name: checkpoint.load_body(tensors, own) for name, (tensors, own) in _trained(paths, card).items()}
    if paths.part == "labelled":
        bodies["pretrained"] = checkpoint.load_pretrained(card, paths.root)
    return partial(
        embedding.embed_all,
        bodies,
        mean=card.mean,
        std=card.std,
        device=where,
        batch_size=params.batch_size,
        label=f"embed@{paths.part}",
    )


def index_of(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have an image, in the table's order: `image`, `file`, and `variant` where the table has it."""
    columns = [name for name in ("image", "file", "variant") if name in table.columns]
    return table.loc[table["file"] != "", columns].reset_index(drop=True)
