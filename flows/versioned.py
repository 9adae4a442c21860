"""The raw set versioned, and counted: what the tables name, and what the run used, is what DVC has of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from prefect.logging import get_logger

from flows import dvc
from longtail import params
from longtail.inputs import hashing
from longtail.lineage import counting, store
from longtail.lineage.store import Store


def add(root: Path) -> str:
    """Version `data/raw`, if it is here; gives its md5. Raises BadInput where a table names what was left out."""
    md5 = _unchanged(root) or dvc.add(root)
    listed = Store.of(root).listing(md5)
    if listed is not None and (root / dvc.RAW).is_dir():
        data = params.load(params.DataParams, "data", params.read(root / "params.yaml"))
        counting.check_tables(root, listed, data)
    return md5


def _unchanged(root: Path) -> str:
    """The md5 in `data/raw.dvc`, where `data/raw` has it and DVC's cache has every file; else `""`."""
    # `dvc add` would find the same, and takes longer than this does to look at 25,000 files.
    named, objects = store.locked(root).get(dvc.RAW, ""), Store.of(root)
    listed = objects.listing(named)
    if listed is None:
        return ""
    raw = hashing.hash_input(root, dvc.RAW)
    if raw.md5 != named or not objects.has_all(listed.values()):
        return ""
    hashing.remember(root, raw)
    return named


def check(root: Path) -> None:
    """Hold what `prepare` read against the versioned set, before anything is published.

    In a clone without photographs their list comes from the remote; where that does not answer, this is said.
    Raises LongtailError where a photograph was used that is not versioned.
    """
    md5 = store.locked(root).get(dvc.RAW, "")
    objects = Store.of(root)
    if objects.listing(md5) is None:
        with suppress(Exception):  # a folder, a bucket and SSH each fail in words of their own
            dvc.fetch(root, md5)
    listed = objects.listing(md5)
    if listed is None:
        get_logger("longtail.versioned").warning(
            "the list of the versioned photographs (%s) is neither here nor in DVC's remote: they were not counted", md5
        )
        return
    counting.check_prepared(root, listed)
