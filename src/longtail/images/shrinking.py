"""A large photograph at the size of its copy, before anything is measured on it."""

from __future__ import annotations

from typing import cast

from PIL import Image

from longtail.images.colour import is_grey, shows_colour
from longtail.images.opening import OpenedImage
from longtail.images.resampling import lanczos
from longtail.images.working import copy_size, downscale

_LARGE = 2  # times as large as its copy
_VERY_LARGE = 4  # from here on a picture is first shrunk by a whole factor
_GAP = 2.0  # see `working.downscale`
_DRAFT_GAP = 1.5  # a draft is 2 to 4 times as large as its copy: 0.23 grey levels from the full decode instead of 0.20
_COLOUR_GAP = 1.0  # nearer to the Lanczos filter of all pixels than a mean of them is, and quicker
_NEUTRAL = 127, 129  # levels of YCbCr's colours whose channels differ by 3 grey levels at most, less than ROUNDING


def shrunk(opened: OpenedImage, side: int) -> Image.Image:
    """A large picture at the size of its copy, a grey one as one channel; a smaller one unchanged.

    Colours and hashes are taken from what this gives, too: there is no need to go over all of a large picture again.

    Args:
        opened: the photograph.
        side: pixels of the short side of its copy.

    Returns:
        The picture, in mode L, RGB or YCbCr.
    """
    picture = opened.image
    if min(picture.size) < _LARGE * side:
        return picture
    if picture.mode == "YCbCr":
        return _shrunk_apart(picture, side)
    if picture.mode == "RGB" and (shows_colour(picture) or not is_grey(picture.reduce(_LARGE))):
        return downscale(picture, side, _DRAFT_GAP if max(picture.size) < max(opened.size) else _GAP)
    return _shrunk_channel(picture.convert("L"), side)


def _shrunk_apart(picture: Image.Image, side: int) -> Image.Image:
    """A large YCbCr picture: its colours at half the size of its brightness, as the copy's file holds them anyway.

    Args:
        picture: mode YCbCr, at least twice as large as its copy.
        side: pixels of the short side of its copy.

    Returns:
        The copy's picture, in mode L where there is no colour, else YCbCr: on the way to RGB Pillow rounds down.
    """
    brightness, *differences = picture.split()
    small = _shrunk_channel(brightness, side)
    half = (small.width + 1) // 2, (small.height + 1) // 2
    colours = [band.resize(half, Image.Resampling.LANCZOS, reducing_gap=_COLOUR_GAP) for band in differences]
    ends = [cast("tuple[int, int]", band.getextrema()) for band in colours]  # one channel each
    if all(_NEUTRAL[0] <= low and high <= _NEUTRAL[1] for low, high in ends):
        return small
    pairs = (0, 0, small.width / 2, small.height / 2)
    whole = [band.resize(small.size, Image.Resampling.NEAREST, pairs) for band in colours]
    return Image.merge("YCbCr", (small, *whole))


def _shrunk_channel(channel: Image.Image, side: int) -> Image.Image:
    if min(channel.size) > _VERY_LARGE * side:
        return downscale(channel, side, _GAP)
    return lanczos(channel, copy_size(channel, side))
