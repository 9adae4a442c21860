"""Every byte that a receipt names hashed again, where it is here: in the working tree and in DVC's store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from longtail.labels.boxes import original_files
from longtail.lineage import counting
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import FOLDER, RAW, Store, hash_of
from longtail.publishing.receipt import Receipt
from longtail.run_record import md5_of

State = Literal["sound", "changed", "missing", "new", "not versioned"]


class Fault(NamedTuple):
    """A file that is not what the receipt says."""

    path: str
    what: State


@dataclass
class Verdict:
    """What was found."""

    hashed: int = 0
    faults: list[Fault] = field(default_factory=list)
    """Files that nothing explains."""
    removed: list[str] = field(default_factory=list)
    """Gone, and a tombstone says so: removed on request."""
    not_laid_out: list[str] = field(default_factory=list)
    """Outputs that are sound in the store and not in the working tree: a stage is at work, or was stopped."""
    absent: list[str] = field(default_factory=list)
    """Not in this checkout's store, so that nothing can be said of them; `dvc pull` brings them."""
    in_tree: list[str] = field(default_factory=list)
    """Outputs whose files in the working tree were looked at: dvc.lock names them as the receipt does."""
    later: list[str] = field(default_factory=list)
    """Outputs that dvc.lock names otherwise: another run has other files there, which were not looked at."""

    def see(self, name: str, sound: bool) -> None:
        """Count a file that was hashed.

        Args:
            name: its path.
            sound: whether its hash is the expected one.
        """
        self.hashed += 1
        if not sound:
            self.faults.append(Fault(name, "changed"))

    def miss(self, name: str, explained: bool) -> None:
        """Note a file that is not here.

        Args:
            name: its path.
            explained: whether a tombstone explains it.
        """
        (self.removed if explained else self.absent).append(name)


def verify(checkout: Checkout, receipt: Receipt) -> Verdict:
    """Hash what is here.

    The store's objects must have the md5 they lie under. A path of the working tree is looked at where dvc.lock still
    names what the receipt names: a later run has other files there, which are not this receipt's.

    Args:
        checkout: the project.
        receipt: one of its receipts.

    Returns:
        What is as the receipt says, what is not, and what is not here.
    """
    root, store, now, buried = checkout.root, checkout.store, checkout.locked, checkout.buried
    verdict = Verdict()
    for path, md5 in tops(receipt).items():
        held = dict(members(store, path, md5))
        for name, content in held.items():
            stored = store.object_path(content)
            if not stored.is_file():
                verdict.miss(name, content in buried)
            else:
                verdict.see(_short(root, stored), md5_of(stored) == content.removesuffix(FOLDER))
        (verdict.in_tree if now.get(path) == md5 else verdict.later).append(path)
        if now.get(path) == md5:
            for name, what in _in_tree(root, path, held).items():
                if what == "sound":
                    verdict.see(name, True)
                elif what == "missing" and name == path and store.verified_object(md5) is not None:
                    verdict.not_laid_out.append(name)
                elif what == "missing" and held.get(name) in buried:
                    verdict.miss(name, True)
                else:
                    verdict.faults.append(Fault(name, what))
    verdict.faults += [Fault(path, "not versioned") for path in _not_versioned(store, receipt)]
    return verdict


def tops(receipt: Receipt) -> dict[str, str]:
    """{path: md5} of every output that a receipt names, and of the raw set."""
    return {**receipt.artifacts, RAW.as_posix(): receipt.raw["md5"]}


def _not_versioned(store: Store, receipt: Receipt) -> list[str]:
    """Photographs that the run used and the raw set of its receipt does not hold, as far as both are in the store."""
    listed = store.listing(receipt.raw["md5"])
    missing: list[str] = []
    for table, folder in counting.PREPARED.items():
        stored = store.verified_object(receipt.artifacts.get(table, "none"))
        if stored is not None and listed is not None:
            used = original_files(stored)
            missing += counting.unversioned(used, listed, folder)
    return missing


def members(store: Store, path: str, md5: str) -> Iterator[tuple[str, str]]:
    """(path, md5) of an output and, of a folder, of its files as far as the store lists them.

    Args:
        store: the checkout's.
        path: the output's.
        md5: the output's.

    Yields:
        The output itself first.
    """
    yield path, md5
    if md5.endswith(FOLDER):
        for name, content in (store.listing(md5) or {}).items():
            yield f"{path}/{name}", content


def _in_tree(root: Path, path: str, members: Mapping[str, str]) -> dict[str, State]:
    """How each file of one output is in the working tree: {path: sound, changed, missing or new}."""
    here, md5 = root / path, members[path]
    if not here.exists():
        return {path: "missing"}
    if not md5.endswith(FOLDER) or len(members) == 1:
        return {path: "sound" if hash_of(here) == md5 else "changed"}
    there = {file.relative_to(root).as_posix(): file for file in here.rglob("*") if file.is_file()}
    expected = {name: content for name, content in members.items() if name != path}
    states: dict[str, State] = {name: "missing" for name in expected if name not in there}
    states |= {name: "new" for name in there if name not in expected}
    for name in expected.keys() & there.keys():
        states[name] = "sound" if md5_of(there[name]) == expected[name] else "changed"
    return states


def _short(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
