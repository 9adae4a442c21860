"""What holds something of a photograph among others: rows with thumbnails, embeddings, galleries, pages."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

import pandas as pd

from longtail import artifacts
from longtail.lineage import copies
from longtail.lineage.store import Store

_OF_NUMBERS = (artifacts.stage_folder("embed"), artifacts.stage_folder("keypoints"), artifacts.IDENTIFIER)
"""Folders in which one file names the photographs and the others hold their embeddings or keypoints."""
_NAMES_IN = (".parquet", ".csv", ".json", ".html", ".md")


def of(store: Store, image: str, outputs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """{path (md5): md5} of every stored output of a known run that names the photograph, or shows it among others.

    Args:
        store: the checkout's.
        image: the photograph's name.
        outputs: the outputs of every run that is known (`outputs.every`).

    Returns:
        Hashes, by path and hash.
    """
    images = (*map(artifacts.prepared_images, copies.PARTS.values()), artifacts.AUGMENTED_IMAGES)
    every = {(path, md5) for outs in outputs for path, md5 in outs.items() if path not in images}
    objects: dict[str, str] = {}
    for path, md5 in sorted(every):
        members = {f"{path}/{name}": one for name, one in (store.listing(md5) or {}).items()}
        naming = {name: one for name, one in (members or {path: md5}).items() if _names_it(store, name, one, image)}
        if naming and path.startswith(_OF_NUMBERS):
            naming = members
        objects |= {f"{name} ({one})": one for name, one in naming.items()}
    return objects


def _names_it(store: Store, path: str, md5: str, image: str) -> bool:
    stored = store.object_path(md5)
    if not path.endswith(_NAMES_IN) or not stored.is_file():
        return False
    if path == artifacts.REPORT:  # it shows pictures without naming each
        return True
    content = stored.read_bytes()
    if not path.endswith(".parquet"):
        return image.encode() in content
    try:
        table = pd.read_parquet(io.BytesIO(content))
    except (OSError, ValueError):
        return True  # damaged: nothing speaks for its being without it
    return any(_holds(table[column], image) for column in table.columns)


def _holds(column: pd.Series, image: str) -> bool:
    return not pd.api.types.is_numeric_dtype(column) and bool((column.astype("object") == image).any())
