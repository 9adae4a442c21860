"""Embed every image once a view: as it is and mirrored, after training and (labelled) before any.

Reads: the trained network (with `train.fold: all` both), one part's table and images (`labelled`, `augmented`, `test`).
Writes: a folder with `index.parquet` and, in its row order, `embeddings.npy` and `mirrored.npy`; for `labelled` also
    `pretrained.npy` and `pretrained_mirrored.npy`, from the same backbone before any training; of the network of all
    folds `all.npy` and `all_mirrored.npy`.
Fails on: tensors and card that do not belong together, first weights that can no longer be had, a missing image.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from longtail import atomic, imports
from longtail.errors import counted
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary


class Params(StageParams):
    """`embed:`."""

    batch_size: int = Field(64, ge=1, le=4096, description="images that go through the network at once")
    augmented_mirror: bool = Field(True, description="mirrored copies too: nearest neighbour needs them")
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What embed reads and writes, for one part."""

    PARTS: ClassVar[tuple[str, ...]] = ("labelled", "augmented", "test")

    model: Path = reads("artifacts/train/model.safetensors")
    card: Path = reads("artifacts/train/model.json")
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
    with imports.uncollected():
        from longtail.training import checkpoint, device, embedding, image_cache

    where = device.choose(params.compute)
    card = checkpoint.read_card(paths.card)
    bodies = {"embeddings": checkpoint.load_body(paths.model, card)}
    second = paths.all_folds / paths.model.name
    if second.exists():
        bodies["all"] = checkpoint.load_body(second, checkpoint.read_card(paths.all_folds / paths.card.name))
    if paths.part == "labelled":
        bodies["pretrained"] = checkpoint.load_pretrained(card, paths.root)
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
    embeddings = embedding.embed_all(
        bodies,
        decoded,
        card.mean,
        card.std,
        where,
        batch_size=params.batch_size,
        mirrored=mirrored,
        label=f"embed@{paths.part}",
    )
    with atomic.replacing_folder(paths.folder) as temporary:
        atomic.write_table(temporary / "index.parquet", index)
        for name, (seen, flipped) in embeddings.items():
            np.save(temporary / f"{name}.npy", seen)
            if flipped is not None:
                np.save(temporary / f"{'' if name == 'embeddings' else name + '_'}mirrored.npy", flipped)
    views = (
        f"{len(embeddings)} network{'s' if len(embeddings) > 1 else ''}, {1 + mirrored} view{'s' if mirrored else ''}"
    )
    line = f"{counted(len(index), 'image')}, {card.embedding_size:,} numbers each ({views})"
    return Summary(line, {"images": len(index), "embedding_size": card.embedding_size})


def index_of(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have an image, in the table's order: `image`, `file`, and `variant` where the table has it."""
    columns = [name for name in ("image", "file", "variant") if name in table.columns]
    return table.loc[table["file"] != "", columns].reset_index(drop=True)
