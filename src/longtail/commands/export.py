"""Write the catalogue and the answers as tables of wildlife-datasets, in CSV, for other programs and spreadsheets.

metadata.csv: the labelled photographs. answers.csv: the candidates of the test photographs. With --network also the
identifier for programs without Longtail: network.onnx, identifier.json, gallery.npz. All of one finished run.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import artifacts, licences
from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.params import DataParams
from longtail.paths import RAW, project_root

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE = "longtail export catalogue"
METADATA, ANSWERS = "metadata.csv", "answers.csv"
NETWORK_FILES = ("network.onnx", "identifier.json", "gallery.npz")
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
_READ_BY_PREDICT = (artifacts.SPLIT, artifacts.NETWORK_CARD)
_OF_NETWORK = (artifacts.IDENTIFIER, artifacts.NETWORK, artifacts.NETWORK_CARD)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=f"where to write {METADATA} and {ANSWERS}")
    parser.add_argument("--network", action="store_true", help="also the network as ONNX, and what it is compared with")
    parser.add_argument("--replace", action="store_true", help="replace existing files of these names")


def run(arguments: argparse.Namespace) -> list[str]:
    """Write both tables, and the identifier where it is asked for.

    Returns:
        No hints for the console.

    Raises:
        BadInput: no run has finished yet, a file would be replaced unasked, or the network has no ONNX form.
    """
    import pandas as pd

    from longtail.exporting import tables
    from longtail.exporting.writer import write_metadata

    folder: Path = arguments.folder
    _refuse_occupied(folder, arguments)
    root = project_root()
    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        source = _of_one_run(root, Path(scratch), (*_NEEDED, *(_OF_NETWORK if arguments.network else ())))
        record = json.loads((source / _PREPARED).read_text(encoding="utf-8"))
        split = pd.read_parquet(source / artifacts.SPLIT)
        labelled, test = _files(source / artifacts.LABELLED, ["label"]), _files(source / artifacts.TEST, [])
        catalogue = tables.catalogue(split, labelled, source / _TABLE, DataParams(**record["params"]["data"]))
        answers = tables.answers(
            pd.read_parquet(source / artifacts.CANDIDATES), pd.read_parquet(source / artifacts.DECISIONS), test
        )
        if arguments.network:
            _write_identifier(folder, root, source, record["params"])
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


def _write_identifier(folder: Path, root: Path, source: Path, prepared: Mapping[str, Any]) -> None:
    from longtail.exporting import identifier_files
    from longtail.inference import onnx_graph
    from longtail.recognition import identifier
    from longtail.training import checkpoint

    known = identifier.read(source / artifacts.IDENTIFIER)
    copies = {name: prepared[name] for name in ("side", "quality")}
    own = source / artifacts.IDENTIFIER  # with train.fold: all it has its network beside it
    network, card_file = (
        own / path.name if (own / path.name).is_file() else source / path
        for path in (Path(artifacts.NETWORK), Path(artifacts.NETWORK_CARD))
    )
    card = checkpoint.read_card(card_file)
    try:
        identifier_files.write(folder, known, network, card, root / onnx_graph.FOLDER, copies)
    except onnx_graph.ExportError as error:
        remedy = "Leave --network out: the tables need no network."
        raise BadInput(Problem(f"the network '{card.backbone}' has no ONNX form ({error})", remedy)) from error
    if warning := licences.warning(vars(card)):
        _LOG.warning(f"longtail export: {warning}")
    print(f"{folder}: {', '.join(NETWORK_FILES)}: {counted(len(known.images), 'photograph')} to compare with")


def _refuse_occupied(folder: Path, arguments: argparse.Namespace) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(Problem("there is a file where the folder would go", "Name another.", where=str(folder)))
    names = [METADATA, ANSWERS, *(NETWORK_FILES if arguments.network else ())]
    there = [name for name in names if (folder / name).exists()]
    if there and not arguments.replace:
        remedy = "Name another folder, or replace them: the same command with --replace."
        raise BadInput(Problem("file that is there already", remedy, str(folder), len(there), format_examples(there)))


def _of_one_run(root: Path, scratch: Path, needed: Sequence[str]) -> Path:
    """Find the tables of one run, that of the working tree or else the last finished one.

    Returns:
        The project, or `scratch` with the tables laid out under it.

    Raises:
        BadInput: no run has finished yet.
    """
    from longtail.lineage import finished, workspace
    from longtail.lineage.checkout import Checkout

    has_network = artifacts.NETWORK in needed
    needed = [*needed, *(workspace.networks_beside(root) if has_network else [])]
    missing = [path for path in needed if not (root / path).exists()]
    outputs = [path for path in needed if path != _TABLE]
    is_whole = set(missing) <= {_TABLE} and workspace.is_of_one_run(
        root, outputs, artifacts.record_path("predict"), [path for path in _READ_BY_PREDICT if path in needed]
    )
    if is_whole and not missing and workspace.is_of_one_run(root, [_TABLE], _PREPARED, (_TABLE,)):
        return root
    checkout = Checkout(root)
    run = finished.run_of(checkout, "predict")
    if run is None:
        example = format_examples(missing)
        raise BadInput(Problem("no run has finished yet", "Make one: make run", str(root), example=example))
    beside = finished.networks_beside(run) if has_network else []
    finished.lay_out(checkout, run, dict.fromkeys([*needed, *beside]), scratch)
    changed = f"{_TABLE} is not here;" if missing else f"{_TABLE} has changed since the last finished run;"
    why = changed if is_whole else finished.WHY
    _LOG.warning(f"longtail export: {why} these are the tables of {run.description}")
    return scratch
