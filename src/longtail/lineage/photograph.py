"""One photograph through all that was published: its fold, its copies, who learned from it, where its bytes lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from longtail import artifacts
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import RAW, Store
from longtail.names import PHOTOGRAPH, PHOTOGRAPH_MD5
from longtail.publishing.receipt import Receipt

_Tables = Mapping[str, pd.DataFrame | None]
_TABLES = (artifacts.LABELLED, artifacts.TEST, artifacts.SPLIT, artifacts.AUGMENTED)


@dataclass(frozen=True)
class Part:
    """What the photograph was in one published submission."""

    receipt: str
    published: str
    part: str
    """`labelled`, `test`; `""`: it was not in the data."""
    identity: str = ""
    fold: str = ""
    group: str = ""
    learned: bool = False
    """A network learned from it, or from copies of it: the scored one, one that it went on from, or that of
    `train.fold: all`."""
    in_gallery: bool = False
    """The identifier holds its embedding, and what was fitted last was fitted on it."""
    copies: tuple[str, ...] = ()
    """Names of its augmented copies."""
    files: dict[str, str] = field(default_factory=dict)
    """{path: md5} of every file of it: the photograph, its working copy, its augmented copies."""
    shared: dict[str, str] = field(default_factory=dict)
    """{path: md5} of what holds something of it among others: its row, its embedding, its picture on a page."""
    unread: tuple[str, ...] = ()
    """Tables that are not in this checkout's store, so that nothing can be said."""


def parts(checkout: Checkout, image: str) -> list[Part]:
    """What a photograph was in each published submission.

    Args:
        checkout: the project.
        image: name of the photograph.

    Returns:
        A part a submission, the oldest first; where boxes were cut from it, one a box.
    """
    every = checkout.receipts.items()
    return [part for name, receipt in every for part in _parts(checkout.store, name, receipt, image)]


def locations(checkout: Checkout, parts: Sequence[Part]) -> list[str]:
    """Every location that still has the photograph's bytes, or data made from them.

    Args:
        checkout: the project.
        parts: what the photograph was in each published submission (`parts`).

    Returns:
        A line a location.
    """
    root, store = checkout.root, checkout.store
    held: dict[str, None] = {}
    for part in parts:
        for path, md5 in part.files.items():
            if (root / path).exists():
                held[path] = None
            if (stored := store.object_path(md5)).exists():
                held[f"{stored.relative_to(root) if stored.is_relative_to(root) else stored} ({path})"] = None
        for path, md5 in part.shared.items():
            if store.object_path(md5).exists():
                held[f"{path} of {part.receipt} (contains data from many photographs)"] = None
            if (root / path).exists():
                held[f"{path} (contains data from many photographs, until the next run)"] = None
        if part.learned:
            held[f"network of {part.receipt} (weights that it changed)"] = None
    every = [f"remote {remote}: whatever was pushed" for remote in store.remotes] if held else []
    return [*held, *every]


def _parts(store: Store, name: str, receipt: Receipt, image: str) -> list[Part]:
    tables = {path: _table(store, receipt, path) for path in _TABLES}
    prepared = [table for path in (artifacts.LABELLED, artifacts.TEST) if (table := tables[path]) is not None]
    cut = [table[table[PHOTOGRAPH] == image] for table in prepared if PHOTOGRAPH in table.columns]
    images = dict.fromkeys(str(one) for rows in cut for one in rows["image"]) or {image: None}
    learned = _learned(store, receipt)
    return [_part(store, name, receipt, tables, one, learned=one in learned) for one in images]


def _learned(store: Store, receipt: Receipt) -> set[str]:
    """What a network of that run, or one that it went on from, learned from; empty where the table is not here."""
    table = _table(store, receipt, artifacts.LEARNED_FROM)
    return set() if table is None else set(table["image"])


def _part(store: Store, name: str, receipt: Receipt, tables: _Tables, image: str, *, learned: bool) -> Part:
    part_of = partial(Part, name, receipt.published)
    unread = tuple(path for path, table in tables.items() if table is None)
    labelled, test, split, augmented = (_of(table, image) for table in tables.values())
    if labelled.empty and test.empty:
        return part_of("", unread=unread)
    part: artifacts.Part = "test" if labelled.empty else "labelled"
    row = (test if labelled.empty else labelled).iloc[0]
    file, md5 = row.get(PHOTOGRAPH, image), row.get(PHOTOGRAPH_MD5, row["md5"])
    files = {f"{RAW}/{'test' if part == 'test' else 'train'}/{file}": str(md5)}
    files |= _members(store, receipt, artifacts.prepared_images(part), [str(row["file"])])
    copies = tuple(augmented["file"].astype(str)) if len(augmented) else ()
    files |= _members(store, receipt, artifacts.AUGMENTED_IMAGES, copies)
    shared = _shared(store, receipt, part)
    if split.empty:
        return part_of(part, files=files, shared=shared, unread=unread)
    fold, identity = str(split.iloc[0]["fold"]), str(split.iloc[0]["identity"])
    train = receipt.params["values"].get("train", {})
    whitened = not (train.get("frozen_epochs", 1) or train.get("unfrozen_epochs", 1))  # by all of the fold
    enough = whitened or split.iloc[0]["class_count"] >= train.get("min_groups", 1)
    counts = enough if identity else whitened or train.get("unknown_as_class")
    return part_of(
        part,
        identity=identity,
        fold=fold,
        group=str(split.iloc[0]["group"]),
        learned=learned or (fold == "train" and bool(counts)),
        in_gallery=fold != "left_out",
        copies=copies,
        files=files,
        shared=shared,
        unread=unread,
    )


def _shared(store: Store, receipt: Receipt, part: artifacts.Part) -> dict[str, str]:
    """{path: md5} of the table with its row and thumbnail, the embeddings, the identifier and the page."""
    paths = [artifacts.prepared_table(part), artifacts.REPORT]
    files = {path: receipt.artifacts[path] for path in paths if path in receipt.artifacts}
    folders = [artifacts.embeddings(part)]
    folders += [artifacts.embeddings("augmented"), artifacts.IDENTIFIER] if part == "labelled" else []
    for folder in folders:
        listed = store.listing(receipt.artifacts.get(folder, "none")) or {}
        files |= {f"{folder}/{name}": md5 for name, md5 in listed.items()}
    return files


def _table(store: Store, receipt: Receipt, path: str) -> pd.DataFrame | None:
    """A table as the receipt names it, out of the store."""
    stored = store.verified_object(receipt.artifacts.get(path, "none"))
    return pd.read_parquet(stored) if stored else None


def _of(table: pd.DataFrame | None, image: str) -> pd.DataFrame:
    return pd.DataFrame() if table is None else table[table["image"] == image]


def _members(store: Store, receipt: Receipt, folder: str, names: Sequence[str]) -> dict[str, str]:
    """{path: md5} of files of a folder that the receipt names."""
    listed = store.listing(receipt.artifacts.get(folder, "none")) or {}
    return {f"{folder}/{name}": listed[name] for name in names if name in listed}
