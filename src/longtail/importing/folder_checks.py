"""Folders that could be meant in several ways are refused, with what each way would be."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NoReturn

from longtail.errors import BadInput, Problem, format_examples
from longtail.images.kinds import RAW_REMEDY
from longtail.importing.listing import Listing, is_raw, is_unknown_word, refuse
from longtail.importing.members import Member
from longtail.labels.dates import day_of

_PARTS_OF_A_SET = frozenset(
    {
        *("train", "training", "val", "valid", "validation", "test", "testing"),
        *("image", "images", "img", "imgs", "photo", "photos", "photographs", "pic", "pics", "pictures"),
        *("all", "data", "database", "dataset", "gallery", "query", "raw"),
        *("labeled", "labelled", "unlabeled", "unlabelled", "left", "right"),
    }
)
"""Words in the names of folders that hold a part of a set, and hardly an individual."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_BETWEEN_WORDS = re.compile(r"[\W\d_]+")
_SIDES = frozenset({"l", "left", "r", "right", "front", "back", "top", "dorsal", "ventral"})
_PER_SPECIES = ("species/individual", "a folder a species, in it a folder an individual")
_TWO_LEVELS = (
    ("individual", "the outer folder is the individual, whatever lies in it"),
    _PER_SPECIES,
    ("place/individual", "a folder a place, in it a folder an individual"),
    ("year/individual", "a folder a year, in it a folder an individual"),
    ("individual/encounter", "a folder an individual, in it a folder an encounter"),
    ("skip/individual", "the inner folder is the individual, the outer one says nothing"),
)


def refuse_unclear(photographs: Mapping[PurePosixPath, tuple[str, ...]], listing: Listing) -> None:
    """Refuse folders of which it is not clear that each is an individual.

    Args:
        photographs: {path: folders that may say something}.
        listing: the source.

    Raises:
        BadInput: no photographs, photographs in no folder, one folder, several levels, names of parts of a set.
    """
    folders = sorted({above[0] for above in photographs.values() if above})
    loose = [path for path, above in photographs.items() if not above]
    if not folders:
        _refuse_neither(listing)
    if loose:
        what = "photograph beside folders, so that it is not clear whom it shows"
        refuse(listing, what, _for_loose(listing), str(loose[0]), len(loose))
    parts = _parts_of_a_set(photographs)
    deep = [path for path, above in photographs.items() if len(above) > 1]
    if parts:
        what = f"no table, and folders with names as of parts of a set ({format_examples(parts)})"
        refuse(listing, what, [*_table_first(), *_as(listing, [("individual", "each folder is an individual")])])
    if deep:
        what = "photograph in a folder within a folder, so that it is not clear which one is the individual"
        choices = readings(photographs, listing)
        choices += [(listing.command_below(name), "this folder is a set of its own") for name in folders[:2]]
        refuse(listing, what, choices, str(deep[0]), len(deep))
    if len(folders) == 1:
        what = f"all photographs lie in one folder ('{folders[0]}') and there is no table"
        refuse(listing, what, [*_table_first(), *readings(photographs, listing)])


def readings(photographs: Mapping[PurePosixPath, tuple[str, ...]], listing: Listing) -> list[tuple[str, str]]:
    """What folders could say.

    Args:
        photographs: {path: folders that may say something}.
        listing: the source.

    Returns:
        (command, what it means); none where no folder, or a part of a set, holds photographs.
    """
    depths = [len(above) for above in photographs.values()]
    folders = {above[0] for above in photographs.values() if above}
    if _parts_of_a_set(photographs) or min(depths, default=0) == 0:
        return []
    if max(depths) > 1:
        return _as(listing, [*_by_names(photographs), *_levels(depths)])
    meaning = "each folder is an individual" if len(folders) > 1 else "they show one individual"
    return _as(listing, [("individual", meaning)])


def refuse_unclear_test(test: list[Member], listing: Listing) -> None:
    """Refuse a folder `test/` with folders in it: labelled photographs, or folders that say nothing?

    Args:
        test: photographs in `test/`.
        listing: the source.

    Raises:
        BadInput: there are such folders.
    """
    deep = [member for member in test if len(member.path.parts) > 2]
    if not deep:
        return
    choices = [
        ("move the folders of test/ into train/", "they are individuals to learn from; Longtail makes its own folds"),
        ("move the photographs of test/ directly into it", "they are photographs to be named"),
    ]
    if any(member.top == "train" for member in listing.members):
        choices.append((listing.command_below("train"), "without test/"))
    what = "photograph in a folder below test/, so that it is not clear whether it is labelled"
    refuse(listing, what, choices, str(deep[0].path), len(deep))


