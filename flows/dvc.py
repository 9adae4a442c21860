"""What DVC does: version a folder, run a stage, exchange objects with the remote.

Each call is a process of its own, which can be ended. DVC alone decides what is up to date; why a stage failed, its
error file says best.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from flows import dvc_errors, dvc_process
from flows.dvc_process import remove_partials
from longtail import paths
from longtail.cli import ERROR_FILE
from longtail.errors import LongtailError, Problem, StageFailed, Unreachable
from longtail.lineage import links, store
from longtail.lineage.store import Store
from longtail.redaction import redacted

Verdict = Literal["ran", "restored", "unchanged"]


RAW, ANCESTOR = "data/raw", paths.ANCESTOR.as_posix()

_MINUTES = 720.0  # for one command that is no stage: a dead network must not hold the checkout for good


def add(root: Path, path: str = RAW) -> str:
    """Version a folder, if it is here.

    Args:
        root: the project's root.
        path: the folder, from there.

    Returns:
        Its md5 (`....dir`).

    Raises:
        BadInput: DVC would leave something out.
        LongtailError: what the failure of DVC means.
    """
    links.check(root)
    if (root / path).exists():
        call(root, "add", targets=[path])
    return store.locked(root)[path]


def restore(root: Path, path: str = RAW) -> None:
    """Make a versioned folder what its `.dvc` file says, from the cache or else from the remote.

    Args:
        root: the project's root.
        path: the folder, from there.

    Raises:
        Explained: trying again does not help, as where the remote has lost objects.
        Unreachable: neither has all of it; the folder is as it was.
        LongtailError: what another failure of DVC means.
    """
    links.check_folder(root, Path(path).parent)
    objects = Store.of(root)
    listed = objects.listing(store.locked(root)[path])
    if listed is not None and objects.has_all(listed.values()):
        call(root, "checkout", targets=[f"{path}.dvc"], force=True)
        return
    try:
        call(root, "pull", targets=[f"{path}.dvc"], force=True)  # lays nothing out before it has all
    except dvc_errors.Explained:
        raise
    except StageFailed as error:
        what = f"{path} is not here, and DVC's remote does not give it"
        remedy = "Is there one, is it reachable, and are its credentials set? dvc pull by hand says more."
        raise Unreachable(Problem(what, remedy, example=dvc_errors.words_of(error))) from error


def reproduce(
    root: Path, stage: str, say: Callable[[str], None], minutes: float = math.inf, *, pull: bool = False
) -> Verdict:
    """Bring one stage up to date.

    Args:
        root: the project's root.
        stage: its name, with its part.
        say: takes every line of the stage as it comes.
        minutes: the time after which it is ended: a stage that hangs must not block every later run.
        pull: take from the remote, as long as that answers, what a colleague has made of the same inputs (see
            `pull_run_cache`).

    Returns:
        How it was brought up to date.

    Raises:
        LongtailError: the stage's own error, as the stage left it; StageFailed, Busy or NoSpace where it left none.
        StageFailed: it has not ended in time.
    """  # noqa: DOC501 - a function of ours makes the error
    (root / ERROR_FILE).unlink(missing_ok=True)
    arguments = {"stage": stage, "pull": pull}
    answer = dvc_process.call(root, "reproduce", arguments, minutes, lambda line: say(redacted(line)))
    if answer.failure is None:
        verdict: Verdict = answer.result
        return verdict
    remove_partials(root)
    if answer.hung:
        remedy = "See its last lines; raise flow.stage_minutes if it needs longer."
        example = " / ".join(answer.lines[-3:])
        raise StageFailed(Problem(f"it did not end within {minutes:g} minutes", remedy, example=example))
    if pull and not answer.began:  # the remote has gone away since it was asked
        say("DVC's remote does not give what was asked of it; going on without it")
        return reproduce(root, stage, say, minutes)
    raise dvc_errors.of_stage(root, stage, answer.failure, answer.lines)


def push(root: Path) -> int:
    """Send every object that dvc.lock names, and the run cache, to the default remote; nothing where none is new there.

    Returns:
        How many files were sent.

    Raises:
        Explained: trying again does not help.
        Unreachable: the remote does not answer.
    """
    try:
        return int(call(root, "push"))
    except dvc_errors.Explained:
        raise
    except StageFailed as error:  # every kind of remote fails in a way of its own
        remedy = "Is it reachable, and are its credentials set? dvc push by hand says more."
        raise Unreachable(Problem("cannot push to DVC's remote", remedy, example=dvc_errors.words_of(error))) from error


def fetch(root: Path, md5: str) -> None:
    """Bring one object from the default remote into the cache, whatever commit it belongs to, if it is there.

    Args:
        root: the project's root.
        md5: the object's.

    Raises:
        LongtailError: the remote does not answer, or does not give it.
    """
    call(root, "fetch_object", md5=md5)


def pull_run_cache(root: Path) -> bool:
    """Bring what the run cache of the default remote knows and ours does not; whether there is one that answers."""
    try:
        return bool(call(root, "pull_run_cache"))
    except LongtailError:  # the stages say so, if it is in their way too
        return False


def call(root: Path, method: str, **arguments: Any) -> Any:
    """Call a method of DVC's repository in a process of its own.

    Args:
        root: the project's root.
        method: its name, as `add` or `pull`.
        arguments: its arguments.

    Returns:
        Its result.

    Raises:
        LongtailError: what its failure means.
    """  # noqa: DOC501 - a function of ours makes the error
    answer = dvc_process.call(root, method, arguments, _MINUTES)
    if answer.failure is None:
        return answer.result
    remove_partials(root)
    raise dvc_errors.of_failure(answer.failure, f"dvc {method}")
