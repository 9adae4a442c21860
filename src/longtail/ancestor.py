"""The ancestor: the network that a warm training goes on from, in `data/ancestor/`, which DVC versions as the raw set.

The flow puts it there, `split` and `train` read it; this module alone knows its files. A training from scratch has an
ancestor too, one file of fixed bytes that says so: a dependency in dvc.yaml must exist, and DVC keeps no empty folder.
Only bytes are read and written here. What they mean for the folds is decided in `splitting/`, for the network in
`training/`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import artifacts, atomic, paths
from longtail.errors import BadInput, Problem, format_examples

if TYPE_CHECKING:
    import pandas as pd

ABOUT = "ancestor.json"
SCRATCH, ANCESTOR = "scratch", "ancestor"
"""Values of `train.start`, and of `start` in ABOUT and in `model.json`."""
COLUMNS = ("image", "label", "pixels", "identity", "md5", "inherited")
"""Columns of learned_from.parquet that a warm training needs; earlier versions wrote the first three."""
_NETWORK, _HEAD, _CARD, _LEARNED_FROM = (
    Path(path).name for path in (artifacts.NETWORK, artifacts.HEAD, artifacts.NETWORK_CARD, artifacts.LEARNED_FROM)
)
FILES = (_NETWORK, _HEAD, _CARD, _LEARNED_FROM)
"""What the folder has of a training, under the names that `train` gives them."""
FROM_SCRATCH = json.dumps({"start": SCRATCH}) + "\n"
_SAME = ("backbone", "grey", "head", "mirror_as_identity")
_EARLIER = "the ancestor is of an earlier version, which kept no labels of what it learned"
_FROM_SCRATCH_ON = "Set train.start: scratch and run: make run"
_WEIGHTS = {"imagenet": "pretrained"}  # two words for one thing


@dataclass(frozen=True)
class Facts:
    """What is worth knowing about an ancestor beside its files."""

    receipt: str
    """The publication that it comes from: name of a receipt."""
    warm_runs: int
    """Warm trainings between it and a training from scratch; 0: it is from scratch itself."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """`train:` of params.yaml that it was made with."""
    receipts: tuple[str, ...] = ()
    """Those of the networks before it, the nearest first, the one that was trained from scratch last."""


@dataclass(frozen=True)
class Ancestor:
    """A network that can be gone on from; its files are there."""

    folder: Path
    facts: Facts

    @property
    def model(self) -> Path:
        """The tensors from image to embedding."""
        return self.folder / _NETWORK

    @property
    def head(self) -> Path:
        """The tensors from embedding to logits."""
        return self.folder / _HEAD

    @property
    def model_json(self) -> Path:
        """How to use them, and what they started from."""
        return self.folder / _CARD

    @property
    def _learned_from(self) -> Path:
        return self.folder / _LEARNED_FROM

    def columns(self) -> set[str]:
        """The names of that table's columns; empty where it is none."""
        from pyarrow import parquet

        try:
            return set(parquet.read_schema(self._learned_from).names)
        except (OSError, ValueError):
            return set()

    def learned(self) -> pd.DataFrame:
        """The table of what it learned, its own ancestors included.

        Returns:
            COLUMNS, and with a network of all folds `all_folds`.

        Raises:
            BadInput: it cannot be read, or is of an earlier version.
        """
        import pandas as pd

        try:
            table = pd.read_parquet(self._learned_from)
        except (OSError, ValueError) as error:
            raise BadInput(_lost("this is no table of what was learned", self._learned_from)) from error
        if not set(COLUMNS) <= set(table):
            raise BadInput(Problem(_EARLIER, _FROM_SCRATCH_ON, str(self.folder)))
        return table

    @cached_property
    def card(self) -> dict[str, Any]:
        """What `model.json` says."""
        return _json(self.model_json)


def read(folder: Path) -> Ancestor | None:
    """The ancestor in a folder.

    Args:
        folder: `paths.ANCESTOR` of a project.

    Returns:
        It; None where the folder says that training begins from scratch, or nothing was ever put there.

    Raises:
        BadInput: the folder is versioned and not here, or lacks a file, or says nothing that could be understood.
    """
    if not folder.exists():
        if folder.with_name(f"{folder.name}.dvc").exists():
            raise BadInput(_lost("the network that training starts from is versioned, and not here", folder))
        return None
    about = _json(folder / ABOUT) if (folder / ABOUT).is_file() else None
    if about is None:
        raise BadInput(_lost(f"no {ABOUT} says what training starts from", folder))
    if about == {"start": SCRATCH}:
        return None
    facts = _facts(about)
    if facts is None:
        raise BadInput(_lost("this does not say what training starts from", folder / ABOUT))
    lacking = [name for name in FILES if not (folder / name).is_file()]
    if lacking:
        what = "file of the network that training starts from is not here"
        raise BadInput(_lost(what, folder, len(lacking), format_examples(lacking)))
    return Ancestor(folder, facts)


