"""The plan for a COCO file: which attribute is the individual, and a row for each individual of an image."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from longtail.errors import BadInput, Problem
from longtail.importing import field_tables
from longtail.importing.coco import CATEGORY, Annotation, Coco
from longtail.importing.listing import Listing, is_photograph, refuse
from longtail.importing.members import Member
from longtail.importing.plan import LabelRow, Plan

_KIND = "coco"
_MOST_CHOICES = 8


def plan(member: Member, coco: Coco, listing: Listing, attribute: str) -> Plan:
    """The plan for a COCO file.

    Args:
        member: the file.
        coco: its content.
        listing: the source.
        attribute: which attribute is the individual, CATEGORY for the category; `""`: the only one that can be.

    Returns:
        What goes where.

    Raises:
        BadInput: it is not clear which attribute is the individual, or there is none such; or as `field_tables.plan`.
    """
    attribute = attribute or _only_one(member, coco, listing)
    if not coco.distinct(attribute):
        refuse(listing, f"no annotation of {member.path} has a value of '{attribute}'", _choices(coco, listing))
    others = [name for name in coco.attributes() if name != attribute and coco.distinct(name)]
    columns = [*others, *["date"] * bool(coco.dates and "date" not in others)]
    kind = "a COCO file, individuals by " + ("category" if attribute == CATEGORY else f"the attribute '{attribute}'")
    files = [file for file in listing.members if is_photograph(file)]
    boxed = sum(bool(one.box) for one in coco.annotations)
    are_used = field_tables.takes_boxes_of(member, listing)
    rows = list(_rows(coco, attribute, columns, by_box=are_used))
    if boxed and listing.boxes is None:
        _refuse_several(member, coco, attribute, listing)
    planned = field_tables.of_rows(kind, member, listing, rows, columns, files, [])
    return field_tables.with_unused_boxes(planned, member, listing, boxed, f"{_KIND}:{attribute}")


def _rows(coco: Coco, attribute: str, columns: list[str], *, by_box: bool) -> Iterator[LabelRow]:
    # Without their boxes, several annotations of one individual are one photograph of it.
    several = {image for image, boxes in Counter(one.image for one in coco.annotations if one.box).items() if boxes > 1}
    rows: dict[tuple[Any, str, str], list[dict[str, str]]] = defaultdict(list)
    for one in coco.annotations:
        part = f"#{one.box}" if by_box and one.box and one.image in several else ""
        rows[one.image, one.values.get(attribute, ""), part].append(one.values)
    for (image, identity, part), of_row in rows.items():
        cells = []
        for name in columns:
            seen = {values.get(name, "") for values in of_row}
            date = coco.dates.get(image, "") if name == "date" and seen == {""} else ""
            cells.append(date or (seen.pop() if len(seen) == 1 else ""))
        yield LabelRow(coco.paths[image], identity, tuple(cells), part=part)


def _refuse_several(member: Member, coco: Coco, attribute: str, listing: Listing) -> None:
    """Refuse images of several individuals whose boxes tell them apart, with the command. Raises BadInput."""
    of_image: dict[Any, list[Annotation]] = defaultdict(list)
    for one in coco.annotations:
        of_image[one.image].append(one)
    several = [
        image
        for image, annotations in of_image.items()
        if len({one.values.get(attribute) for one in annotations}) > 1 and all(one.box for one in annotations)
    ]
    if several:
        field_tables.refuse_several(member, listing, coco.paths[several[0]], len(several), f"{_KIND}:{attribute}")


def _only_one(member: Member, coco: Coco, listing: Listing) -> str:
    """The category, where nothing else could be the individual. Raises BadInput."""
    choices = _choices(coco, listing)
    if len(coco.distinct(CATEGORY)) > 1 and len(choices) == 1:
        return CATEGORY
    if not choices:
        what = f"{member.path} is a COCO file with one category and no attribute that could be the individual"
        remedy = "Nothing was imported. Give its annotations an attribute, as individual_id."
        raise BadInput(Problem(what, remedy, listing.source))
    return refuse(listing, f"{member.path} is a COCO file, and it is not clear what the individual is", choices)


def _choices(coco: Coco, listing: Listing) -> list[tuple[str, str]]:
    """Commands for the attributes with two values or more, those with the most values first."""
    values = {name: coco.distinct(name) for name in coco.attributes()}
    usable = sorted((name for name in values if len(values[name]) > 1), key=lambda name: (-len(values[name]), name))
    return [
        (listing.command(f"{_KIND}:{name}"), f"{len(values[name]):,} individuals, e.g. {values[name][0]}")
        for name in usable[:_MOST_CHOICES]
    ]
