"""Identify the individual in photographs: five predictions each, and the probability of a new individual.

A photograph goes through the same steps as in `prepare` and `embed`, so that it is treated as a test photograph. On the
CPU.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from longtail import artifacts
from longtail.errors import BadInput, BadParameter, Problem
from longtail.images.kinds import PICTURE_ENDINGS, RAW_ENDINGS, RAW_REMEDY
from longtail.importing.members import is_junk
from longtail.paths import find_project

if TYPE_CHECKING:
    from longtail.identifying.pictures import PictureSource
    from longtail.identifying.project import LoadedProject
    from longtail.identifying.rendering import Answer
    from longtail.params import StageParams
    from longtail.recognition.traits import Traits

EXAMPLE = "longtail identify fluke.jpg --html fluke.html"
_LOG = logging.getLogger(__name__)
_NOT_CROPPED = (
    "{:,} photographs of the set are cropped to their boxes; yours are taken as they are: crop them as closely first"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Photographs and folders of them; the form of the output."""
    parser.add_argument("photographs", nargs="*", type=Path, metavar="PHOTO", help="a photograph, or a folder of them")
    parser.add_argument("--json", action="store_true", help="a line of JSON a photograph, as soon as it is named")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also a page with the photographs side by side")
    parser.add_argument(
        "--together", action="store_true", help="they all show one individual: one answer, from all of them"
    )
    parser.add_argument("--side", metavar="WORD", help="the side that they all show, as left; without: every side")
    parser.add_argument("--species", metavar="NAME", help="the species that they all show; without: every species")
    parser.add_argument("--serve", action="store_true", help="a page to drop photographs on, and JSON, on 127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="with --serve: where it listens (default: a free port)")
    parser.add_argument("--no-browser", action="store_true", help="with --serve: print the address, open no browser")
    parser.add_argument(
        "--identifier", type=Path, metavar="DIR", help=f"the identifier (default: the project's {artifacts.IDENTIFIER})"
    )


def run(arguments: argparse.Namespace) -> list[str]:
    """Identify one photograph after the other, all of them together, or what a browser sends.

    Returns:
        No hints for the console.

    Raises:
        BadParameter: options that do not go together.
        BadInput: no photograph; a side or species that no labelled one has; or (at the end) some could not be opened.
    """
    _check(arguments)
    if arguments.serve:
        return _serve(arguments)
    files = list(_files(arguments.photographs))
    if not files:
        remedy = f"A photograph in a folder ends in {', '.join(PICTURE_ENDINGS)}."
        raise BadInput(Problem("no photograph there", remedy, where=str(arguments.photographs[0])))
    broken: list[Answer] = []
    answered = 0
    entries = []
    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        project = _load(arguments, Path(scratch))
        _say_notices(project)
        traits = _traits(arguments, project)
        pictures = _pictures(project, _home(arguments), len(files)) if arguments.html else None
        answers = _together if arguments.together else _each
        for answer in answers(arguments, files, Path(scratch), project, traits):
            listed = not (arguments.together and answer.error)  # else the one answer names it
            _print(answer, as_json=arguments.json and listed)
            broken += [answer] if answer.error else []
            answered += 0 if answer.error else max(1, len(answer.photographs))
            if pictures is not None and listed:
                from longtail.identifying import page

                entries.append(page.entry(answer, pictures))
    if arguments.html:
        page.write(arguments.html, entries, project.notices)
        _LOG.info(f"\n{arguments.html}: open it in a browser")
    from longtail.identifying import network

    network.keep(project.network, project.card, project.graphs)
    if broken:
        done = "used" if arguments.together else "named"
        remedy = f"The other {answered:,} were {done}." if answered else "Give others."
        example = f"{broken[0].photograph}: {broken[0].error}"
        raise BadInput(Problem("photograph that cannot be opened", remedy, count=len(broken), example=example))
    return []


def _check(arguments: argparse.Namespace) -> None:
    own = [flag for flag, value in (("--port", arguments.port), ("--no-browser", arguments.no_browser)) if value]
    if own and not arguments.serve:
        raise BadParameter(Problem(f"{own[0]} without --serve", f"longtail identify --serve {own[0]}"))
    options = ("photographs", "json", "html", "together", "side", "species")
    others = [name for name in options if arguments.serve and getattr(arguments, name)]
    if others:
        named = "photographs" if others[0] == "photographs" else f"--{others[0]}"
        raise BadParameter(
            Problem(f"{named} with --serve", "The page takes photographs, and what they show: leave it out.")
        )
    if not (arguments.serve or arguments.photographs):
        raise BadParameter(Problem("no photograph is named", f"{EXAMPLE}, or longtail identify --serve"))


def _serve(arguments: argparse.Namespace) -> list[str]:
    from longtail.identifying import network
    from longtail.identifying.web import serving
    from longtail.identifying.web.desk import Desk

    with tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
        project = _load(arguments, Path(scratch))
        _say_notices(project)
        network.keep(project.network, project.card, project.graphs)
        desk = Desk(project, _pictures(project, _home(arguments), photographs=1))
        serving.serve(desk, arguments.port, print, open_browser=not arguments.no_browser)
    return []


def _say_notices(project: LoadedProject) -> None:
    """What holds for all photographs."""
    if project.predictor.labelled is not None and project.predictor.labelled.cropped:
        _LOG.warning(f"longtail identify: {_NOT_CROPPED.format(project.predictor.labelled.cropped)}")
    for notice in project.notices:
        _LOG.warning(f"longtail identify: {notice}")


def _prepare() -> type[StageParams]:
    from longtail.stages import prepare  # here: needed where no record says its parameters

    return prepare.Params


def _audit() -> type[StageParams]:
    from longtail.stages import audit

    return audit.Params


def _home(arguments: argparse.Namespace) -> Path:
    """The project's root: of the current folder, else of the identifier; the current folder where there is none."""
    chosen: Path | None = arguments.identifier
    return find_project(Path.cwd()) or (find_project(chosen.resolve()) if chosen else None) or Path.cwd()


def _pictures(project: LoadedProject, home: Path, photographs: int) -> PictureSource:
    from longtail.identifying import page, pictures

    return pictures.picture_source(project, home, page.picture_side(photographs))


def _load(arguments: argparse.Namespace, scratch: Path) -> LoadedProject:
    from longtail.identifying import loading

    pictures = bool(arguments.html or arguments.serve)
    return loading.load(_home(arguments), arguments.identifier, scratch, _prepare, _audit, pictures=pictures)


def _traits(arguments: argparse.Namespace, project: LoadedProject) -> Traits | None:
    from longtail.identifying.query_traits import query_traits

    return query_traits(project.predictor.identifier, {"side": arguments.side, "species": arguments.species})


def _each(
    arguments: argparse.Namespace, files: list[Path], scratch: Path, project: LoadedProject, traits: Traits | None
) -> Iterator[Answer]:
    """An answer for each photograph."""
    return (_identify(file, scratch, project, traits) for file in files)


def _together(
    arguments: argparse.Namespace, files: list[Path], scratch: Path, project: LoadedProject, traits: Traits | None
) -> Iterator[Answer]:
    """The photographs that cannot be opened, then one answer for all others."""
    from longtail.identifying import together

    encounter = together.gather(files, scratch, project)
    yield from encounter.broken
    if encounter.used:
        first, *more = arguments.photographs
        name = f"{first} and {len(more):,} more" if more else str(first)
        yield together.answer(encounter, name, project, traits)


def _identify(file: Path, scratch: Path, project: LoadedProject, traits: Traits | None) -> Answer:
    from longtail.identifying import photograph
    from longtail.identifying.rendering import Answer

    query = project.inspect(file, scratch)
    if query.error:
        return Answer(str(file), query.error)
    return project.predictor.answer(query, photograph.embed(query, project.network, project.card), traits)


def _print(answer: Answer, *, as_json: bool) -> None:
    if answer.error:
        _LOG.error(f"longtail identify: {answer.photograph}: {answer.error}")
    if as_json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False), flush=True)
    elif not answer.error:
        print(answer, flush=True)


def _files(arguments: list[Path]) -> Iterator[Path]:
    """The files named; of a folder the photographs in it, sorted by name, with a message about files left out."""
    for path in arguments:
        if not _is_folder(path):
            yield path
            continue
        below = (file for file in path.rglob("*") if not is_junk(PurePosixPath(file.relative_to(path))))
        every = sorted(file for file in below if file.is_file())
        photographs = [file for file in every if file.suffix.lower() in PICTURE_ENDINGS]
        raw = [file for file in every if file.suffix.lower() in RAW_ENDINGS]
        if raw:
            _LOG.warning(f"{path}: {len(raw):,} raw files of a camera, left out, e.g. {raw[0].name}: {RAW_REMEDY}")
        if others := len(every) - len(photographs) - len(raw):
            _LOG.info(f"{path}: {others:,} files that are no photographs, left out")
        yield from photographs


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long: opening it fails too, with a message
        return False
