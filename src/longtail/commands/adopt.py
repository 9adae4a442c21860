"""Move test photographs whose individual was confirmed (answers.csv) into the labelled set: file and row in one step.

What will move is shown first. `--undo` moves back what was adopted last.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import params, process_lock
from longtail.errors import BadInput, BadParameter, Problem, counted
from longtail.git_runner import git_user
from longtail.params import DataParams
from longtail.paths import project_root

if TYPE_CHECKING:
    from longtail.reviewing.adopting import Adoption

EXAMPLE = "longtail adopt"
_SHOWN = 20
_COMMIT = "git add answers.csv data/raw.dvc && git commit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which photographs; whether to ask."""
    parser.add_argument(
        "images", nargs="*", metavar="PHOTO", help="only these of the confirmed photographs (default: all)"
    )
    parser.add_argument("--undo", action="store_true", help="move back to the test set what was adopted last")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--from-closed-test-set",
        action="store_true",
        help="also where the submission is for a fixed test set (publish.to: kaggle), which then lacks these rows",
    )
    parser.add_argument("--why", default="", help="the reason, for those who come after you")
    parser.add_argument("--who", default="", help="who decides (default: git's user.name)")


def run(arguments: argparse.Namespace) -> list[str]:
    """Show what will move, ask, and move it.

    Args:
        arguments: of the command line.

    Returns:
        Commands that may follow.

    Raises:
        BadInput: nothing is to be adopted or taken back, or something speaks against it.
        BadParameter: nobody is named who decides, or nobody can be asked.
    """
    from longtail.reviewing import adopting, adoption_plan

    root = project_root()
    who = arguments.who or git_user(root)
    if not who:
        raise BadParameter(Problem("nobody is named who decides", 'Add --who "your name", or set git\'s user.name.'))
    signed = {"who": who, "why": arguments.why}
    values = params.read(root / "params.yaml") if (root / "params.yaml").exists() else {}
    data = params.load(DataParams, "data", values)
    with process_lock.holding_checkout(root):
        for file in adopting.recover(root):
            print(f"{file}: back where it was: an earlier adoption had been killed")
        if arguments.undo:
            return _undo(arguments, root, data, signed)
        moves = adoption_plan.plan(root, data, arguments.images)
        print("\n".join(_lines(moves)))
        _ask(arguments, _closed(values, len(moves)))
        adopting.adopt(root, data, moves, signed)
    print(f"Adopted: {counted(len(moves), 'photograph')}. longtail adopt --undo moves them back.")
    return ["make run", _COMMIT]


def _undo(arguments: argparse.Namespace, root: Path, data: DataParams, signed: dict[str, str]) -> list[str]:
    from longtail.reviewing import adopting

    if arguments.images:
        raise BadParameter(Problem("--undo with names", "It moves back all that was adopted last.", where="--undo"))
    moved = adopting.last(root)
    if not moved:
        raise BadInput(Problem("nothing was adopted", "answers.csv has no row that says so.", where="--undo"))
    print(f"Back to the test set: {counted(len(moved), 'photograph')} that {moved[0].who} adopted, {moved[0].when}")
    print("\n".join(f"  {one.image}  {one.value}" for one in moved[:_SHOWN]))
    _ask(arguments, "")
    adopting.undo(root, data, moved, signed)
    return ["make run", _COMMIT]


def _lines(moves: Sequence[Adoption]) -> list[str]:
    labels = {one.label for one in moves}
    lines = [f"Into the labelled set: {counted(len(moves), 'photograph')} of {counted(len(labels), 'label')}"]
    wide = max(len(one.image) for one in moves)
    lines += [f"  {one.image:<{wide}}  {one.label}  ({one.answer})" for one in moves[:_SHOWN]]
    return lines + ([f"  ... and {len(moves) - _SHOWN:,} more"] if len(moves) > _SHOWN else [])


def _closed(values: dict[str, Any], count: int) -> str:
    """Why the test set should stay as it is; `""` where nothing says so."""
    publish = values.get("publish") or {}
    if publish.get("to") != "kaggle":
        return ""
    competition = publish.get("competition") or "the competition"
    return (
        f"publish.to is kaggle: {competition} expects a row for each photograph of its test set, and refuses a "
        f"submission without {'this one' if count == 1 else f'these {count:,}'}"
    )


def _ask(arguments: argparse.Namespace, closed: str) -> None:
    """Ask whether to go on; BadParameter where nobody can be asked, BadInput where the answer is no."""
    if closed and not arguments.from_closed_test_set:
        print(closed)
        if arguments.yes or not sys.stdin.isatty():
            remedy = "Add --from-closed-test-set if that is meant; a copy of the project keeps the other one whole."
            raise BadParameter(Problem("photographs of a closed test set", remedy, where="publish.to"))
        _confirm("Adopt them all the same?")
    elif not arguments.yes:
        if not sys.stdin.isatty():
            raise BadParameter(Problem("nobody can be asked here", "Add --yes to go on without a question."))
        _confirm("Go on?")


def _confirm(question: str) -> None:
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise BadInput(Problem("not confirmed", "Nothing was changed."))
