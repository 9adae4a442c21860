"""The ancestor that a training goes on from: `data/ancestor/` put in place before a stage reads it, and versioned.

Under `train.start: ancestor` it is the network of the last publication, or nothing where the training is to begin from
scratch; `ancestor_choice.py` decides. The folder is the flow's: whatever else lies there is replaced.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import ancestor_choice, dvc, publication, published
from flows.ancestor_choice import Choice
from flows.publication import Publication
from flows.stages import Before, Outcome, outcome_of, retrying_task
from longtail import ancestor, atomic, params
from longtail.ancestor import ANCESTOR, SCRATCH, Facts
from longtail.artifacts import LEARNED_FROM
from longtail.errors import LongtailError
from longtail.inputs import graph
from longtail.lineage import ancestry, store
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import Store
from longtail.params import Section

TASK = "ancestor"
_SCRATCH_MD5 = store.folder_md5(
    {ancestor.ABOUT: hashlib.md5(ancestor.FROM_SCRATCH.encode(), usedforsecurity=False).hexdigest()}
)


def prepare(root: Path, schemas: Mapping[str, type[Section]]) -> Before | None:
    """Let there be something that DVC can look at, and say what is done before a stage reads it.

    That is scratch where nothing else is named, else what git names.

    Args:
        root: the project's root.
        schemas: every section of params.yaml beside the shared ones.

    Returns:
        The stages that read the ancestor, and the task that chooses it; None where every training is from scratch.
    """
    if not _is_read(root):
        return None
    is_warm = _is_warm(root)
    _ensure(root, is_warm)
    if not is_warm:
        return None
    readers = [name for name, ends in graph.ends(root).items() if dvc.ANCESTOR in ends.deps]

    def run(is_needed: bool) -> Outcome:
        return outcome_of(TASK, lambda: place_ancestor(root, schemas, is_needed, return_state=True))

    return Before(readers, run)


@retrying_task(TASK)
def place_ancestor(root: Path, schemas: Mapping[str, type[Section]], is_needed: bool) -> State[dict[str, str]]:
    """Choose the ancestor, and put it in place: `Cached` where `data/ancestor` is what it was.

    Args:
        root: the project's root.
        schemas: every section of params.yaml beside the shared ones.
        is_needed: whether a stage that reads it may run; else a clone need not bring what git names.

    Returns:
        The state, with the line for the last screen.
    """
    checkout = Checkout(root)
    choice = _choose(checkout, publication.effective_params(root, schemas))
    if is_needed or not _is_named(root, choice):
        put_in_place(checkout, choice)
    is_new = version(root)
    get_run_logger().info("the training %s", choice.line)
    return Completed(name=None if is_new else "Cached", data={"line": choice.line})


def put_in_place(checkout: Checkout, choice: Choice) -> None:
    """Make `data/ancestor` what was chosen; it is replaced as a whole, or stays as it is.

    Args:
        checkout: the project.
        choice: what the training starts from.

    Raises:
        BadInput: the network is lost.
    """
    folder = checkout.root / dvc.ANCESTOR
    if choice.start == SCRATCH:
        _write_scratch(folder)
    elif choice.md5:
        _lay_out(checkout, choice)
    else:
        _write(checkout, choice)


def version(root: Path) -> bool:
    """Version `data/ancestor`; whether it is another one than `data/ancestor.dvc` named."""
    folder, named = root / dvc.ANCESTOR, store.locked(root).get(dvc.ANCESTOR, "")
    if not folder.exists() or store.hash_of(folder) == named:
        return False
    return dvc.add(root, dvc.ANCESTOR) != named


def recorded(candidate: Publication) -> dict[str, Any]:
    """What the network of this run began with, for the receipt.

    Args:
        candidate: the submission.

    Returns:
        `Receipt.start`; {} where no stage reads an ancestor.
    """
    checkout, train = candidate.checkout, candidate.values.get("train", {})
    if dvc.ANCESTOR not in checkout.locked:
        return {}
    if train.get("start") != ANCESTOR:
        return {"start": SCRATCH}
    choice = _choose(checkout, candidate.values)
    if choice.start == SCRATCH:
        return choice.to_dict()
    before = published.find(checkout, choice.receipt, LEARNED_FROM)
    after = published.find_object(checkout, checkout.locked.get(LEARNED_FROM, "none"), LEARNED_FROM)
    if before is None or after is None:
        return choice.to_dict()
    return choice.to_dict() | ancestry.count_photographs(*map(pd.read_parquet, (before, after)))


def _choose(checkout: Checkout, values: Mapping[str, Mapping[str, Any]]) -> Choice:
    return ancestor_choice.choose(checkout, values, int(values["flow"]["scratch_every"]))


def _ensure(root: Path, is_warm: bool) -> None:
    """Scratch where nothing else is named, else what git names."""
    folder, named = root / dvc.ANCESTOR, store.locked(root).get(dvc.ANCESTOR, "")
    is_here = folder.exists()
    if not named or not is_warm:
        if not is_here or not is_warm:
            _write_scratch(folder)
        version(root)
    elif store.hash_of(folder) != named if is_here else not Store.of(root).default_remote:
        with suppress(LongtailError):  # what is lost is told of when it is chosen
            dvc.restore(root, dvc.ANCESTOR)


def _is_named(root: Path, choice: Choice) -> bool:
    """Whether git names what was chosen, and it is not here."""
    return not (root / dvc.ANCESTOR).exists() and store.locked(root).get(dvc.ANCESTOR) == choice.md5


def _is_read(root: Path) -> bool:
    """Whether a stage may read the ancestor: DVC need not be asked for that."""
    path = root / graph.GRAPH
    return path.is_file() and dvc.ANCESTOR in path.read_text(encoding="utf-8")


def _is_warm(root: Path) -> bool:
    """`train.start: ancestor`."""
    (start,) = params.values_of(params.read(root / graph.PARAMS), ["train.start"]).values()
    return bool(start == ANCESTOR)


def _write_scratch(folder: Path) -> None:
    """The fixed bytes of a training from scratch, where they are not there already."""
    if not folder.exists() or store.hash_of(folder) != _SCRATCH_MD5:
        ancestor.write_scratch(folder)


def _write(checkout: Checkout, choice: Choice) -> None:
    """The network of a publication, out of DVC's cache, the working tree or the remote."""
    sources = {path: published.find(checkout, choice.receipt, path) for path in ancestor_choice.FILES}
    if missing := [path for path, source in sources.items() if source is None]:
        ancestor_choice.lost(choice.receipt, missing)
    receipt = checkout.receipts[choice.receipt]
    earlier = tuple(ancestry.receipts_back(checkout.receipts, receipt))
    facts = Facts(choice.receipt, choice.warm_runs - 1, receipt.params["values"]["train"], earlier)
    with tempfile.TemporaryDirectory() as folder:
        for path, source in sources.items():
            if source is not None:
                (Path(folder) / Path(path).name).symlink_to(source.resolve())
        ancestor.write(checkout.root / dvc.ANCESTOR, Path(folder), facts)


def _lay_out(checkout: Checkout, choice: Choice) -> None:
    """`data/ancestor` as an earlier run had it, or its network written anew where its list is lost."""
    folder, objects = checkout.root / dvc.ANCESTOR, checkout.store
    if folder.exists() and store.hash_of(folder) == choice.md5:
        return
    if objects.listing(choice.md5) is None:
        dvc.fetch(checkout.root, choice.md5)
    listed = objects.listing(choice.md5)
    if listed is None:
        _write(checkout, choice)
        return
    sources = {name: published.find_object(checkout, md5, f"{dvc.ANCESTOR}/{name}") for name, md5 in listed.items()}
    if missing := [f"{dvc.ANCESTOR}/{name}" for name, source in sources.items() if source is None]:
        ancestor_choice.lost(choice.receipt, missing)
    with atomic.replacing_folder(folder) as new:
        for name, source in sources.items():
            if source is not None:
                shutil.copyfile(source, new / name)
