"""The boxes of a COCO file (https://cocodataset.org/#format-data): `[x, y, width, height]` in pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from longtail.importing.box_file import BoxFile, Detection, numbers, refuse_malformed


class _Image(NamedTuple):
    path: str
    size: tuple[float, float] | None


def read(document: Mapping[str, Any], source: str) -> BoxFile:
    """The boxes of every category; a box is named by the `id` of its annotation.

    Annotations of crowds (`iscrowd: 1`) are passed over, and counted: their box holds several animals.

    Args:
        document: the JSON document.
        source: the file, for messages.

    Returns:
        Its boxes.

    Raises:
        BadInput: images without id and file name, or with an id twice; annotations without an id of their own, an image
            or a box.
    """
    images: dict[Any, _Image] = {}
    malformed = []
    for at, entry in enumerate(document["images"]):
        image = _image(entry)
        if image is None or entry["id"] in images:
            malformed.append(f"image {at + 1}")
        else:
            images[entry["id"]] = image
    refuse_malformed(malformed, "an id of its own and a file_name", source)
    detections: list[Detection] = []
    seen: Counter[Any] = Counter()
    for at, entry in enumerate(document["annotations"]):
        name = entry.get("id") if isinstance(entry, Mapping) else None
        of = images.get(entry.get("image_id")) if isinstance(name, int | str) else None
        corner_and_size = numbers(entry.get("bbox")) if of is not None else None
        seen[str(name)] += 1
        if of is None or corner_and_size is None or seen[str(name)] > 1:
            malformed.append(f"annotation {at + 1}")
            continue
        reason = "of crowds (iscrowd)" if entry.get("iscrowd") else ""
        detections.append(Detection(of.path, str(name), corner_and_size, of.size, reason))
    refuse_malformed(malformed, "an id of its own, the id of an image, and a bbox of four numbers", source)
    crowds = sum(bool(one.passed_over) for one in detections)
    notes = [f"boxes passed over, of crowds (iscrowd): {crowds:,}"] if crowds else []
    return BoxFile("COCO", tuple(image.path for image in images.values()), tuple(detections), tuple(notes))


def _image(entry: Any) -> _Image | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), int | str):
        return None
    path, width, height = (entry.get(name) for name in ("file_name", "width", "height"))
    if not isinstance(path, str) or not path:
        return None
    if isinstance(width, int | float) and isinstance(height, int | float) and width > 0 and height > 0:
        return _Image(path, (float(width), float(height)))
    return _Image(path, None)
