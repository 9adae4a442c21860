"""Folders whose names say what lies in them: a folder an individual, also below species, place or year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from longtail.errors import BadInput, BadParameter, Problem, format_examples
from longtail.importing import labelling, naming
from longtail.importing.folder_checks import refuse_unclear, refuse_unclear_test, refuse_unknown
from longtail.importing.listing import Listing, left_out
from longtail.importing.members import Member, empty_folders
from longtail.importing.plan import LabelRow, Plan

INDIVIDUAL = "individual"
LEVELS = (INDIVIDUAL, "species", "place", "year", "side", "date", "encounter", "skip")
"""What a level of folders can say; `skip` says nothing."""
_FOLDS = ("train", "val", "valid", "validation")


@dataclass(frozen=True)
class _Shot:
    """A labelled photograph, and the folders that say something of it."""

    member: Member
    folders: tuple[str, ...]

    @property
    def below(self) -> PurePosixPath:
        return PurePosixPath(*self.folders, self.member.path.name)


def pattern_of(kind: str) -> tuple[str, ...] | None:
    """What each level of folders says, of a value of `--as` such as `species/individual`.

    Args:
        kind: the value.

    Returns:
        A word for each level; None where it is no such value.

    Raises:
        BadParameter: it has levels, but not exactly one individual.
    """
    levels = tuple(kind.split("/"))
    if not set(levels) <= set(LEVELS):
        return None
    named = [level for level in levels if level != "skip"]
    if levels.count(INDIVIDUAL) != 1 or len(set(named)) < len(named):
        remedy = "Name each level once, as --as species/individual; `skip` may stand more than once."
        raise BadParameter(Problem(f"--as {kind} needs the level `{INDIVIDUAL}` once, and no level twice", remedy))
    return levels


def plan(listing: Listing, pattern: tuple[str, ...] | None) -> Plan:
    """The plan for folders.

    Args:
        listing: the source.
        pattern: what each level of folders says; None: a folder an individual, where it is clear that this is meant.

    Returns:
        What goes where.

    Raises:
        BadInput: it is not clear what the folders say, or a photograph lies above the last level.
    """
    test = [member for member in listing.photographs() if member.top == "test"]
    shots = _shots([member for member in listing.photographs() if member.top != "test"])
    refuse_unclear_test(test, listing)
    if test and not shots and pattern is None and listing.verb == "add":
        return _test_alone(test, listing)
    if pattern is None:
        refuse_unclear(folders_of_photographs(listing), listing)
        pattern = (INDIVIDUAL,)
    shots = _deep_enough(shots, pattern, listing)
    at = pattern.index(INDIVIDUAL)
    columns = [level for level in pattern if level not in (INDIVIDUAL, "skip")]
    rows = [
        LabelRow(str(shot.below), shot.folders[at], tuple(shot.folders[pattern.index(level)] for level in columns))
        for shot in shots
    ]
    refuse_unknown(sorted({row.identity for row in rows}), listing)
    own_word = (listing.data.unknown_label,) if listing.data.unknown_label else ()
    labels, notes = labelling.identities(rows, listing, own_word)
    names = naming.joined([shot.below for shot in shots], [shot.member.path for shot in shots])
    written = sorted((name, label, *row.cells) for name, label, row in zip(names, labels, rows, strict=True))
    train = {name: shot.member for name, shot in sorted(zip(names, shots, strict=True), key=lambda pair: pair[0])}
    placed = naming.flat(test, listing)
    return Plan(
        kind=_kind(pattern),
        train=train,
        test=placed,
        header=(listing.data.image_column, listing.data.identity_column, *columns),
        rows=written,
        left_out=left_out(listing, [*train.values(), *placed.values()]),
        notes=[*notes, *_across(rows, columns, listing), *_without_photographs(listing)],
    )


def _test_alone(test: list[Member], listing: Listing) -> Plan:
    """Photographs to be named, for a set that has labelled ones."""
    placed = naming.flat(test, listing)
    header = (listing.data.image_column, listing.data.identity_column)
    others = left_out(listing, list(placed.values()))
    return Plan("test photographs alone", train={}, test=placed, header=header, rows=[], left_out=others)


def folders_of_photographs(listing: Listing) -> dict[PurePosixPath, tuple[str, ...]]:
    """The labelled photographs of a source of folders.

    Args:
        listing: the source.

    Returns:
        {path: folders that may say something}.
    """
    shots = _shots([member for member in listing.photographs() if member.top != "test"])
    return {shot.below: shot.folders for shot in shots}


def _shots(members: list[Member]) -> list[_Shot]:
    """The photographs without `train/` and `val/` where all lie there: folds are Longtail's own to make."""
    in_folds = bool(members) and all(member.top in _FOLDS and len(member.path.parts) > 2 for member in members)
    return [_Shot(member, member.path.parts[1 if in_folds else 0 : -1]) for member in members]


def _deep_enough(shots: list[_Shot], pattern: tuple[str, ...], listing: Listing) -> list[_Shot]:
    """The photographs with a folder for each level, those that hold the whole source included."""
    lacking = max((len(pattern) - len(shot.folders) for shot in shots), default=0)
    if lacking > 0 and all(len(shot.member.above) >= lacking for shot in shots):
        shots = [_Shot(shot.member, (*shot.member.above[-lacking:], *shot.folders)) for shot in shots]
    shallow = [shot for shot in shots if len(shot.folders) < len(pattern)]
    if shallow or not shots:
        what = f"photograph that lies in fewer folders than --as {'/'.join(pattern)} names"
        remedy = "Nothing was imported. Move it into a folder of the last level, or name fewer levels."
        example = str(shallow[0].member.path) if shallow else "there are no photographs"
        raise BadInput(Problem(what, remedy, listing.source, max(1, len(shallow)), example))
    return shots


def _kind(pattern: tuple[str, ...]) -> str:
    above = [level for level in pattern[: pattern.index(INDIVIDUAL)] if level != "skip"]
    return "a folder for each individual" + (f", below {' and '.join(above)}" if above else "")


def _without_photographs(listing: Listing) -> list[str]:
    """A note on folders that name nobody, because no photograph lies in or below them."""
    there = {parent for member in listing.photographs() for parent in member.path.parents}
    others = {parent for member in listing.members for parent in member.path.parents} - there
    lost = [str(path) for path in {*others, *empty_folders(Path(listing.source))} if path.parts[:1] != ("test",)]
    if not lost:
        return []
    return [f"folders without a photograph, which name no individual: {len(lost):,} ({format_examples(sorted(lost))})"]


def _across(rows: list[LabelRow], columns: list[str], listing: Listing) -> list[str]:
    """A note on individuals that lie in several places; below several species it may be two animals of one name."""
    notes = []
    for at, column in enumerate(columns):
        values: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            values[row.identity].add(row.cells[at])
        several = sorted(name for name, seen in values.items() if len(seen) > 1 and name != listing.data.unknown_label)
        if several and column == "species":
            first = several[0]
            what = "name of an individual that lies below several species"
            remedy = "Nothing was imported. Give each individual a name of its own, as by the species before it."
            example = f"{first!r} below {format_examples(sorted(values[first]))}"
            raise BadInput(Problem(what, remedy, listing.source, len(several), example))
        if several and column == "place":
            notes.append(f"individuals that lie below several places, taken as one each: {format_examples(several)}")
    return notes
