"""A COCO file: `images`, `annotations`, `categories`. The individual is the category or an annotation's attribute.

https://cocodataset.org/#format-data; attributes stand beside `bbox` (Wild Me, LILA) or in `attributes` (CVAT).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from longtail.errors import BadInput, Problem
from longtail.importing import tables
from longtail.importing.archives import translate_zip_errors
from longtail.importing.box_file import numbers
from longtail.importing.listing import Listing, is_unknown_word
from longtail.importing.members import Member

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


class Annotation(NamedTuple):
    """What a file says of one individual of an image."""

    image: Any
    """The image's id."""
    values: dict[str, str]
    """{attribute: value}, the category's name among them."""
    box: str
    """What a table calls its box by, after a `#`; `""` where it has none."""


@dataclass(frozen=True)
class Coco:
    """A file as it was read."""

    paths: dict[Any, str]
    """{id of an image: its file name}."""
    dates: dict[Any, str]
    annotations: list[Annotation] = field(default_factory=list)

    def attributes(self) -> list[str]:
        """Names of the attributes, the category last."""
        names = {name for one in self.annotations for name in one.values if name != CATEGORY}
        return [*sorted(names), CATEGORY]

    def distinct(self, name: str) -> list[str]:
        """The different values of an attribute, without blank ones and the field's words for unknown."""
        values = {one.values[name] for one in self.annotations if one.values.get(name, "").strip()}
        return sorted(value for value in values if not is_unknown_word(value))


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
        [Annotation(_key(one["image_id"]), _values(one, names), _box_name(one)) for one in content["annotations"]],
    )


def _values(annotation: Mapping[str, Any], categories: Mapping[Any, str]) -> dict[str, str]:
    nested = annotation.get("attributes")
    own = {name: value for name, value in annotation.items() if name not in _STANDARD}
    every = {**(_flat(nested) if isinstance(nested, dict) else {}), **_flat(own)}
    plain = {name: _text(value) for name, value in every.items() if name != CATEGORY}
    own = {name: value for name, value in plain.items() if value is not None}
    return {**own, CATEGORY: categories.get(_key(annotation.get("category_id")), "")}


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Values of records within records, called as `individual.id`."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": value}
    return flat


def _box_name(annotation: Mapping[str, Any]) -> str:
    """The id of an annotation, where it has a box of one animal; as `coco_boxes.read` names it."""
    name = annotation.get("id")
    has_box = numbers(annotation.get("bbox")) is not None and not annotation.get("iscrowd")
    return str(name) if has_box and isinstance(name, int | str) else ""


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
