"""Every file that was made of one photograph alone: working copies, augmented copies, whatever a killed run has left.

The tables that a run wrote beside its images say which file is whose, in any layout and pass. Only where no table is
known are files told by their names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from longtail import artifacts
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import RAW, Store
from longtail.names import JPEG_ENDINGS
from longtail.run_record import md5_of
from longtail.sampling.plan import VARIANTS

PARTS = {"train": "labelled", "test": "test"}
"""{folder of the raw set: part of `prepare`}."""
_VARIANT = rf"(?:{'|'.join(VARIANTS)}|\d+(?:r|g|b|bl|un))_"
"""What the name of an augmented copy begins with, in either layout and any pass."""
_LEFT_BEHIND = ("data/.*.tmp", f"{artifacts.FOLDER}/*/.*.tmp", ".dvc/tmp/exps")
"""What a killed import, stage or experiment leaves: folders with copies that no list names."""


@dataclass
class Copies:
    """What is a photograph's own."""

    tree: dict[str, None] = field(default_factory=dict)
    """Paths of the working tree, from the project's root; without the photograph itself."""
    objects: dict[str, str] = field(default_factory=dict)
    """{name: md5} of objects of the store, the photograph's own bytes too."""


def find(checkout: Checkout, image: str, folder: str, outputs: Sequence[Mapping[str, str]]) -> Copies:
    """Everything of the photograph `image` of `data/raw/<folder>/`.

    Args:
        checkout: the project.
        image: its name.
        folder: `train` or `test`.
        outputs: the outputs of every run that is known (`outputs.every`).

    Returns:
        Paths and objects that are its own.
    """
    root, store = checkout.root, checkout.store
    copies = Copies()
    raw = root / RAW / folder / image
    if raw.is_file():
        copies.objects[f"{RAW}/{folder}/{image}"] = md5_of(raw)
    part = PARTS[folder]
    image_folders = {artifacts.prepared_images(part): (artifacts.prepared_table(part), _working(image))}
    if folder == "train":
        image_folders[artifacts.AUGMENTED_IMAGES] = (artifacts.AUGMENTED, _augmented(image))
    for path, (table, pattern) in image_folders.items():
        for outs in outputs:
            if path in outs:
                listed = store.listing(outs[path]) or {}
                files = _files(_stored(store, outs.get(table)), image, listed, pattern)
                copies.objects |= {f"{path}/{name} ({listed[name]})": listed[name] for name in files}
        if (root / path).is_dir():
            there = {file.name for file in (root / path).iterdir()}
            for name in _files(_read(root / table), image, there, pattern):
                copies.tree[f"{path}/{name}"] = None
                copies.objects[f"{path}/{name}"] = md5_of(root / path / name)
    copies.objects |= _in_raw_and_unknown_lists(checkout, image, folder, outputs)
    _add_same_bytes(checkout, image, folder, copies)
    return copies


def left_behind(root: Path) -> Iterator[Path]:
    """Files that a killed import, stage or experiment has left."""
    for pattern in _LEFT_BEHIND:
        for leftover in root.glob(pattern):
            yield from (file for file in sorted(leftover.rglob("*")) if file.is_file() and not file.is_symlink())


def _in_raw_and_unknown_lists(
    checkout: Checkout, image: str, folder: str, outputs: Iterable[Mapping[str, str]]
) -> dict[str, str]:
    """Objects that lists of raw sets name, and lists that no run that is known has made."""
    known = {md5 for outs in outputs for md5 in outs.values()}
    objects: dict[str, str] = {}
    for md5, listed in checkout.store.lists(checkout.locked.values()).items():
        if any(name.startswith(("train/", "test/")) for name in listed):
            names = [name for name in (f"{folder}/{image}",) if name in listed]
        elif md5 in known:
            continue
        else:
            of_variants = all(re.match(_VARIANT, name) for name in listed)
            names = _matching(_augmented(image) if of_variants else _working(image), listed)
        objects |= {f"{name} ({listed[name]})": listed[name] for name in names}
    return objects


def _add_same_bytes(checkout: Checkout, image: str, folder: str, copies: Copies) -> None:
    """What lies in folders of the raw set that no table knows, or was left behind, and is the photograph or a copy."""
    root, md5s = checkout.root, set(copies.objects.values())
    sizes = {path.stat().st_size for path in (checkout.store.object_path(md5) for md5 in md5s) if path.is_file()}
    sizes |= {
        (root / path).stat().st_size for path in [*copies.tree, f"{RAW}/{folder}/{image}"] if (root / path).is_file()
    }
    half = re.compile(rf"data/\.[^/]+\.tmp/(.*/)?{re.escape(folder)}/{re.escape(image)}")
    for file in [*_below_the_tables_folders(root / RAW), *left_behind(root)]:
        path = file.relative_to(root).as_posix()
        if half.fullmatch(path) or (file.stat().st_size in sizes and md5_of(file) in md5s):
            copies.tree[path] = None


def _below_the_tables_folders(raw: Path) -> Iterator[Path]:
    """Files of the raw set that are neither a table nor directly in `train/` or `test/`."""
    for file in sorted(raw.rglob("*")):
        inside = file.relative_to(raw).parts
        if file.is_file() and not file.is_symlink() and len(inside) > 1 + (inside[0] in PARTS):
            yield file


def _files(table: pd.DataFrame | None, image: str, there: Collection[str], pattern: str) -> list[str]:
    """Which of the files that are there are the photograph's: by its rows in the table, else by their names."""
    if table is None or not {"image", "file"} <= set(table.columns):
        return _matching(pattern, there)
    own = set(table.loc[table["image"] == image, "file"].astype("str"))
    others = set(table["file"].astype("str")) - own
    # An equal picture is stored once, under one of its photographs' names: what no row speaks of is told by its name.
    return sorted((own | set(_matching(pattern, there))) & set(there) - others)


def _matching(pattern: str, names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if re.fullmatch(pattern, name))


def _working(image: str) -> str:
    """Names that its working copy may have: its own, and `.jpg` after it where it has another ending."""
    ending = "" if image.lower().endswith(JPEG_ENDINGS) else r"(?:\.jpg)+"
    return re.escape(image) + ending


def _augmented(image: str) -> str:
    return _VARIANT + _working(image)


def _stored(store: Store, md5: str | None) -> pd.DataFrame | None:
    stored = store.verified_object(md5) if md5 else None
    return pd.read_parquet(stored) if stored else None


def _read(path: Path) -> pd.DataFrame | None:
    try:
        return pd.read_parquet(path) if path.is_file() else None
    except (OSError, ValueError):  # a stage that was killed
        return None
