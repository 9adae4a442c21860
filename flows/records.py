"""What the flow does with the records of the stages: each must say of its inputs what dvc.lock says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from flows import dvc, versioned
from longtail import artifacts, atomic, run_record
from longtail.errors import InputChanged, Problem
from longtail.inputs import hashing
from longtail.lineage import agreement, chain, store
from longtail.lineage.agreement import Difference
from longtail.lineage.checkout import Checkout, outputs_of
from longtail.lineage.store import Store

_LOCK = "dvc.lock"
_RUNS = "runs"
_REMEDY = "Nothing was published: run it again."


class Began(NamedTuple):
    """The code that a run of the flow began with."""

    when: datetime
    commit: str
    dirty: bool


def contradicted(checkout: Checkout) -> dict[str, list[Difference]]:
    """The stages whose records say that they used something else than dvc.lock has, with what."""
    contradictions = {
        stage: agreement.with_lock(stage, record, checkout.stages[stage]) for stage, record in checkout.records.items()
    }
    return {stage: differences for stage, differences in contradictions.items() if differences}


def hold(root: Path, stage: str, verdict: dvc.Verdict, earlier: Collection[str]) -> None:
    """Refuse what a stage has just made of inputs that are not those which dvc.lock has, or an earlier stage used.

    Args:
        root: the project's root.
        stage: its name, with its part.
        verdict: how DVC brought it up to date.
        earlier: the stages of this run that came before it.

    Raises:
        InputChanged: it used other inputs. A false entry is first taken out of dvc.lock and the run cache, so that the
            next run makes it anew.
    """  # noqa: DOC501 - a function of ours makes the error
    checkout = Checkout(root)
    entries = {name: entry for name, entry in checkout.stages.items() if name == stage or name in earlier}
    record = checkout.record(stage, outputs_of(entries[stage])) if stage in entries else {}
    if differences := agreement.with_lock(stage, record, entries[stage]) if "sections" in record else []:
        forget(root, stage)
        how = "when it ended" if verdict == "ran" else "in the run that it was restored from"
        raise _changed(f"an input of {stage} changed {how}", differences)
    if differences := agreement.with_each_other(checkout, entries, stage):
        raise _changed(f"an input of {stage} changed since the run began", differences)


def reproduce_verified(root: Path, stage: str, reproduce: Callable[[], dvc.Verdict]) -> dvc.Verdict:
    """Run or restore a stage; what is restored with a record that contradicts it is forgotten, and made anew.

    Args:
        root: the project's root.
        stage: its name, with its part.
        reproduce: runs or restores it.

    Returns:
        How it was brought up to date.
    """
    while True:
        verdict = reproduce()
        if verdict != "restored" or stage not in contradicted(Checkout(root)):
            return verdict
        forget(root, stage)


def check_records(checkout: Checkout) -> None:
    """Refuse a run whose records and dvc.lock, or two of whose stages, differ about what was used.

    Raises:
        InputChanged: they differ.
    """  # noqa: DOC501 - a function of ours makes the error
    differences = [one for of_stage in contradicted(checkout).values() for one in of_stage]
    differences += agreement.with_each_other(checkout, checkout.stages)
    if differences:
        raise _changed("what was used is not what dvc.lock has", differences)


def forget(root: Path, stage: str) -> None:
    """Take a stage out of dvc.lock, and what it made out of the run cache. Its objects stay; nothing names them.

    Args:
        root: the project's root.
        stage: its name, with its part.
    """
    path = root / _LOCK
    yaml = YAML()
    yaml.width = 10_000
    lock = yaml.load(path.read_text(encoding="utf-8"))
    entry = lock["stages"].pop(stage)
    md5 = next((out["md5"] for out in entry["outs"] if out["path"] == artifacts.record_path(stage)), None)
    with atomic.replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        yaml.dump(lock, file)
    if md5 is None:
        return
    for run in (Store.of(root).cache / _RUNS).glob("*/*/*"):
        if md5 in run.read_text(encoding="utf-8"):  # no two runs have one record: the time is in it
            run.unlink()
            if not any(run.parent.iterdir()):  # DVC fails on a folder of runs that has none
                run.parent.rmdir()


def add_raw(root: Path) -> str:
    """Version the raw set; the stages are told the md5 of its files, so that they need not read them once more."""
    before, since = store.locked(root).get(dvc.RAW), time.time_ns()
    version = versioned.add(root)
    if version != before:
        _remember_raw(root, version, since)
    return version


def _remember_raw(root: Path, version: str, since: int) -> None:
    listed = Store.of(root).listing(version) or {}
    for folder in sorted({name.partition("/")[0] for name in listed if "/" in name}):
        inside = {name.partition("/")[2]: md5 for name, md5 in listed.items() if name.startswith(f"{folder}/")}
        hashing.remember_known(root, f"{dvc.RAW}/{folder}", inside, since)


def code_used(checkout: Checkout, began: Began | None) -> dict[str, Any]:
    """The commit that the run began with, and whether a stage of this run used other code.

    Args:
        checkout: the project.
        began: the code that the run began with; None: that of the checkout.

    Returns:
        `commit` and `dirty`.
    """
    if began is None:
        commit, dirty = run_record.commit_of(checkout.root)
        return {"commit": commit, "dirty": dirty}
    since = began.when.replace(microsecond=0)  # records have whole seconds
    of_this_run = [one for one in checkout.records.values() if datetime.fromisoformat(one["started"]) >= since]
    other = any(one["dirty"] or one["commit"] != began.commit for one in of_this_run)
    return {"commit": began.commit, "dirty": began.dirty or other}


def values_used(checkout: Checkout, in_file: Mapping[str, Any]) -> dict[str, Any]:
    """{section: {key: value}} of params.yaml, where the sections of stages are those that their records name.

    Args:
        checkout: the project.
        in_file: the values of params.yaml.

    Returns:
        The sections by name.
    """
    used = dict(in_file)
    for stage, one in sorted(checkout.records.items(), key=lambda item: str(item[1]["started"])):
        own = dict(one["params"])
        used |= {name: own.pop(name) for name in ("data", "compute") if name in own}
        used[stage.partition("@")[0]] = own
    return used


def edits_used(checkout: Checkout) -> str:
    """The md5 of edits.csv that the graph used; `""` where there was none."""
    for entry in checkout.stages.values():
        for dep in entry.get("deps", []):
            if dep["path"] == chain.EDITS:
                return str(dep["md5"])
    edits = checkout.root / chain.EDITS
    return run_record.md5_of(edits) if edits.exists() else ""


def _changed(what: str, differences: Sequence[Difference]) -> InputChanged:
    return InputChanged(Problem(what, _REMEDY, _LOCK, len(differences), str(differences[0])))
