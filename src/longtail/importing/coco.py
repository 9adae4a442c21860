"""A COCO file: `images`, `annotations`, `categories`. The individual is the category or an annotation's attribute.

https://cocodataset.org/#format-data; attributes stand beside `bbox` (Wild Me, LILA) or in `attributes` (CVAT).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from longtail.errors import BadInput, Problem
from longtail.importing import field_tables, tables
from longtail.importing.archives import translate_zip_errors
from longtail.importing.listing import UNKNOWN_WORDS, Listing, is_photograph, refuse
from longtail.importing.members import Member
from longtail.importing.plan import LabelRow, Plan

CATEGORY = "category"
_STANDARD = frozenset(
    [
        "id",
        "image_id",
        "category_id",
        "bbox",
        "area",
        "iscrowd",
        "segmentation",
        "keypoints",
        "num_keypoints",
        "attributes",
        "score",
        "caption",
    ]
)
_MOST_BYTES = 1 << 30
_MOST_CHOICES = 8


@dataclass(frozen=True)
class Coco:
    """A file as it was read."""

    paths: dict[Any, str]
    """{id of an image: its file name}."""
    dates: dict[Any, str]
    values: list[tuple[Any, dict[str, str]]] = field(default_factory=list)
    """(id of an image, {attribute: value}) of each annotation, the category's name among them."""

    def attributes(self) -> list[str]:
        """Names of the attributes, the category last."""
        names = {name for _, values in self.values for name in values if name != CATEGORY}
        return [*sorted(names), CATEGORY]

    def distinct(self, name: str) -> list[str]:
        """The different values of an attribute, without blank ones and the field's words for unknown."""
        values = {values[name] for _, values in self.values if values.get(name, "").strip()}
        return sorted(values - set(UNKNOWN_WORDS))


def candidates(listing: Listing) -> list[Member]:
    """Files that may be one: JSON beside the photographs, or in a folder `annotations/`."""
    return [
        member
        for member in listing.members
        if member.path.suffix.casefold() == ".json"
        and (len(member.path.parts) == 1 or [part.casefold() for part in member.path.parts[:-1]] == ["annotations"])
    ]


def read(member: Member, listing: Listing) -> Coco | None:
    """Read a COCO file.

    Args:
        member: the file.
        listing: the source.

    Returns:
        Its content; None where it is JSON of another kind, or none.

    Raises:
        BadInput: it is one, but an image has no name, or an annotation no image.
    """
    if member.size > _MOST_BYTES:
        return None
    with translate_zip_errors(listing.source), tables.copied(member, listing).open(encoding="utf-8-sig") as text:
        try:
            content = json.load(text)
        except (ValueError, RecursionError):
            return None
    if not isinstance(content, dict) or not all(_are_records(content.get(key)) for key in ("images", "annotations")):
        return None
    where = f"{listing.source}: {member.path}"
    images = {_key(image.get("id")): image for image in content["images"]}
    _refuse_broken(
        "image without a file name", [i for i in content["images"] if not _is_text(i.get("file_name"))], where
    )
    stray = [one for one in content["annotations"] if _key(one.get("image_id")) not in images]
    _refuse_broken("annotation without its image", stray, where)
    names = {
        _key(one.get("id")): str(one.get("name", "")) for one in content.get("categories") or [] if _is_record(one)
    }
    return Coco(
        {key: image["file_name"] for key, image in images.items()},
        {key: image["date_captured"] for key, image in images.items() if _is_text(image.get("date_captured"))},
        [(_key(one["image_id"]), _values(one, names)) for one in content["annotations"]],
    )


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
    rows = list(_rows(coco, attribute, columns))
    return field_tables.of_rows(kind, member, listing, rows, columns, files, [])


def _rows(coco: Coco, attribute: str, columns: list[str]) -> Iterator[LabelRow]:
    """A row for each individual of an image: several boxes of one are one photograph of it."""
    of_image: dict[tuple[Any, str], list[dict[str, str]]] = defaultdict(list)
    for image, values in coco.values:
        of_image[image, values.get(attribute, "")].append(values)
    for (image, identity), boxes in of_image.items():
        cells = []
        for name in columns:
            seen = {values.get(name, "") for values in boxes}
            date = coco.dates.get(image, "") if name == "date" and seen == {""} else ""
            cells.append(date or (seen.pop() if len(seen) == 1 else ""))
        yield LabelRow(coco.paths[image], identity, tuple(cells))


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
        (listing.command(f"coco:{name}"), f"{len(values[name]):,} individuals, e.g. {values[name][0]}")
        for name in usable[:_MOST_CHOICES]
    ]


def _values(annotation: Mapping[str, Any], categories: Mapping[Any, str]) -> dict[str, str]:
    nested = annotation.get("attributes")
    every = {**(nested if isinstance(nested, dict) else {}), **annotation}
    plain = {name: _text(value) for name, value in every.items() if name not in _STANDARD and name != CATEGORY}
    own = {name: value for name, value in plain.items() if value is not None}
    return {**own, CATEGORY: categories.get(_key(annotation.get("category_id")), "")}


def _text(value: Any) -> str | None:
    """A value that a cell can hold; None for lists and what else is none."""
    if isinstance(value, str):
        return value
    return None if value is None or isinstance(value, list | dict) else str(value)


def _key(value: Any) -> Any:
    return value if isinstance(value, str | int) else repr(value)


def _is_record(value: Any) -> bool:
    return isinstance(value, dict)


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and all(_is_record(one) for one in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _refuse_broken(what: str, records: list[Mapping[str, Any]], where: str) -> None:
    if records:
        remedy = "Nothing was imported. Mend the file, or write it anew."
        raise BadInput(Problem(what, remedy, where, len(records), json.dumps(records[0])[:80]))
