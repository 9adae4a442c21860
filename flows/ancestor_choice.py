"""What a training starts from: decided anew in each run, from the last publication and what has changed since.

Nothing but the register, dvc.lock and the parameters is asked, so that two clones of one commit decide the same, and a
run that was stopped decides the same again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from flows import published
from longtail import ancestor, params, stages
from longtail.ancestor import ANCESTOR, SCRATCH, Ancestor, Facts
from longtail.artifacts import GROUPS, HEAD, LABELLED, LEARNED_FROM, NETWORK, NETWORK_CARD
from longtail.errors import BadInput, BadParameter, Problem, counted, format_examples
from longtail.lineage import ancestry
from longtail.lineage.checkout import Checkout
from longtail.paths import ANCESTOR as FOLDER
from longtail.publishing import receipt
from longtail.publishing.receipt import Receipt

FILES = (NETWORK, HEAD, NETWORK_CARD, LEARNED_FROM)
"""What of a published run becomes the ancestor."""
_LEARNS_FROM = {LABELLED: "labelled photographs", GROUPS: "labels or groups"}
_READ = ("split", "train")
"""Sections whose parameters decide what is learned."""


@dataclass(frozen=True)
class Choice:
    """What the training of this run starts from."""

    start: str
    """SCRATCH or ANCESTOR."""
    why: str
    receipt: str = ""
    """ANCESTOR: that of the network."""
    warm_runs: int = 0
    """ANCESTOR: trainings since the one from scratch, this one counted."""
    md5: str = ""
    """ANCESTOR: that of `data/ancestor`, where nothing has changed since it was used; `""`: it is made anew."""

    @property
    def line(self) -> str:
        """In words."""
        return ancestry.in_words(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """As a receipt has it (`Receipt.start`)."""
        of_network = {"receipt": self.receipt, "warm_runs": self.warm_runs} if self.start == ANCESTOR else {}
        return {"start": self.start, "why": self.why, **of_network}


def choose(checkout: Checkout, values: Mapping[str, Mapping[str, Any]], scratch_every: int) -> Choice:
    """Choose the ancestor. To be asked after `prepare` and `audit`, before `split`.

    Args:
        checkout: the project.
        values: {section: {key: value}} of `split` and `train`, defaults included, without shared sections.
        scratch_every: of so many trainings in a row one is from scratch.

    Returns:
        The network of the last publication, or from scratch with the reason.

    Raises:
        BadInput: a table of that publication is lost.
    """
    name = receipt.champion(checkout.receipts)
    if name is None:
        return Choice(SCRATCH, "nothing has been published yet")
    last = checkout.receipts[name]
    changes = changed_since(checkout, last, values)
    if not changes:
        return _as_before(name, last)
    warm_runs = int(last.start.get("warm_runs", 0)) + 1
    if warm_runs >= scratch_every:
        passed = counted(warm_runs - 1, "warm training")
        return Choice(SCRATCH, f"flow.scratch_every is {scratch_every}, and {passed} came before")
    if reason := _unfit(checkout, name, values["train"]):
        return Choice(SCRATCH, reason)
    return Choice(ANCESTOR, f"{format_examples(changes)} changed", name, warm_runs)


def changed_since(checkout: Checkout, last: Receipt, values: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What of that which is learned from is not as it was for a publication.

    Args:
        checkout: the project, as it is after `audit`.
        last: the publication's receipt.
        values: the parameters of today.

    Returns:
        Words for each change.
    """
    now = checkout.locked
    changes = [words for path, words in _LEARNS_FROM.items() if now.get(path) != last.artifacts.get(path)]
    for section in _READ:
        then, today = _as_today(section, last), values[section]
        keys = sorted(key for key in today if then.get(key) != today[key])
        changes += [f"{section}.{key}" for key in keys]
    return changes


def lost(name: str, paths: list[str]) -> NoReturn:
    """Refuse to go on from what is nowhere.

    Args:
        name: of the receipt that names it.
        paths: what is lost.

    Raises:
        BadInput: always.
    """
    what = "file of the network that the training goes on from is neither here nor in DVC's remote"
    remedy = (
        "dvc push where it was published, then dvc pull here; or set train.start: scratch, which trains without it."
    )
    where = (receipt.REGISTER / name).as_posix()
    raise BadInput(Problem(what, remedy, where, len(paths), format_examples(paths)))


