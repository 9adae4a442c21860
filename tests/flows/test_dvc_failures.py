"""What an exception of DVC's means: its type and its attributes decide, whatever its message says."""

from __future__ import annotations

import errno
import logging
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dvc.dvcfile import FileIsGitIgnored
from dvc.exceptions import CacheLinkError, DownloadError, DvcException, NotDvcRepoError, ReproductionError
from dvc.lock import LockError
from dvc.output import Output
from dvc.scm import SCMError
from dvc.stage.exceptions import StagePathOutsideError
from dvc.utils.serialize import YAMLFileCorruptedError

from flows import dvc_calls, dvc_errors, dvc_failures
from flows.dvc_failures import CommandFailed, LoggedErrors, describe
from flows.dvc_process import Failure


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The error as DVC ends a stage with it."""
    error.__cause__ = cause
    whole = ReproductionError("failed to reproduce 'train'")
    whole.__cause__ = error
    return whole


def told(error: BaseException, root: Path, **more: Any) -> Exception:
    return dvc_errors.of_failure(Failure(**describe(error, root, **more)), "train")


def full_database() -> sqlite3.Error:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


@pytest.mark.parametrize(
    ("error", "kind", "name", "exit_code"),
    [
        (OSError(errno.ENOSPC, "words", "/x"), "no_space", "NoSpace", 1),
        (OSError(errno.EDQUOT, "words", "/x"), "no_space", "NoSpace", 1),
        (full_database(), "no_space", "NoSpace", 1),
        (LockError("words"), "busy", "Busy", 1),
        (CommandFailed("python step.py", -9), "command", "StageFailed", 1),
        (CommandFailed("the port is busy, no space left on the disk", 1), "command", "StageFailed", 1),
        (StagePathOutsideError("words"), "behind_link", "BadInput", 2),
        (PermissionError(errno.EACCES, "words", "/x/data/raw/train/b.jpg"), "no_permission", "BadInput", 2),
        (PermissionError(errno.EACCES, "words", "/x/.dvc/cache/files"), "no_permission", "Explained", 1),
        (OSError(errno.ELOOP, "words", "/x/data/raw/train/e.jpg"), "link_loop", "BadInput", 2),
        (FileNotFoundError(errno.ENOENT, "words", "/x/artifacts/a"), "missing_file", "StageFailed", 1),
        (UnicodeEncodeError("utf-8", "\udce9", 0, 1, "words"), "not_utf8", "BadInput", 2),
        (NotDvcRepoError("words"), "no_repository", "Explained", 1),
        (SCMError("words"), "no_repository", "Explained", 1),
        (FileIsGitIgnored("data/raw.dvc"), "git_ignored", "Explained", 1),
        (YAMLFileCorruptedError("data/raw.dvc"), "unreadable_file", "Explained", 1),
        (DvcException("something new: a colon"), "other", "StageFailed", 1),
    ],
)
def test_the_type_of_the_exception_decides(
    error: BaseException, kind: str, name: str, exit_code: int, tmp_path: Path
) -> None:
    assert describe(raised(error), tmp_path)["kind"] == kind
    ours = told(raised(error), tmp_path)
    assert (type(ours).__name__, ours.exit_code) == (name, exit_code)  # type: ignore[attr-defined]
    assert ours.can_retry == (name == "Busy")  # type: ignore[attr-defined]


def test_a_killed_command_is_told_apart_from_one_that_failed(tmp_path: Path) -> None:
    for status in (-9, 137):
        assert "train was killed. Often the memory ran out" in str(told(CommandFailed("x", status), tmp_path))
    assert "exit code 3" in str(told(CommandFailed("x", 3), tmp_path))


def test_what_nothing_is_known_of_is_told_in_dvcs_words(tmp_path: Path) -> None:
    words = "something new:\n  \x1b[31ma colon\x1b[0m\n"
    error = told(raised(DvcException(words), OSError(errno.EIO, "broken")), tmp_path)
    assert str(error) == ("train failed, e.g. something new: a colon: [Errno 5] broken. The message is DVC's.")
    assert "no message; run train by hand" in str(dvc_errors.of_failure(Failure("ended"), "train"))


def test_a_target_behind_a_link_is_seen_where_dvc_has_no_type_for_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to("real")
    assert describe(DvcException("words"), tmp_path, targets=["linked/raw"])["kind"] == "behind_link"
    assert describe(SCMError("words"), tmp_path, targets=["linked/raw"])["kind"] == "behind_link"
    assert describe(DvcException("words"), tmp_path, targets=["real/raw"])["kind"] == "other"


def test_objects_that_the_remote_lost_are_told_by_what_was_logged(tmp_path: Path) -> None:
    logged = LoggedErrors()
    logger = logging.getLogger("tests.dvc_data")
    logger.propagate = False
    logger.addHandler(logged)
    logger.error("words '%s'", "0123456789abcdef", exc_info=FileNotFoundError(errno.ENOENT, "words"))
    logger.error("words without an exception")
    error = told(DownloadError(1), tmp_path, logged=logged.errors)
    assert "has lost objects that its lists name, e.g. 0123456789abcdef" in str(error)
    assert describe(DownloadError(1), tmp_path)["kind"] == "other"
    logged.errors[:] = [("x", OSError(errno.ENOSPC, "words"))]
    assert describe(DownloadError(1), tmp_path, logged.errors)["kind"] == "no_space"


@pytest.mark.parametrize(("free", "kind"), [(1_000, "no_space"), (10**12, "other")])
def test_a_file_that_could_not_be_copied_out_of_the_cache_is_held_against_the_disk(
    free: int, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(dvc_failures.shutil, "disk_usage", lambda folder: usage)
    assert describe(CacheLinkError([str(tmp_path / "gone/a")]), tmp_path)["kind"] == kind


def test_one_look_hashes_a_path_once_however_many_stages_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(Output, "get_hash", lambda output: hashed.append(output.fs_path) or len(hashed))
    output = SimpleNamespace(fs=SimpleNamespace(protocol="local"), fs_path="data", hash_name="md5")
    same, other = SimpleNamespace(**vars(output)), SimpleNamespace(**vars(output) | {"fs_path": "src"})
    with dvc_calls.hash_each_path_once():
        assert [Output.get_hash(one) for one in (output, other, same)] == [1, 2, 1]
    assert Output.get_hash(same) == 3
    assert hashed == ["data", "src", "data"], "the next state hashes everything anew"
