"""What the application knows: the tables of a finished run, read once and again when they change, and edits.csv."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from longtail import artifacts, csv_reader
from longtail.errors import BadInput, LongtailError, Problem
from longtail.git_runner import git_user
from longtail.labels.decisions import deciding_rows
from longtail.labels.edit_log import COLUMNS, rows_of
from longtail.params import DataParams
from longtail.paths import RAW
from longtail.reviewing import answer_list, answers, doubtful, findings_table, finished_run, photographs, queues
from longtail.reviewing.answer_list import Answered
from longtail.reviewing.photographs import Catalogue
from longtail.reviewing.pictures import PictureCache
from longtail.reviewing.queues import QueueState, Sorted

EDITS = Path("edits.csv")
_FURTHER = (artifacts.SPLIT, artifacts.TEST, artifacts.CANDIDATES, artifacts.DECISIONS, artifacts.PROPOSALS)
_POLL_SECONDS = 2.0
_AT_WORK = "A run is at work, or was stopped: these are the findings of the run before it."
Made = TypeVar("Made")
Signature = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True)
class Tables:
    """What is read of a run."""

    findings: pd.DataFrame
    by_queue: Sorted
    catalogue: Catalogue
    identities: Sequence[str]
    """Names of all individuals, sorted."""
    notice: str
    """Why these tables are not those of `artifacts/`; `""` where they are."""


class Review:
    """One project under review; all methods may be called by several threads at once.

    Args:
        root: the project's root.
        data: names of columns, and the word that says "none of the known".

    Raises:
        BadInput: there is no finished run.
    """

    def __init__(self, root: Path, data: DataParams) -> None:
        self.root = root
        self.data = data
        self.pictures = PictureCache(root)
        self.git_user = git_user(root)
        self._lock = threading.RLock()
        self._looked = time.monotonic()
        self._signature = self._current_signature()
        self._tables = self._read()
        self._asked: tuple[Mapping[str, Answered], Signature, QueueState] | None = None
        self._decided: tuple[Tables, Signature, dict[str, QueueState]] | None = None
        self._trouble: tuple[Signature, list[str]] | None = None
        self._derived: dict[str, tuple[Tables, Signature, object]] = {}

    @property
    def edits(self) -> Path:
        """The file of decisions."""
        return self.root / EDITS

    def tables(self) -> Tables:
        """The tables of the last finished run."""
        with self._lock:
            if time.monotonic() - self._looked > _POLL_SECONDS:
                self._looked = time.monotonic()
                self._refresh()
            return self._tables

    def answers(self) -> Mapping[str, Answered]:
        """{test photograph: the answers of the run}; {} where the run has not come to them."""
        return self.derived("answers", lambda folder, _: answer_list.read(folder), answer_list.FILES)

    def queues(self) -> Mapping[str, QueueState]:
        """{name: queue with its findings and what decides them}."""
        with self._lock:
            tables, now = self.tables(), _signature([self.edits])
            if self._decided is None or self._decided[0] is not tables or self._decided[1] != now:
                rows = rows_of(self.edits)
                deciding = deciding_rows(tables.findings, rows, self.data.unknown_label, tables.catalogue.md5s)
                states = queues.states(tables.by_queue, deciding, rows)
                self._decided = (tables, now, states)
            return self._decided[2] | {queues.DOUBTFUL: self._doubtful()}

    def troubles(self) -> list[str]:
        """What is wrong with the files of decisions, so that nothing can be decided until somebody mends it."""
        with self._lock:
            logs = [self.edits, self.root / answers.FILE]
            now = _signature(logs)
            if self._trouble is None or self._trouble[0] != now:
                self._trouble = (now, self._troubles(logs))
            return self._trouble[1]

    def _troubles(self, logs: Iterable[Path]) -> list[str]:
        every = []
        for log in logs:
            try:
                if log.exists():
                    csv_reader.read_table(log, COLUMNS)
            except BadInput as error:
                every.append(str(error))
        return every

    def _doubtful(self) -> QueueState:
        file, machine = self.root / answers.FILE, self.answers()
        now = _signature([file])
        if self._asked is None or self._asked[0] is not machine or self._asked[1] != now:
            self._asked = (machine, now, doubtful.state_of(machine, file))
        return self._asked[2]

    def derived(
        self, name: str, read: Callable[[Path, Tables], Made], files: Sequence[str], also: Sequence[Path] = ()
    ) -> Made:
        """What a page makes of further files of the run: made once, and again when the run or a file changes.

        Args:
            name: what is made.
            read: makes it, of the folder that holds the run and of its tables.
            files: of the run that it reads, from the project's root.
            also: files of the project that it reads.

        Returns:
            What `read` has made.
        """
        with self._lock:
            tables, now = self.tables(), _signature(also)
            known = self._derived.get(name)
            if known is None or known[0] is not tables or known[1] != now:
                with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
                    folder = finished_run.locate(self.root, Path(scratch), files).folder
                    known = self._derived[name] = (tables, now, read(folder, tables))
            return known[2]  # type: ignore[return-value]

    def _refresh(self) -> None:
        """Read the tables again where their files have changed, and are of one run."""
        now = self._current_signature()
        if now == self._signature:
            return
        if not finished_run.is_here(self.root):
            self._keep_tables()
            return
        try:
            self._tables, self._signature = self._read(), now
        except (LongtailError, OSError):  # a stage took them away meanwhile: look again
            self._keep_tables()

    def _keep_tables(self) -> None:
        if self._tables.notice != _AT_WORK:  # what pages have made of them is kept too
            self._tables = replace(self._tables, notice=_AT_WORK)

    def _current_signature(self) -> Signature:
        record = artifacts.record_path("prepare@labelled")
        return _signature(
            self.root / path
            for path in (*finished_run.NEEDED, *_FURTHER, record, RAW / "train.csv", RAW / "sample_submission.csv")
        )

    def _read(self) -> Tables:
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="longtail.")))
            run = finished_run.locate(self.root, scratch, _FURTHER)
            findings = findings_table.read(run.folder).astype(object)  # read over and over; slow as Arrow's text
            catalogue = photographs.read(run.folder, self.root, self.data)
        if not catalogue.by_part["labelled"]:
            remedy = "`make run` makes it; then start the review again."
            what = "there is no finished run: the table of labelled photographs is missing"
            raise BadInput(Problem(what, remedy, where=artifacts.LABELLED))
        by_queue = queues.sort_findings(findings)
        return Tables(findings, by_queue, catalogue, sorted(catalogue.of_identity), run.notice)


def _signature(files: Iterable[Path]) -> Signature:
    """What tells that one of the files has changed."""
    return tuple(_stat(file) for file in files)


def _stat(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
