"""Which photograph a path in a file of boxes means. By path, from its end; nothing is guessed."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from longtail.errors import BadInput, Problem, format_examples
from longtail.importing.box_file import NOTHING_IMPORTED

FOLDERS = ("train", "test", "train_images", "test_images")
Parts = tuple[str, ...]


class Photograph(NamedTuple):
    """One photograph that is brought: its folder in the raw set (`train` or `test`), and its name there."""

    folder: str
    name: str


def join(paths: Iterable[str], photographs: Mapping[Photograph, PurePosixPath], source: str) -> dict[str, Photograph]:
    """The photograph of each path.

    The file of boxes may begin above or below the folder that is imported: of two paths the shorter one must be the end
    of the longer one. Where several photographs fit, the one with most in common is meant.

    Args:
        paths: as the file of boxes writes them.
        photographs: each with its path in the source.
        source: the file of boxes, for messages.

    Returns:
        {path: photograph}; paths of no photograph are left out.

    Raises:
        BadInput: a path that fits several photographs, or a photograph that several paths fit, equally well.
    """
    by_name: dict[str, list[tuple[Photograph, Parts]]] = defaultdict(list)
    for photograph, path in photographs.items():
        for parts in _forms(_parts(str(path))):
            by_name[parts[-1]].append((photograph, parts))
    fits: dict[str, tuple[int, Photograph]] = {}
    unclear: list[tuple[str, list[Photograph]]] = []
    for text in dict.fromkeys(paths):
        parts = _parts(text)
        ranked = sorted(
            {
                (-common, photograph)
                for photograph, other in by_name.get(parts[-1], [])
                if (common := _common(parts, other))
            }
        )
        best = list(dict.fromkeys(photograph for common, photograph in ranked if common == ranked[0][0]))
        if len(best) > 1:
            unclear.append((text, best))
        elif best:
            fits[text] = (-ranked[0][0], best[0])
    _refuse_unclear(
        [f"{text}: {_as_text(best)}" for text, best in unclear], "path that fits several photographs", source
    )
    return _one_path_each(fits, source)


def _one_path_each(fits: Mapping[str, tuple[int, Photograph]], source: str) -> dict[str, Photograph]:
    """Of several paths that fit one photograph the one with most in common."""
    by_photograph: dict[Photograph, list[tuple[int, str]]] = defaultdict(list)
    for text, (common, photograph) in fits.items():
        by_photograph[photograph].append((common, text))
    joined, shared = {}, []
    for photograph, texts in by_photograph.items():
        most = max(common for common, _ in texts)
        best = [text for common, text in texts if common == most]
        joined[best[0]] = photograph
        if len(best) > 1:
            shared.append(f"{photograph.name}: {format_examples(best)}")
    _refuse_unclear(shared, "photograph that several paths fit", source)
    return joined


def _refuse_unclear(examples: list[str], what: str, source: str) -> None:
    if examples:
        remedy = f"{NOTHING_IMPORTED} Run the detector on the folder that you import, so that the paths are the same."
        raise BadInput(Problem(what, remedy, source, len(examples), examples[0]))


def _parts(path: str) -> Parts:
    """The folders and the name, without drive and root: accents in one form (NFC), the ending in small letters."""
    plain = PurePosixPath(unicodedata.normalize("NFC", path.strip().replace("\\", "/")))
    parts = [part for part in plain.parts if part != "/" and not part.endswith(":")] or [""]
    name = PurePosixPath(parts[-1])
    return (*parts[:-1], name.stem + name.suffix.casefold())


def _forms(parts: Parts) -> list[Parts]:
    """A path in the source, and without the folder that only says which set it is of."""
    return [parts, parts[1:]] if len(parts) > 1 and parts[0].casefold() in FOLDERS else [parts]


def _common(one: Parts, other: Parts) -> int:
    """How many parts two paths have in common, where one is the end of the other; else 0."""
    shorter = min(len(one), len(other))
    return shorter if one[-shorter:] == other[-shorter:] else 0


def _as_text(photographs: Iterable[Photograph]) -> str:
    return format_examples(f"{one.folder}/{one.name}" for one in photographs)