def _as_before(name: str, last: Receipt) -> Choice:
    """What the last publication started from: nothing that is learned from has changed since."""
    unchanged = f"nothing learned from has changed since {name}"
    if last.start.get("start") != ANCESTOR:
        return Choice(SCRATCH, str(last.start.get("why") or unchanged))
    md5 = last.artifacts.get(FOLDER.as_posix(), "")
    return Choice(ANCESTOR, unchanged, str(last.start["receipt"]), int(last.start["warm_runs"]), md5)


def _as_today(section: str, last: Receipt) -> dict[str, Any]:
    """The parameters of a section as a receipt has them, old names and missing ones put right; {} where none fit."""
    schema = stages.load(section).Params
    raw = {section: last.params["values"].get(section) or {}}
    try:
        loaded = params.load(schema, section, raw)
    except BadParameter:  # of a version that knew other values
        return {}
    values: dict[str, Any] = loaded.model_dump(mode="json", exclude=set(params.shared_sections(schema)))
    return values


def _unfit(checkout: Checkout, name: str, train: Mapping[str, Any]) -> str:
    """Why a published network cannot be gone on from; `""` where it can."""
    named = checkout.receipts[name].artifacts
    if older := [path for path in FILES if path not in named]:
        return f"{name} is of a version that did not write {format_examples(older)}"
    if removed := [path for path in FILES if named[path] in checkout.buried]:
        return f"{format_examples(removed)} of {name} went with a photograph that was removed on request"
    tables = {path: published.find(checkout, name, path) for path in (NETWORK_CARD, LEARNED_FROM)}
    card, learned_from = tables.values()
    if card is None or learned_from is None:
        lost(name, [path for path, table in tables.items() if table is None])
    learned = pd.read_parquet(learned_from)
    if "md5" in learned and (gone := _gone(checkout, checkout.receipts[name], learned)):
        photographs = counted(len(gone), "photograph")
        return f"{photographs} that the network of {name} knows {_left(len(gone))} the data: {format_examples(gone)}"
    facts = Facts(name, 0, checkout.receipts[name].params["values"]["train"])
    reasons = _misfits(train, facts, card, learned_from)
    return f"the network of {name} does not fit: {format_examples(reasons)}" if reasons else ""


def _misfits(train: Mapping[str, Any], facts: Facts, card: Path, learned_from: Path) -> list[str]:
    """Why a training with these parameters cannot go on from a network."""
    schema = stages.load("train").Params
    with tempfile.TemporaryDirectory() as folder:
        for path, source in ((NETWORK_CARD, card), (LEARNED_FROM, learned_from)):
            (Path(folder) / Path(path).name).symlink_to(source.resolve())
        return ancestor.misfits(schema(**train), Ancestor(Path(folder), facts))


def _gone(checkout: Checkout, last: Receipt, table: pd.DataFrame) -> list[str]:
    """Photographs that a network has learned, and that were purged, dropped or taken out of the table since.

    One that has another name now, or other bytes under its name, is still there.

    Returns:
        Their names.
    """
    learned = table[table["label"] | table["pixels"]]
    groups, labelled = (_now(checkout, path) for path in (GROUPS, LABELLED))
    present = labelled[labelled["image"].isin(groups["image"])]
    has_left = ~(learned["image"].isin(present["image"]) | learned["md5"].isin(present["md5"]))
    day = last.published[:10]
    buried = {stone.image for stone in checkout.tombstones if stone.part == "train" and stone.when >= day}
    return sorted({*learned.loc[has_left | learned["image"].isin(buried), "image"]})


def _now(checkout: Checkout, path: str) -> pd.DataFrame:
    """A table that this run has just made."""
    table = published.find_object(checkout, checkout.locked.get(path, "none"), path)
    return pd.DataFrame({"image": [], "md5": []}) if table is None else pd.read_parquet(table)


def _left(number: int) -> str:
    return "has left" if number == 1 else "have left"
