"""From the rows of a source to those of train.csv: which photographs are there, how individuals are written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.importing import matching, naming
from longtail.importing.listing import UNKNOWN_WORDS, Listing
from longtail.importing.members import Member
from longtail.importing.plan import LabelRow, Plan
from longtail.labels.boxes import named_box

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
Labelled = list[tuple[LabelRow, Member]]


def present(rows: Sequence[LabelRow], files: Sequence[Member], where: str) -> tuple[Labelled, list[LabelRow]]:
    """The rows with their photographs, and the rows without one.

    Args:
        rows: the labelled photographs of a table.
        files: what may be meant.
        where: the table, for messages.

    Returns:
        Both, in the order of the table.

    Raises:
        BadInput: no row has a photograph; or as `matching.match`.
    """
    rows = _with_boxes(rows, files)
    matched = matching.match(rows, files, where)
    labelled = [(row, file) for row, file in zip(rows, matched, strict=True) if file is not None]
    if not labelled:
        remedy = "Nothing was imported. Put them where the table says: its paths begin in its own folder."
        what = "there is a table, but no photographs are with it"
        raise BadInput(Problem(what, remedy, where, example=f"{rows[0].path} is not there"))
    return labelled, [row for row, file in zip(rows, matched, strict=True) if file is None]


def names(labelled: Labelled) -> list[str]:
    """The name that each photograph gets: its path in the table, with the ending that the file has."""
    paths = [naming.with_ending(matching.plain_path(row.path), file) for row, file in labelled]
    different = list(dict.fromkeys(paths))  # rows of several boxes share a photograph
    name_of = dict(zip(different, naming.joined(different), strict=True))
    return [name_of[path] for path in paths]


def _with_boxes(rows: Sequence[LabelRow], files: Sequence[Member]) -> list[LabelRow]:
    """The rows with `NAME#box` taken apart, where no file is called so."""
    there = {file.path.name for file in files}
    apart = []
    for row in rows:
        named = named_box(row.path) if matching.plain_path(row.path).name not in there else None
        apart.append(replace(row, path=named[0], part=f"#{named[1]}") if named else row)
    return apart


def refuse_blank(rows: Sequence[LabelRow], where: str, words: str) -> None:
    """Refuse rows without an individual: which of them is unknown is the user's to say.

    Args:
        rows: the labelled photographs.
        where: the table.
        words: what to write for an unknown one.

    Raises:
        BadInput: there is such a row.
    """
    blank = [row for row in rows if not row.identity.strip()]
    if blank:
        remedy = f"Nothing was imported. Fill it in, or write '{words}' if it is none of the known."
        at = f"{where}, row {blank[0].row}" if blank[0].row else where
        raise BadInput(Problem("photograph without an individual", remedy, at, len(blank), blank[0].path))


def identities(rows: Sequence[LabelRow], listing: Listing, unknown: Sequence[str]) -> tuple[list[str], list[str]]:
    """The labels as train.csv writes them: one word, since a submission separates its candidates by spaces.

    Args:
        rows: the labelled photographs.
        listing: the source.
        unknown: the source's words for "none of the known", in capitals too.

    Returns:
        A label for each row; notes.

    Raises:
        BadInput: individuals that differ in spaces alone; unknown ones, where `data.unknown_label` is empty.
    """
    word = listing.data.unknown_label
    words = {_plain(name) for name in unknown}
    strangers = [row for row in rows if _plain(row.identity) in words]
    if strangers and not word:
        remedy = "Nothing was imported. Set data.unknown_label in params.yaml to a word for them, as new_individual."
        what = f"photograph labelled '{strangers[0].identity}', and data.unknown_label is ''"
        raise BadInput(Problem(what, remedy, listing.source, len(strangers), strangers[0].path))
    written_as: dict[str, set[str]] = defaultdict(set)
    labels = []
    for row in rows:
        is_unknown = _plain(row.identity) in words or row.identity == word
        plain = unicodedata.normalize("NFC", row.identity)
        label = word if is_unknown else "_".join(plain.split())
        if not is_unknown:
            written_as[label].add(plain)
        labels.append(label)
    merged = [sorted(spellings) for spellings in written_as.values() if len(spellings) > 1]
    if merged:
        what = "individuals whose names differ in spaces alone"
        remedy = "Nothing was imported. Rename one of them: an identity is written without spaces."
        example = " and ".join(map(repr, merged[0]))
        raise BadInput(Problem(what, remedy, listing.source, len(merged), example))
    changed = [(before, label) for label, spellings in written_as.items() for before in spellings if before != label]
    if not changed:
        return labels, []
    before, label = changed[0]
    what = f"identities written with underscores for spaces: {len(changed):,}, e.g. {before!r} as {label!r}"
    return labels, [what]


def lost(labelled: Labelled, missing: Sequence[LabelRow]) -> list[str]:
    """Notes on the photographs that a table names and the source does not have: whom they show.

    Args:
        labelled: the rows with a photograph.
        missing: the rows without one.

    Returns:
        No note where nothing is missing.
    """
    if not missing:
        return []
    kept = {row.identity for row, _ in labelled}
    losses = Counter(row.identity for row in missing)
    gone = [name for name in losses if name not in kept]
    all_gone = f"; {counted(len(gone), 'individual')} lost all: {format_examples(gone, 5)}" if gone else ""
    by_loss = [f"{name} {number}" for name, number in losses.most_common()]
    return [
        f"photographs of the table that are not in the source: {len(missing):,} "
        f"({format_examples(row.path for row in missing)})",
        f"individuals that lose photographs: {len(losses):,} ({format_examples(by_loss, 5)}){all_gone}",
    ]


def across_species(plan: Plan, unknown_label: str) -> list[str]:
    """A note on individuals whose photographs a table gives to several species.

    Args:
        plan: what will be brought.
        unknown_label: the label that says "none of the known".

    Returns:
        No note where there is none.
    """
    if "species" not in plan.header:
        return []
    species: dict[str, set[str]] = defaultdict(set)
    for identity, value in zip((cells[1] for cells in plan.rows), plan.column("species"), strict=True):
        if value.strip():  # a blank one says nothing
            species[identity].add(value)
    several = sorted(name for name, values in species.items() if len(values) > 1 and name != unknown_label)
    if not several:
        return []
    example = f"{several[0]}: {format_examples(sorted(species[several[0]]))}"
    return [f"individuals with photographs of several species: {len(several):,}, e.g. {example}"]


def describe(plan: Plan, listing: Listing) -> str:
    """One line on what a source is: `a wildlife-datasets table: 2 species, 94 individuals, 2010 to 2021`.

    Args:
        plan: what will be brought.
        listing: the source.

    Returns:
        The kind, species where known, individuals, years where known.
    """
    if not plan.rows:
        return f"{plan.kind}: {counted(len(plan.test), 'photograph')}"
    species = {value for value in plan.column("species") if value}
    individuals = set(plan.labels(listing.data)) - {listing.data.unknown_label}
    dates = [_YEAR.search(value) for name in ("date", "year") for value in plan.column(name)]
    years = sorted(year[0] for year in dates if year)
    parts = [f"{len(species):,} species"] * bool(species) + [counted(len(individuals), "individual")]
    if years:
        parts.append(years[0] if years[0] == years[-1] else f"{years[0]} to {years[-1]}")
    return f"{plan.kind}: {', '.join(parts)}"


def unknown_words(listing: Listing) -> tuple[str, ...]:
    """Words that no individual is called by: the project's own and the field's."""
    return (*UNKNOWN_WORDS, *([listing.data.unknown_label] if listing.data.unknown_label else []))


def _plain(name: str) -> str:
    return "_".join(name.split()).casefold()
