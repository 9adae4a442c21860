"""What an exception of DVC means, by its type and attributes; its message is written for people, and may change."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dvc.dvcfile import FileIsGitIgnored
from dvc.exceptions import CacheLinkError, CheckoutError, FileTransferError, NotDvcRepoError, ReproductionError
from dvc.fs import RemoteMissingDepsError
from dvc.lock import LockError
from dvc.output import OutputAlreadyTrackedError
from dvc.rwlock import RWLockFileCorruptedError, RWLockFileFormatError
from dvc.scm import SCMError
from dvc.stage.exceptions import StageCmdFailedError, StagePathOutsideError
from dvc.utils.fs import contains_symlink_up_to
from dvc.utils.serialize import ParseError
from dvc.utils.strictyaml import YAMLValidationError

_NEARLY_FULL = 1_000_000  # bytes
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_KINDS: list[tuple[tuple[type[BaseException], ...], str]] = [
    ((LockError,), "busy"),
    ((RWLockFileCorruptedError, RWLockFileFormatError), "damaged_locks"),
    ((StagePathOutsideError,), "behind_link"),
    ((FileIsGitIgnored,), "git_ignored"),
    ((OutputAlreadyTrackedError,), "tracked_by_git"),
    ((ParseError, YAMLValidationError), "unreadable_file"),
    ((NotDvcRepoError,), "no_repository"),
    ((RemoteMissingDepsError, ModuleNotFoundError), "missing_package"),
    ((UnicodeError,), "not_utf8"),
    ((PermissionError,), "no_permission"),
    ((FileNotFoundError,), "missing_file"),
]


class CommandFailed(StageCmdFailedError):  # type: ignore[misc]  # DVC is not typed
    """DVC's error for a stage that failed, which keeps the exit code as a number and not in its message alone."""

    def __init__(self, cmd: str, status: int | None = None) -> None:
        super().__init__(cmd, status)
        self.status = status


class LoggedErrors(logging.Handler):
    """The exceptions that DVC's object store logs and does not raise, with the objects that they are about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.errors: list[tuple[str, BaseException]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the exception of a record that has one."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            about = str(record.args[0]) if isinstance(record.args, tuple) and record.args else ""
            self.errors.append((about, error))


def describe(
    error: BaseException,
    root: Path,
    logged: Sequence[tuple[str, BaseException]] = (),
    targets: Sequence[str] = (),
) -> dict[str, Any]:
    """What an exception of DVC's means, by its type and its attributes.

    Args:
        error: what was raised.
        root: the project's root.
        logged: what was logged and not raised, each with the object that it is about.
        targets: the paths that DVC was given.

    Returns:
        `kind`, DVC's `message`, the `path` that it is about (`""` for none), the exit code (`status`) of a command.
    """
    causes = list(_causes(error))
    kind, path, status = _kind_of(causes, root, logged, targets)
    message = ": ".join(str(one).strip() for one in causes if not isinstance(one, ReproductionError)) or str(error)
    return {"kind": kind, "message": _plain(message), "path": _plain(path), "status": status}


def _kind_of(
    causes: Sequence[BaseException],
    root: Path,
    logged: Sequence[tuple[str, BaseException]],
    targets: Sequence[str],
) -> tuple[str, str, int | None]:
    lost = next((name for name, one in logged if isinstance(one, FileNotFoundError)), None)
    if any(map(_is_full_disk, [*causes, *(one for _, one in logged)])):
        return "no_space", "", None
    for error in causes:
        if isinstance(error, CommandFailed):
            return "command", "", error.status
        if isinstance(error, FileTransferError) and lost is not None:
            return "lost_objects", lost, None
        if isinstance(error, OSError) and error.errno == errno.ELOOP:
            return "link_loop", _path_of(error, targets), None
        if isinstance(error, SCMError) and not (root / ".git").exists():
            return "no_repository", str(root), None
        for types, kind in _KINDS:
            if isinstance(error, types):
                return kind, _path_of(error, targets), None
    if any(contains_symlink_up_to(str(root / path), str(root)) for path in targets):  # DVC has no type for this one
        return "behind_link", "", None
    return "other", "", None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, and what it was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _is_full_disk(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if isinstance(error, CacheLinkError):  # DVC does not say why it could not copy a file out of its cache
        return _is_nearly_full(error.fs_paths[0])
    if isinstance(error, CheckoutError):
        return _is_nearly_full(str(error.target_infos[0]))
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _is_nearly_full(path: str) -> bool:
    folder = next(folder for folder in Path(path).resolve().parents if folder.exists())
    return shutil.disk_usage(folder).free < _NEARLY_FULL


def _path_of(error: BaseException, targets: Sequence[str]) -> str:
    if isinstance(error, OSError):
        return os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
    if isinstance(error, RemoteMissingDepsError):
        return ", ".join(error.missing_deps)
    if isinstance(error, ModuleNotFoundError):
        return (error.name or "").replace("_", "-")
    if isinstance(error, (ParseError, YAMLValidationError)):
        return str(error.path)
    return targets[0] if isinstance(error, OutputAlreadyTrackedError) and targets else ""


def _plain(text: str) -> str:
    """One line without colours, which any stream can show."""
    lines = (line.strip() for line in _COLOURS.sub("", text).splitlines())
    return " ".join(line for line in lines if line).encode("utf-8", "backslashreplace").decode("utf-8")
