"""MegaDetector's output format, version 1 (https://lila.science/megadetector-output-format).

Boxes are `[x, y, width, height]` in shares of the photograph as MegaDetector has turned it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from longtail.errors import BadInput, Problem, format_examples
from longtail.importing.box_file import NOTHING_IMPORTED, BoxFile, Detection, numbers, refuse_malformed

ANIMAL = "animal"
_SHARES = (1.0, 1.0)


def read(document: Mapping[str, Any], source: str, min_confidence: float) -> BoxFile:
    """The animals of a file of MegaDetector's.

    A box is named by its number among all detections of its photograph, from 1, whatever the threshold is. Detections
    below the threshold and those of people and vehicles are passed over, and counted.

    Args:
        document: the JSON document.
        source: the file, for messages.
        min_confidence: the threshold.

    Returns:
        Its boxes.

    Raises:
        BadInput: no category is called `animal`; entries without file, box or confidence.
    """
    categories = {str(key): str(name).casefold() for key, name in document["detection_categories"].items()}
    if ANIMAL not in categories.values():
        what = f"no detection category is called '{ANIMAL}'"
        remedy = f"{NOTHING_IMPORTED} Rename the category of the animals in the file."
        raise BadInput(Problem(what, remedy, source, example=format_examples(map(repr, categories.values()), 6)))
    detections: list[Detection] = []
    paths, failed, malformed = [], [], []
    passed_over: Counter[str] = Counter()
    for at, image in enumerate(document["images"]):
        path = image.get("file") if isinstance(image, Mapping) else None
        entries = image.get("detections") or [] if isinstance(image, Mapping) else []
        if not isinstance(path, str) or not path or not isinstance(entries, list):
            malformed.append(f"image {at + 1}")
            continue
        paths.append(path)
        failed += [path] if image.get("failure") else []
        for number, entry in enumerate(entries, start=1):
            detection = _detection(path, number, entry, categories, min_confidence)
            if detection is None:
                malformed.append(f"detection {number} of {path}")
            else:
                detections.append(detection)
                passed_over[detection.passed_over] += 1
    refuse_malformed(malformed, "file, category, conf and a bbox of four numbers", source)
    notes = [f"boxes passed over, {reason}: {count:,}" for reason, count in sorted(passed_over.items()) if reason]
    if failed:
        notes.append(f"photographs that MegaDetector could not read: {len(failed):,} ({format_examples(failed)})")
    return BoxFile("MegaDetector", tuple(paths), tuple(detections), tuple(notes))


def _detection(
    path: str, number: int, entry: Any, categories: Mapping[str, str], min_confidence: float
) -> Detection | None:
    """One detection; None where it is not as the format says."""
    if not isinstance(entry, Mapping):
        return None
    corner_and_size, confidence = numbers(entry.get("bbox")), entry.get("conf")
    if corner_and_size is None or not isinstance(confidence, int | float) or "category" not in entry:
        return None
    is_animal = categories.get(str(entry["category"])) == ANIMAL
    reason = "" if is_animal else f"not of the category '{ANIMAL}'"
    if is_animal and not float(confidence) >= min_confidence:
        reason = f"below the confidence {min_confidence:g}"
    return Detection(path, str(number), corner_and_size, _SHARES, reason)
