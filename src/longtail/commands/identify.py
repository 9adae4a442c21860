"""Name the identity on photographs: five candidates each, and how likely it is none of the known.

The photograph takes the way of `prepare` and `embed`, so that it is seen as the test photographs were. On the CPU.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from longtail.compute import torch_on
from longtail.errors import BadInput, Problem
from longtail.paths import GRAPH, find_project

if TYPE_CHECKING:
    from longtail.identifying.project import Ready
    from longtail.identifying.rendering import Answer

EXAMPLE = "longtail identify fluke.jpg --html fluke.html"
IDENTIFIER = Path("artifacts/predict/identifier")
_NEEDED = (
    "artifacts/predict/identifier",
    "artifacts/train/model.safetensors",
    "artifacts/train/model.json",
    "artifacts/prepare/labelled.parquet",
    "artifacts/prepare/labelled.record.json",
    "artifacts/audit/record.json",
    "artifacts/split/split.parquet",
)
_ENDINGS = {".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".bmp", ".gif", ".tif", ".tiff", ".webp"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Photographs and folders of them; how to tell the result."""
    parser.add_argument("photographs", nargs="+", type=Path, metavar="PHOTO", help="a photograph, or a folder of them")
    parser.add_argument("--json", action="store_true", help="a line of JSON a photograph, as soon as it is named")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also a page with the photographs side by side")
    parser.add_argument(
        "--identifier", type=Path, metavar="DIR", help=f"the identifier (default: the project's {IDENTIFIER})"
    )


def run(arguments: argparse.Namespace) -> list[str]:
    """Name one photograph after the other. Raises BadInput at the end where some could not be opened."""
    files = list(_files(arguments.photographs))
    if not files:
        remedy = f"A photograph in a folder ends in {', '.join(sorted(_ENDINGS))}."
        raise BadInput(Problem("no photograph there", remedy, where=str(arguments.photographs[0])))
    broken: list[Answer] = []
    entries = []
    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        ready = _ready(arguments, Path(scratch))
        for file in files:
            answer = _named(file, Path(scratch), ready)
            _tell(answer, as_json=arguments.json)
            broken += [answer] if answer.error else []
            if arguments.html:
                from longtail.identifying import page, photograph

                entries.append(page.entry(answer, photograph.copy_in(Path(scratch)), ready.namer.labelled))
    if arguments.html:
        page.write(arguments.html, entries)
        print(f"\n{arguments.html}: open it in a browser", file=sys.stderr)
    from longtail.identifying import network

    network.leave_plan(ready.network, ready.card, ready.plans)
    if broken:
        remedy = f"The other {len(files) - len(broken):,} were named." if len(files) > len(broken) else "Give others."
        example = f"{broken[0].photograph}: {broken[0].error}"
        raise BadInput(Problem("photograph that cannot be opened", remedy, count=len(broken), example=example))
    return []


def _ready(arguments: argparse.Namespace, scratch: Path) -> Ready:
    """Identifier and network of one run: those in `artifacts/`, else those of the last finished run."""
    here = find_project(Path.cwd())
    given: Path | None = arguments.identifier
    root = here or (find_project(given.resolve()) if given else None) or Path.cwd()
    folder = root / IDENTIFIER if given is None else given
    is_projects_own = folder.resolve() == (root / IDENTIFIER).resolve()
    with ThreadPoolExecutor(1) as beside:  # what is read here is hashed while torch is imported
        is_whole = beside.submit(_is_of_one_run, root) if is_projects_own else None
        from longtail.identifying import project
        from longtail.stages import audit, prepare

        torch_on(1)  # one photograph at a time: more threads wait for each other longer than they work
        plans = root / project.PLANS if (root / GRAPH).exists() or given is None else folder / project.PLANS
        if is_whole is not None and not is_whole.result() and (laid_out := _finished(root, scratch, arguments)):
            root, folder = laid_out, laid_out / IDENTIFIER
    return project.open_project(root, folder, prepare.Params, audit.Params, plans)


def _is_of_one_run(root: Path) -> bool:
    from longtail.lineage import workspace

    needed = [*_NEEDED, "artifacts/prepare/labelled"]
    read = ("artifacts/train/head.safetensors", "artifacts/train/model.json", workspace.SPLIT)
    return workspace.is_of_one_run(root, needed, "artifacts/predict/record.json", read)


def _finished(root: Path, scratch: Path, arguments: argparse.Namespace) -> Path | None:
    """What the last finished run left, laid out under a folder of its own; None where no run has finished yet."""
    from longtail.lineage import finished

    run = finished.run_of(root, "predict")
    if run is None:
        return None
    laid_out = scratch / "finished"
    finished.lay_out(root, run, [*_NEEDED, *(["artifacts/prepare/labelled"] if arguments.html else [])], laid_out)
    print(f"longtail identify: {finished.WHY} answered by the network of {run.told}", file=sys.stderr, flush=True)
    return laid_out


def _named(file: Path, scratch: Path, ready: Ready) -> Answer:
    from longtail.identifying import photograph
    from longtail.identifying.rendering import Answer

    seen = photograph.look_at(file, scratch, ready.copies, ready.max_pixels)
    if seen.error:
        return Answer(str(file), seen.error)
    return ready.namer.answer(seen, photograph.embed(seen, ready.network, ready.card))


def _tell(answer: Answer, *, as_json: bool) -> None:
    if answer.error:
        print(f"longtail identify: {answer.photograph}: {answer.error}", file=sys.stderr, flush=True)
    if as_json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False), flush=True)
    elif not answer.error:
        print(answer, flush=True)


def _files(given: list[Path]) -> Iterator[Path]:
    """Each file named; of a folder the photographs under it, by name, and a word on what is passed over."""
    for path in given:
        if not _is_folder(path):
            yield path
            continue
        every = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        found = [file for file in every if file.suffix.lower() in _ENDINGS]
        if len(found) < len(every):
            print(f"{path}: {len(every) - len(found):,} files that are no photographs, left out", file=sys.stderr)
        yield from found


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name longer than any can be: it cannot be opened either, and that is told
        return False
