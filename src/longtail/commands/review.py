"""List what audit and evaluate found about the labels; decide, or take back a decision, in edits.csv.

Without `--all` only what asks for a decision and has none is listed. The next run applies what was accepted.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from longtail import artifacts, params
from longtail.errors import BadInput, BadParameter, Problem
from longtail.git_runner import git_user
from longtail.params import DataParams
from longtail.paths import project_root

if TYPE_CHECKING:
    import pandas as pd

    from longtail.reviewing.decision import Decision

EXAMPLE = 'longtail review --accept 3f2a09bc 77d01e4a --why "same notch on both flukes"'
EDITS = Path("edits.csv")
_LOG = logging.getLogger(__name__)
_ACTIONS = ("relabel", "name", "drop", "together", "apart", "merge", "rename")
_DECIDING = ("accept", "reject", "unsure", "name", "merge", "rename")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to list; what to decide, why and by whom."""
    parser.add_argument("--kind", action="append", default=[], help="only this kind of finding; may be repeated")
    parser.add_argument("--all", action="store_true", help="also what asks for no decision or is decided; all rows")
    deciding = parser.add_mutually_exclusive_group()
    deciding.add_argument(
        "--accept",
        nargs="+",
        default=[],
        metavar="ROW",
        help="do what these findings propose; ROW is their first column",
    )
    deciding.add_argument(
        "--reject", nargs="+", default=[], metavar="ROW", help="keep things as they are; they are not asked again"
    )
    deciding.add_argument(
        "--unsure",
        nargs="+",
        default=[],
        metavar="ROW",
        help="note that these cannot be decided; they are not asked again",
    )
    deciding.add_argument(
        "--name", nargs="+", default=[], metavar=("NAME", "PHOTO"), help="these photographs show a new individual, NAME"
    )
    deciding.add_argument("--merge", nargs=2, default=[], metavar=("A", "B"), help="individual A is individual B")
    deciding.add_argument("--rename", nargs=2, default=[], metavar=("A", "B"), help="individual A is called B")
    deciding.add_argument(
        "--undo",
        nargs="*",
        metavar="ROW",
        help="take back what was decided about these findings, these rows of edits.csv (--log), or its last row",
    )
    deciding.add_argument("--log", action="store_true", help="list the rows of edits.csv, the last first")
    deciding.add_argument("--serve", action="store_true", help="decide in a browser, on 127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="with --serve: where it listens (default: a free port)")
    parser.add_argument("--no-browser", action="store_true", help="with --serve: print the link, open no browser")
    parser.add_argument("--why", default="", help="the reason, for those who come after you")
    parser.add_argument("--who", default="", help="who decides (default: git's user.name)")
    parser.add_argument("--action", choices=_ACTIONS, help="with --accept: instead of what the finding proposes")
    parser.add_argument("--value", help="with --accept: an identity, or the other image")


def run(arguments: argparse.Namespace) -> list[str]:
    """List, decide, or take back. Raises BadInput, BadParameter."""
    _check(arguments)
    root = project_root()
    if arguments.serve:
        return _serve(arguments, root)
    if arguments.log:
        return _log(root)
    from longtail.reviewing import findings_table, finished_run

    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        source, notice = finished_run.locate(root, Path(scratch))
        if notice:
            _LOG.warning(f"longtail review: {notice}")
        findings = findings_table.read(source)
        if arguments.undo is not None:
            return _undo(arguments, root, findings)
        if any(getattr(arguments, flag) for flag in _DECIDING):
            return _decide(arguments, root, source, findings)
        return _list(arguments, root, findings, source)


def _serve(arguments: argparse.Namespace, root: Path) -> list[str]:
    from longtail.reviewing.web import serving

    serving.serve(root, _data(root), arguments.port, print, open_browser=not arguments.no_browser)
    return []


def _list(arguments: argparse.Namespace, root: Path, findings: pd.DataFrame, source: Path) -> list[str]:
    from longtail.labels.edit_log import rows_of
    from longtail.reviewing import findings_table

    stages_to_come = findings_table.stages_to_come(source)
    decided = findings_table.with_decisions(findings, source, rows_of(root / EDITS), _unknown_label(root))
    chosen = findings_table.chosen(decided, arguments.kind, everything=arguments.all)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if stages_to_come:
        print(f"Not all findings yet: no run has come to {', '.join(stages_to_come)}.")
    if not (stages_to_come and chosen.empty):
        for line in findings_table.lines(chosen, width, everything=arguments.all):
            print(line)
    return []


def _log(root: Path) -> list[str]:
    from longtail.labels.edit_log import rows_of
    from longtail.reviewing import log_table

    for line in log_table.lines(rows_of(root / EDITS)):
        print(line)
    return []


def _undo(arguments: argparse.Namespace, root: Path, findings: pd.DataFrame) -> list[str]:
    from longtail.reviewing import edits_writer

    signed = {"who": _who(arguments, root), "why": arguments.why}
    for decision in edits_writer.undo(root / EDITS, arguments.undo, findings, _unknown_label(root), signed):
        print(f"{EDITS}: taken back: {decision}")
    return [f"git commit {EDITS}", "make run"]


def _decide(arguments: argparse.Namespace, root: Path, source: Path, findings: pd.DataFrame) -> list[str]:
    import pandas as pd

    from longtail.reviewing import edits_writer

    table = source / artifacts.LABELLED
    if not table.is_file():
        remedy = "`longtail prepare --part labelled` makes it."
        raise BadInput(Problem("the table of labelled photographs is missing", remedy, where=str(table)))
    labelled = pd.read_parquet(table, columns=["image", "label"])
    unknown_label = _unknown_label(root)
    new = _decisions(arguments, findings, unknown_label)
    signed = {"who": _who(arguments, root), "why": arguments.why}
    labels = dict(zip(labelled["image"], labelled["label"], strict=True))
    edits_writer.append(root / EDITS, new, signed, labels, unknown_label, findings)
    for decision in new:
        print(f"{EDITS}: {decision}")
    return [f"git commit {EDITS}", *([] if arguments.reject or arguments.unsure else ["make run"])]


def _decisions(arguments: argparse.Namespace, findings: pd.DataFrame, unknown_label: str) -> list[Decision]:
    from longtail.reviewing import decision

    if arguments.accept:
        return decision.accept(findings, arguments.accept, arguments.action, arguments.value, unknown_label)
    if arguments.name:
        return decision.name(arguments.name[1:], arguments.name[0])
    if arguments.merge:
        return [decision.of_individual("merge", *arguments.merge)]
    if arguments.rename:
        return [decision.of_individual("rename", *arguments.rename)]
    if arguments.reject:
        return decision.answer(findings, arguments.reject, "keep")
    return decision.answer(findings, arguments.unsure, "unsure")


def _who(arguments: argparse.Namespace, root: Path) -> str:
    who: str = arguments.who or git_user(root)
    if not who:
        raise BadParameter(Problem("nobody is named who decides", 'Add --who "your name", or set git\'s user.name.'))
    return who


def _check(arguments: argparse.Namespace) -> None:
    flag = next((name for name in _DECIDING if getattr(arguments, name)), "")
    if flag and flag != "unsure" and not arguments.why.strip():
        remedy = 'Add --why "...": a decision without a reason cannot be judged later.'
        raise BadParameter(Problem(f"--{flag} without a reason", remedy))
    signing = bool(flag or arguments.undo is not None)
    options = {"--why": (arguments.why, signing), "--who": (arguments.who, signing)}
    options |= {"--action": (arguments.action, flag == "accept"), "--value": (arguments.value, flag == "accept")}
    aside = [name for name, value in (("--port", arguments.port), ("--no-browser", arguments.no_browser)) if value]
    if aside and not arguments.serve:
        raise BadParameter(Problem(f"{aside[0]} without --serve", f"longtail review --serve {aside[0]}"))
    idle = [name for name, (value, used) in options.items() if value and not used]
    if idle:
        what = f"{idle[0]} without --accept" + (", --reject or --unsure" if idle[0] in ("--why", "--who") else "")
        raise BadParameter(Problem(what, f"Name the findings: {what.split()[2].rstrip(',')} ROW [ROW...]"))
    if len(arguments.name) == 1:
        raise BadParameter(Problem("--name without a photograph", "longtail review --name NAME PHOTO [PHOTO...]"))


def _data(root: Path) -> DataParams:
    path = root / "params.yaml"
    return params.load(DataParams, "data", params.read(path)) if path.exists() else DataParams()


def _unknown_label(root: Path) -> str:
    return _data(root).unknown_label
