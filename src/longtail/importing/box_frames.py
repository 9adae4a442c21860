"""From a detection to a box in shares of the upright photograph, where it is known which picture the box was drawn on.

A camera that was held on its side stores the picture as the sensor saw it, and a turn in EXIF. What is known:

- the `megadetector` package turns a colour photograph by 90, 180 or 270 degrees before it looks, but neither a grey one
  nor one that is also mirrored (`visualization_utils.open_image`);
- COCO's files do not say. Browsers, CVAT, labelme and Detectron2 show and read the upright picture, others the stored
  one; `width` and `height` tell where the picture lies on its side.
"""

from __future__ import annotations

from longtail.images.measuring import Measured
from longtail.importing.box_file import Detection
from longtail.labels.boxes import TOLERANCE, Box, problem_of

_TURNED = (3, 6, 8)
_ON_ITS_SIDE = (5, 6, 7, 8)
_UNKNOWN = "box of a photograph that EXIF turns: it is not known whether it was drawn on the upright picture"
_OTHER_SIZE = "box that was drawn on a picture of another size"
_NO_PIXEL = "box of less than a pixel"
_IN_PIXELS = "box in pixels, where MegaDetector's are shares"
REMEDIES = {
    _UNKNOWN: "Turn these photographs themselves (exiftran -a) and draw the boxes again; "
    "or, if they were drawn on the upright pictures: --boxes-upright",
    _OTHER_SIZE: "Draw them on the photographs themselves, or mend width and height in the file.",
    _NO_PIXEL: "Boxes of this kind of file are in pixels: where these are shares, multiply them by width and height.",
    _IN_PIXELS: "Divide them by width and height, or write the boxes as COCO.",
}
"""What to do about each reason that `to_box` gives; others are mended in the file of boxes."""


def to_box(detection: Detection, kind: str, photograph: Measured, *, upright: bool) -> Box | str:
    """The box of a detection.

    Args:
        detection: as the file has it.
        kind: `MegaDetector`, whose boxes are shares, or one of those whose boxes are pixels.
        photograph: size, turn and mode of the photograph.
        upright: the user says that every box was drawn on the upright picture.

    Returns:
        The box, inside of the photograph; a text: why there is none.
    """
    width, height = photograph.size
    size = (float(height), float(width)) if photograph.orientation in _ON_ITS_SIDE else (float(width), float(height))
    frame = detection.frame or size
    x, y, wide, high = detection.corner_and_size
    in_pixels = kind != "MegaDetector"
    if in_pixels and frame not in (size, size[::-1]):
        return _OTHER_SIZE
    if in_pixels and (0 < wide < 1 or 0 < high < 1):
        return _NO_PIXEL
    if not in_pixels and min(wide, high) > 1:
        return _IN_PIXELS
    if not (upright or _is_upright(kind, detection.frame, size, photograph)):
        return _UNKNOWN
    if in_pixels and frame != size:
        return _OTHER_SIZE
    box = Box(x / frame[0], y / frame[1], wide / frame[0], high / frame[1])
    if in_pixels and not problem_of(_without_a_pixel(box, frame)):
        return _inside(box)
    return problem_of(box) or _inside(box)


def _is_upright(kind: str, frame: tuple[float, float] | None, size: tuple[float, float], photograph: Measured) -> bool:
    if photograph.orientation == 1:
        return True
    if kind == "MegaDetector":
        return photograph.orientation in _TURNED and photograph.mode == "RGB"
    return photograph.orientation in _ON_ITS_SIDE and frame == size != size[::-1]


def _without_a_pixel(box: Box, frame: tuple[float, float]) -> Box:
    """The box without a pixel on each side that lies outside: some tools count pixels from 1, or to the next border."""
    across, down = 1 / frame[0], 1 / frame[1]
    x, y = (box.x + across if box.x < 0 else box.x), (box.y + down if box.y < 0 else box.y)
    right, lower = box.x + box.width, box.y + box.height
    right, lower = (right - across if right > 1 else right), (lower - down if lower > 1 else lower)
    return Box(x, y, right - x, lower - y)


def _inside(box: Box) -> Box:
    """The box without what lies outside of the photograph by no more than TOLERANCE, or a pixel."""
    x, y = min(max(box.x, 0.0), 1 - TOLERANCE), min(max(box.y, 0.0), 1 - TOLERANCE)
    return Box(x, y, min(1.0, box.x + box.width) - x, min(1.0, box.y + box.height) - y)
