"""Name the identity on photographs: five candidates each, and how likely it is none of the known.

The photograph takes the way of `prepare` and `embed`, so that it is seen as the test photographs were. On the CPU.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from longtail.compute import torch_on
from longtail.errors import BadInput, Problem

if TYPE_CHECKING:
    from longtail.identifying.answer import Answer
    from longtail.identifying.project import Ready

EXAMPLE = "longtail identify fluke.jpg --html fluke.html"
IDENTIFIER = Path("artifacts/predict/identifier")
_ENDINGS = {".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".bmp", ".gif", ".tif", ".tiff", ".webp"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Photographs and folders of them; how to tell the result."""
    parser.add_argument("photographs", nargs="+", type=Path, metavar="PHOTO", help="a photograph, or a folder of them")
    parser.add_argument("--json", action="store_true", help="a line of JSON a photograph, as soon as it is named")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also a page with the photographs side by side")
    parser.add_argument(
        "--identifier", type=Path, default=IDENTIFIER, metavar="DIR", help="the identifier (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> list[str]:
    """Name one photograph after the other. Raises BadInput at the end where some could not be opened."""
    files = list(_files(arguments.photographs))
    if not files:
        remedy = f"A photograph in a folder ends in {', '.join(sorted(_ENDINGS))}."
        raise BadInput(Problem("no photograph there", remedy, where=str(arguments.photographs[0])))
    from longtail.identifying import network, project
    from longtail.stages import audit, prepare

    torch_on(1)  # one photograph at a time: more threads wait for each other longer than they work
    ready = project.open_project(Path.cwd(), arguments.identifier, prepare.Params, audit.Params)
    broken: list[Answer] = []
    entries = []
    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
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
    network.leave_plan(ready.network, ready.card, ready.plans)
    if broken:
        remedy = f"The other {len(files) - len(broken):,} were named." if len(files) > len(broken) else "Give others."
        example = f"{broken[0].photograph}: {broken[0].error}"
        raise BadInput(Problem("photograph that cannot be opened", remedy, count=len(broken), example=example))
    return []


def _named(file: Path, scratch: Path, ready: Ready) -> Answer:
    from longtail.identifying import photograph
    from longtail.identifying.answer import Answer

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
        if not path.is_dir():
            yield path
            continue
        every = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        found = [file for file in every if file.suffix.lower() in _ENDINGS]
        if len(found) < len(every):
            print(f"{path}: {len(every) - len(found):,} files that are no photographs, left out", file=sys.stderr)
        yield from found