def write_scratch(folder: Path) -> None:
    """Let the next training begin from scratch: fixed bytes, whatever was there.

    Args:
        folder: `paths.ANCESTOR` of a project.
    """
    with atomic.replacing_folder(folder) as temporary:
        (temporary / ABOUT).write_text(FROM_SCRATCH, encoding="utf-8")


def write_scratch_if_missing(folder: Path) -> None:
    """The same, but only where there is nothing, and nothing is versioned either: a checkout of an earlier version.

    Args:
        folder: `paths.ANCESTOR` of a project.
    """
    if not folder.exists() and not folder.with_name(f"{folder.name}.dvc").exists():
        write_scratch(folder)


def begin(root: Path, raw: Path) -> None:
    """Let a project that got its first raw set have an ancestor too: `dvc repro` needs both to be there.

    Args:
        root: the project's root.
        raw: the folder of the set; of another one than the project's nothing follows.
    """
    if raw == root / paths.RAW and paths.find_project(root) == root:
        write_scratch_if_missing(root / paths.ANCESTOR)


def write(folder: Path, train_folder: Path, facts: Facts) -> None:
    """Let the next training go on from a network that was scored. It replaces what was there as a whole.

    The network of `train.fold: all` is none: it has learned from what the next one is scored on.

    Args:
        folder: `paths.ANCESTOR` of a project.
        train_folder: what `train` wrote, FILES at least.
        facts: what is worth knowing about it.

    Raises:
        BadInput: `train_folder` lacks a file; nothing was changed.
    """
    lacking = [name for name in FILES if not (train_folder / name).is_file()]
    if lacking:
        remedy = "Bring it back (dvc pull), or train again: longtail train"
        what = "file of the network that should be gone on from is missing"
        raise BadInput(Problem(what, remedy, str(train_folder), len(lacking), format_examples(lacking)))
    about = {"start": ANCESTOR, **vars(facts), "receipts": list(facts.receipts), "params": dict(facts.params)}
    with atomic.replacing_folder(folder) as temporary:
        for name in FILES:
            shutil.copyfile(train_folder / name, temporary / name)
        atomic.write_json(temporary / ABOUT, about)


def misfits(train: Any, ancestor: Ancestor) -> list[str]:
    """Why a training cannot go on from an ancestor: it has another architecture, or does not say what it learned.

    Args:
        train: `train:` of params.yaml.
        ancestor: the network.

    Returns:
        A reason each, as `train.size is 224, the ancestor has 192`; empty where it fits.
    """
    card, reasons = ancestor.card, []
    own = {name: getattr(train, name) for name in _SAME} | {"embedding_size": train.embedding_size, "size": train.size}
    has = {name: card.get(name) for name in _SAME} | {"embedding_size": card.get("neck"), "size": card.get("size")}
    if train.size == "auto" and ancestor.facts.params.get("size") == "auto":
        own["size"] = has["size"]  # the backbone's own both times
    own["weights"], has["weights"] = (_WEIGHTS.get(str(one), one) for one in (train.weights, card.get("weights")))
    if train.weights_md5:
        own["weights_md5"], has["weights_md5"] = train.weights_md5, card.get("weights_md5", "")
    if card.get("whitened"):
        return ["the ancestor was not trained: its backbone is as it came"]
    reasons += [f"train.{name} is {own[name]}, the ancestor has {has[name]}" for name in own if own[name] != has[name]]
    if not set(COLUMNS) <= ancestor.columns():
        reasons.append(_EARLIER)
    return reasons


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _facts(about: Mapping[str, Any]) -> Facts | None:
    """What the file says; None where it is not one that `write` has written."""
    receipt, warm_runs, params = (about.get(name) for name in ("receipt", "warm_runs", "params"))
    is_whole = about.get("start") == ANCESTOR and isinstance(receipt, str) and isinstance(params, dict)
    if not is_whole or not isinstance(warm_runs, int) or warm_runs < 0:
        return None
    receipts = about.get("receipts") or ()
    return Facts(str(receipt), warm_runs, dict(params or {}), tuple(map(str, receipts)))


def _lost(what: str, where: Path, count: int = 1, example: str = "") -> Problem:
    remedy = f"Bring it back: dvc pull data/ancestor.dvc; or begin anew. {_FROM_SCRATCH_ON}"
    return Problem(what, remedy, str(where), count, example)
