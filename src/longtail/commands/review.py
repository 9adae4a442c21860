"""List what audit and evaluate found about the labels, and accept findings into edits.csv.

Without `--all` only what asks for a decision is listed. The next run applies what was accepted.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from longtail import params
from longtail.errors import BadInput, BadParameter, Problem
from longtail.params import DataParams
from longtail.paths import project_root

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE = 'longtail review --accept 3f2a09bc 77d01e4a --why "same notch on both flukes"'
EDITS = Path("edits.csv")
_ACTIONS = ("relabel", "drop", "together", "apart")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to list; what to accept, why and by whom."""
    parser.add_argument("--kind", action="append", default=[], help="only this kind of finding; may be repeated")
    parser.add_argument("--all", action="store_true", help="also what asks for no decision or is accepted; all rows")
    parser.add_argument("--accept", nargs="+", default=[], metavar="ROW", help="findings, by their first column")
    parser.add_argument("--why", default="", help="the reason, for those who come after you")
    parser.add_argument("--who", default="", help="who decides (default: git's user.name)")
    parser.add_argument("--action", choices=_ACTIONS, help="instead of what the finding proposes")
    parser.add_argument("--value", help="instead of what the finding proposes: an identity, or the other image")


def run(arguments: argparse.Namespace) -> list[str]:
    """List, or accept. Raises BadInput, BadParameter."""
    _check(arguments)
    from longtail.reviewing import listing

    root = project_root()
    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        source = _of_one_run(root, Path(scratch))
        found = listing.read(source)
        return _accept(arguments, root, source, found) if arguments.accept else _list(arguments, root, found)


def _of_one_run(root: Path, scratch: Path) -> Path:
    """Where the findings are: in the project, or laid out under `scratch` those of the last finished run."""
    from longtail.lineage import finished, workspace

    needed = [f"artifacts/{stage}/findings.csv" for stage in ("audit", "evaluate")] + [workspace.LABELLED]
    read = (workspace.LABELLED, workspace.SPLIT)
    if workspace.is_of_one_run(root, needed, "artifacts/evaluate/record.json", read):
        return root
    run = finished.run_of(root, "evaluate")
    if run is None:  # a first run, which has not come that far
        return root
    finished.lay_out(root, run, needed, scratch)
    print(f"longtail review: {finished.WHY} these are the findings of {run.told}", file=sys.stderr)
    return scratch


def _list(arguments: argparse.Namespace, root: Path, found: pd.DataFrame) -> list[str]:
    from longtail.reviewing import accepting, listing

    taken = accepting.accepted(found, root / EDITS, _unknown_label(root))
    shown = listing.chosen(found, arguments.kind, taken, everything=arguments.all)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in listing.lines(shown, width, everything=arguments.all):
        print(line)
    return []


def _accept(arguments: argparse.Namespace, root: Path, source: Path, found: pd.DataFrame) -> list[str]:
    import pandas as pd

    from longtail.reviewing import accepting

    table = source / "artifacts" / "prepare" / "labelled.parquet"
    if not table.is_file():
        remedy = "`longtail prepare --part labelled` makes it."
        raise BadInput(Problem("the table of labelled photographs is missing", remedy, where=str(table)))
    labelled = pd.read_parquet(table, columns=["image", "label"])
    unknown_label = _unknown_label(root)
    new = accepting.decisions(found, arguments.accept, arguments.action, arguments.value, unknown_label)
    signed = {
        "who": arguments.who or _git_user(root),
        "when": datetime.now(UTC).date().isoformat(),
        "why": arguments.why,
    }
    labels = dict(zip(labelled["image"], labelled["label"], strict=True))
    accepting.append(root / EDITS, new, signed, labels, unknown_label)
    for decision in new:
        print(f"{EDITS}: {decision}")
    return [f"git commit {EDITS}", "make run"]


def _check(arguments: argparse.Namespace) -> None:
    given = {"--why": arguments.why, "--who": arguments.who, "--action": arguments.action, "--value": arguments.value}
    if arguments.accept and not arguments.why.strip():
        remedy = 'Add --why "...": a decision without a reason cannot be judged later.'
        raise BadParameter(Problem("--accept without a reason", remedy))
    idle = [name for name, value in given.items() if value]
    if idle and not arguments.accept:
        raise BadParameter(Problem(f"{idle[0]} without --accept", "Name the findings: --accept ROW [ROW...]"))
    if arguments.value is not None and len(arguments.accept) > 1:
        raise BadParameter(Problem("one --value for several findings", "Accept one finding at a time with --value."))


def _unknown_label(root: Path) -> str:
    path = root / "params.yaml"
    data = params.load(DataParams, "data", params.read(path)) if path.exists() else DataParams()
    return data.unknown_label


def _git_user(root: Path) -> str:
    try:
        done = subprocess.run(["git", "config", "user.name"], cwd=root, capture_output=True, text=True, check=False)
        name = done.stdout.strip()
    except FileNotFoundError:
        name = ""
    if not name:
        raise BadParameter(Problem("nobody is named who decides", 'Add --who "your name", or set git\'s user.name.'))
    return name
