"""A Prefect task a stage, in the order of dvc.yaml: what is up to date ends `Cached`, the rest is DVC's to run."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

from prefect import Task, get_run_logger, task
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import dvc, dvc_status, records
from longtail import artifacts
from longtail.errors import LongtailError, format_examples
from longtail.lineage.checkout import Checkout

P = ParamSpec("P")
R = TypeVar("R")

RETRY_AFTER_SECONDS = [10.0, 60.0]


@dataclass(frozen=True)
class Outcome:
    """How one task of the flow ended."""

    name: str
    state: str
    """Prefect's name of the state: `Completed` or `Cached`."""
    seconds: float
    line: str


class Before(NamedTuple):
    """What the flow itself does before the first of some stages."""

    stages: Collection[str]
    run: Callable[[bool], Outcome]
    """Is told whether one of these stages may run; it ends `Completed` where it has changed what they read."""


def run_all(root: Path, minutes: float = math.inf, before: Before | None = None) -> list[Outcome]:
    """Bring every stage up to date. The error of a stage ends it; the stages after that one do not run.

    Args:
        root: the project's root.
        minutes: the time that each stage has.
        before: what is done before the first of some stages.

    Returns:
        How each stage ended.

    Raises:
        LongtailError: a stage's own.
    """
    log = get_run_logger()
    for name, differences in records.contradicted(Checkout(root)).items():
        log.warning("%s runs again: its record contradicts dvc.lock, %s", name, differences[0])
        records.forget(root, name)
    changes, order = dvc_status.changed(root)
    pull = bool(changes) and dvc.pull_run_cache(root)
    outcomes: list[Outcome] = []
    states: dict[str, State[Any]] = {}
    made_anew: set[str] = set()
    for name, upstream in order.items():
        if before is not None and name in before.stages:
            outcomes.append(before.run(bool(made_anew) or not changes.keys().isdisjoint(before.stages)))
            if outcomes[-1].state == "Completed":
                changes, _ = dvc_status.changed(root)
                pull = pull or (bool(changes) and dvc.pull_run_cache(root))
            before = None
        # What changed upstream, changed after the one question was asked: DVC is asked again, for this stage.
        stale = name in changes or not made_anew.isdisjoint(upstream)
        if stale:
            log.info("%s: %s", name, format_examples(changes.get(name, ("an input was remade",))))
        run = bring_up_to_date.with_options(name=name, task_run_name=name)
        began = time.monotonic()
        states[name] = run(
            name,
            root,
            stale,
            minutes,
            pull,
            [*states],
            wait_for=[states[other] for other in upstream],
            return_state=True,
        )
        try:
            result = states[name].result()
        except LongtailError as error:
            log.error("%s: %s", name, error)  # for a log without a screen: `console.failure` says it there
            error.add_note(name)
            raise
        if result["verdict"] != "unchanged":
            made_anew.add(name)
        line = result["summary"].get("line", "")
        outcomes.append(Outcome(name, states[name].name or "", time.monotonic() - began, line))
    return outcomes


def can_retry(task: object, task_run: object, state: State[Any]) -> bool:
    """Whether running again could help: never for data, parameters or a stage that crashed. Prefect calls it.

    Args:
        task: not used.
        task_run: not used.
        state: the state that the task ended in.

    Returns:
        Whether it is tried again.
    """
    error = state.result(raise_on_failure=False)
    return isinstance(error, LongtailError) and error.can_retry


def retrying_task(name: str) -> Callable[[Callable[P, State[R]]], Task[P, R]]:
    """A task of this name that is tried again where that could help; its function gives the state to end in."""
    return task(  # type: ignore[return-value]  # a state that is returned is the task's own, which Prefect cannot type
        name=name,
        task_run_name=name,
        retries=len(RETRY_AFTER_SECONDS),
        retry_delay_seconds=RETRY_AFTER_SECONDS,
        retry_condition_fn=can_retry,
    )


def outcome_of(name: str, begin: Callable[[], State[dict[str, str]]]) -> Outcome:
    """Run a task whose state carries its `line`. Its own error names it.

    Args:
        name: the task's.
        begin: runs it.

    Returns:
        How it ended.

    Raises:
        LongtailError: the task's own.
    """
    began = time.monotonic()
    state = begin()
    try:
        data: Any = state.result()
    except LongtailError as error:
        error.add_note(name)
        raise
    return Outcome(name, state.name or "", time.monotonic() - began, data["line"])


@task(retries=len(RETRY_AFTER_SECONDS), retry_delay_seconds=RETRY_AFTER_SECONDS, retry_condition_fn=can_retry)
def bring_up_to_date(
    name: str, root: Path, stale: bool, minutes: float, pull: bool, earlier: Sequence[str]
) -> State[Any]:
    """One stage; its state carries the summary of its record.

    Args:
        name: the stage's, with its part.
        root: the project's root.
        stale: whether it has to run; else it ends `Cached` at once.
        minutes: the time that it has.
        pull: take what the remote has of it.
        earlier: the stages of this run that came before it.

    Returns:
        The state: `Completed` where it ran, else `Cached`.
    """
    verdict: dvc.Verdict = "unchanged"
    if stale:
        say = get_run_logger().info
        verdict = records.reproduce_verified(root, name, lambda: dvc.reproduce(root, name, say, minutes, pull=pull))
    if verdict != "unchanged":
        records.hold(root, name, verdict, earlier)
    data = {"verdict": verdict, "summary": summary_of(root, name)}
    if verdict == "ran":
        return Completed(data=data)
    return Completed(name="Cached", message="restored from DVC's cache" if verdict == "restored" else "", data=data)


def summary_of(root: Path, name: str) -> dict[str, Any]:
    """The summary in the record of a stage (`line`, `facts`, `warnings`); {} without a record.

    Args:
        root: the project's root.
        name: the stage's, with its part.

    Returns:
        The summary.
    """
    record = root / artifacts.record_path(name)
    if not record.exists():
        return {}
    summary: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))["summary"]
    return summary
