"""Write the catalogue and the answers as tables of wildlife-datasets, in CSV, for other programs and spreadsheets.

metadata.csv: the labelled photographs. answers.csv: the candidates of the test photographs. Both of one finished run.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from longtail import artifacts
from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.params import DataParams
from longtail.paths import RAW, project_root

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE = "longtail export catalogue"
METADATA, ANSWERS = "metadata.csv", "answers.csv"
_LOG = logging.getLogger(__name__)
_TABLE = f"{RAW}/train.csv"
_PREPARED = artifacts.record_path("prepare@labelled")
_NEEDED = (
    _TABLE,
    _PREPARED,
    artifacts.LABELLED,
    artifacts.TEST,
    artifacts.SPLIT,
    artifacts.CANDIDATES,
    artifacts.DECISIONS,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=f"where to write {METADATA} and {ANSWERS}")
    parser.add_argument("--replace", action="store_true", help="replace the two files where they are there")


def run(arguments: argparse.Namespace) -> list[str]:
    """Write both tables, or none.

    Returns:
        No hints for the console.

    Raises:
        BadInput: no run has finished yet, or a table would be replaced unasked.
    """
    import pandas as pd

    from longtail.exporting import tables
    from longtail.exporting.writer import write_metadata

    folder: Path = arguments.folder
    _refuse_occupied(folder, replace=arguments.replace)
    root = project_root()
    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        source = _of_one_run(root, Path(scratch))
        record = json.loads((source / _PREPARED).read_text(encoding="utf-8"))
        split = pd.read_parquet(source / artifacts.SPLIT)
        labelled, test = _files(source / artifacts.LABELLED, ["label"]), _files(source / artifacts.TEST, [])
        catalogue = tables.catalogue(split, labelled, source / _TABLE, DataParams(**record["params"]["data"]))
        answers = tables.answers(
            pd.read_parquet(source / artifacts.CANDIDATES), pd.read_parquet(source / artifacts.DECISIONS), test
        )
    write_metadata(folder / METADATA, catalogue)
    write_metadata(folder / ANSWERS, answers)
    named = catalogue.loc[catalogue["identity"] != tables.UNKNOWN_IDENTITY, "identity"].nunique()
    left = len(labelled) - len(catalogue)
    note = f"; {left:,} broken or dropped, in no fold" if left else ""
    individuals = counted(named, "individual")
    print(f"{folder / METADATA}: {counted(len(catalogue), 'labelled photograph')} of {individuals}{note}")
    print(f"{folder / ANSWERS}: candidates of {counted(answers['image_id'].nunique(), 'test photograph')}")
    return []


def _files(prepared: Path, columns: list[str]) -> pd.DataFrame:
    """Image, these columns, and the file that each row is of."""
    import pandas as pd

    from longtail.labels.boxes import original_files

    rows = pd.read_parquet(prepared, columns=["image", *columns])
    return rows.assign(photograph=original_files(prepared)["image"])


def _refuse_occupied(folder: Path, *, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(Problem("there is a file where the folder would go", "Name another.", where=str(folder)))
    there = [name for name in (METADATA, ANSWERS) if (folder / name).exists()]
    if there and not replace:
        remedy = "Name another folder, or replace them: the same command with --replace."
        raise BadInput(Problem("table that is there already", remedy, str(folder), len(there), format_examples(there)))


def _of_one_run(root: Path, scratch: Path) -> Path:
    """Find the tables of one run, that of the working tree or else the last finished one.

    Returns:
        The project, or `scratch` with the tables laid out under it.

    Raises:
        BadInput: no run has finished yet.
    """
    from longtail.lineage import finished, workspace
    from longtail.lineage.checkout import Checkout

    missing = [path for path in _NEEDED if not (root / path).exists()]
    made = [path for path in _NEEDED if path != _TABLE]
    is_whole = set(missing) <= {_TABLE} and workspace.is_of_one_run(
        root, made, artifacts.record_path("predict"), (artifacts.SPLIT,)
    )
    if is_whole and not missing and workspace.is_of_one_run(root, [_TABLE], _PREPARED, (_TABLE,)):
        return root
    checkout = Checkout(root)
    run = finished.run_of(checkout, "predict")
    if run is None:
        example = format_examples(missing)
        raise BadInput(Problem("no run has finished yet", "Make one: make run", str(root), example=example))
    finished.lay_out(checkout, run, _NEEDED, scratch)
    changed = f"{_TABLE} is not here;" if missing else f"{_TABLE} has changed since the last finished run;"
    why = changed if is_whole else finished.WHY
    _LOG.warning(f"longtail export: {why} these are the tables of {run.description}")
    return scratch
