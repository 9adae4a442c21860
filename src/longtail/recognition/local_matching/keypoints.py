"""Keypoints of a photograph: points that can be recognised again, each with a descriptor of what is around it.

SIFT (Lowe 2004, "Distinctive image features from scale-invariant keypoints") by OpenCV, its descriptors as RootSIFT
(Arandjelović and Zisserman 2012, "Three things everyone should know to improve object retrieval"): the square root of
each share, so that the Euclidean distance is the Hellinger distance. A learned method is another function in METHODS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Method = Literal["none", "sift"]
Bytes = NDArray[np.uint8]

UNIT = 512
"""Length of a descriptor: inner products stay below 2^24, so that sums of float32 are exact in any order."""


@dataclass(frozen=True)
class KeypointSettings:
    """How keypoints are computed; `identify` computes those of a query with the same."""

    method: Method = "none"
    side: int = 320
    """Longer side in pixels to which a working copy is enlarged or made smaller."""
    max_keypoints: int = 256
    """The strongest that are kept of a photograph."""


@dataclass(frozen=True)
class Keypoints:
    """Of one photograph, the strongest first."""

    positions: NDArray[np.float16]
    """(n, 2), x and y in pixels of the picture in the size that keypoints are computed in."""
    descriptors: Bytes
    """(n, d), each of length UNIT or a little less."""
    size: tuple[int, int] = (1, 1)
    """Width and height of that picture, in pixels."""

    def __len__(self) -> int:
        return len(self.positions)


def compute(picture: Image, settings: KeypointSettings) -> Keypoints:
    """The keypoints of a picture.

    Args:
        picture: a working copy, in mode L or RGB.
        settings: method, size and number.

    Returns:
        At most `settings.max_keypoints`; equal pictures give equal bytes.
    """
    pixels = np.asarray(picture.convert("L"))
    return METHODS[settings.method](_resized(pixels, settings.side), settings.max_keypoints)


def none(pixels: Bytes, most: int) -> Keypoints:
    """No keypoints.

    Args:
        pixels: (height, width), grey.
        most: ignored.

    Returns:
        Nothing.
    """
    return Keypoints(np.empty((0, 2), np.float16), np.empty((0, 0), np.uint8), (pixels.shape[1], pixels.shape[0]))


def sift(pixels: Bytes, most: int) -> Keypoints:
    """SIFT keypoints with RootSIFT descriptors of 128 bytes.

    Args:
        pixels: (height, width), grey.
        most: how many are kept, by response; of equal ones the upper left one.

    Returns:
        The keypoints.
    """
    import cv2

    cv2.setNumThreads(1)  # photographs are worked on side by side already
    detector: Any = cv2.SIFT_create(nfeatures=most)  # type: ignore[attr-defined]
    detected, raw = detector.detectAndCompute(pixels, None)
    if not detected:
        return none(pixels, most)
    # OpenCV keeps all of equal response, in no order of theirs.
    strengths = [(-one.response, one.pt[1], one.pt[0], one.size, one.angle) for one in detected]
    order = sorted(range(len(detected)), key=strengths.__getitem__)[:most]
    positions = np.array([detected[index].pt for index in order], np.float16)
    return Keypoints(positions, root_sift(raw[order]), (pixels.shape[1], pixels.shape[0]))


METHODS: dict[str, Callable[[Bytes, int], Keypoints]] = {"none": none, "sift": sift}
"""Grey pixels (height, width) and the most that are kept -> keypoints."""


def root_sift(descriptors: NDArray[np.floating[Any]]) -> Bytes:
    """SIFT descriptors as RootSIFT, in bytes.

    Args:
        descriptors: (n, 128), 0 or more.

    Returns:
        (n, 128), of length UNIT up to rounding; an element above half of it is cut to 255.
    """
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    return np.asarray(np.minimum(np.sqrt(descriptors / total) * UNIT, 255.0), np.uint8)


def _resized(pixels: Bytes, side: int) -> Bytes:
    """The picture with its longer side at `side` pixels, its shape kept."""
    import cv2

    height, width = pixels.shape
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)