def _parts_of_a_set(photographs: Mapping[PurePosixPath, tuple[str, ...]]) -> list[str]:
    """Names of folders that hold parts of a set and photographs: of its halves, of years."""
    folders = sorted({above[0] for above in photographs.values() if above})
    parts = [name for name in folders if _PARTS_OF_A_SET & set(_BETWEEN_WORDS.split(name.casefold()))]
    parts = parts or (folders if all(_YEAR.fullmatch(name) for name in folders) else [])
    return parts if any(len(above) < 2 for above in photographs.values()) else []


def refuse_unknown(folders: list[str], listing: Listing) -> None:
    """Refuse the field's words for "none of the known" as individuals, where the project has another word.

    Args:
        folders: names of the folders that are individuals.
        listing: the source.

    Raises:
        BadInput: there is such a word.
    """
    own = listing.data.unknown_label
    words = [name for name in folders if is_unknown_word(name) and name != own]
    if words:
        choices = [(f"set data.unknown_label: {words[0]}", "in params.yaml, if it means 'none of the known'")]
        if own:
            choices.append((f"rename the folder to {own}", "the project's word for 'none of the known'"))
        choices.append(("rename the folder", "if it is an individual"))
        refuse(listing, f"a folder is called '{words[0]}'", choices)


def _refuse_neither(listing: Listing) -> NoReturn:
    tops = sorted({member.path.parts[0] for member in listing.members})
    what = "neither a train.csv nor a folder of photographs for each identity"
    photographs = listing.photographs()
    raw = [member.path for member in listing.members if is_raw(member.path)]
    if raw and not photographs:
        remedy = f"Nothing was imported. With a raw file: {RAW_REMEDY}."
        example = str(raw[0])
        raise BadInput(Problem("camera's raw file, and no photograph", remedy, listing.source, len(raw), example))
    if not photographs:
        remedy = "Nothing was imported. Give it a train.csv with one row a photograph, or a folder an identity."
        what += f": it holds {format_examples(tops, 5)}" if tops else ": it is empty"
        raise BadInput(Problem(what, remedy, where=listing.source))
    if all(member.top == "test" for member in photographs):
        remedy = "Nothing was imported. Import labelled photographs first; `longtail add` then takes test/ alone."
        raise BadInput(Problem(f"{what}: it holds test/ alone", remedy, where=listing.source))
    source = listing.source if photographs[0].file else "FOLDER"
    choices = [
        *_table_first(),
        ("move them into folders", "one for each individual that they show"),
        (f"longtail identify {shlex.quote(source)}", "they have no names: a trained network gives them names"),
        ("move them into a folder test/", "they have no names, and shall be part of the submission"),
    ]
    refuse(listing, what, choices, f"it holds {format_examples(tops, 5)}")


def _by_names(photographs: Mapping[PurePosixPath, tuple[str, ...]]) -> list[tuple[str, str]]:
    """What the inner ones of two levels of folders say by their own names: days, or sides."""
    if any(len(above) != 2 for above in photographs.values()):
        return []
    inner = {above[1] for above in photographs.values()}
    if all(day_of(name) for name in inner):
        return [("individual/date", "a folder an individual, in it a folder a day")]
    if len(inner) > 1 and {_side(name) for name in inner} <= _SIDES:
        return [("individual/side", "a folder an individual, in it a folder a side")]
    return []


def _side(name: str) -> str:
    return _BETWEEN_WORDS.split(name.casefold())[0]


def _levels(depths: list[int]) -> list[tuple[str, str]]:
    """Readings of folders of these depths; each photograph needs a folder for every level."""
    more = ("species/year/individual", "any order of individual, species, place, year, side, date, encounter, skip")
    readings = _TWO_LEVELS if max(depths) == 2 else (_TWO_LEVELS[0], more)
    return [(kind, meaning) for kind, meaning in readings if kind.count("/") < min(depths)]


def _as(listing: Listing, readings: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(listing.command(kind), meaning) for kind, meaning in readings]


def _table_first() -> list[tuple[str, str]]:
    return [("put a train.csv beside them", "one row a photograph: its name, its individual")]


def _for_loose(listing: Listing) -> list[tuple[str, str]]:
    word = listing.data.unknown_label or "new_individual"
    return [
        ("move them into the folders", "of the individuals that they show"),
        (f"move them into a folder {word}/", "they show none of the known" if listing.data.unknown_label else ""),
        ("move them into a folder test/", "they are photographs to be named"),
    ]
