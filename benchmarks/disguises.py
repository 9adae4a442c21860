"""How a photograph comes back as another file: what the audit says it sees through, and a mirror, which it must not."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageEnhance

from longtail.duplicates.search import near_pairs
from longtail.images.describing import Item, describe
from longtail.images.working import CopyParams
from longtail.synthetic.fluke import draw_fluke
from longtail.synthetic.photograph import draw_photograph

Change = Callable[[Image.Image], Image.Image]
_COPIES = CopyParams(side=256, quality=95)
_MAX_PIXELS = 100_000_000


def _cropped(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """The picture less these shares of its width and height."""
    width, height = image.size
    return image.crop(
        (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    )


def _recompressed(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(_jpeg(image, quality)))


def _resized(image: Image.Image, share: float) -> Image.Image:
    return image.resize((max(1, round(image.width * share)), max(1, round(image.height * share))))


def _channel(image: Image.Image, number: int) -> Image.Image:
    return image.convert("RGB").split()[number]


def _brighter(image: Image.Image, by: int) -> Image.Image:
    return image.point(lambda grey: max(0, min(255, grey + by)))


def _all_round(share: float) -> Change:
    return partial(_cropped, left=share, top=share, right=share, bottom=share)


def _captioned(image: Image.Image, share: float) -> Image.Image:
    """The picture with a white strip of this share of its height below, and dark letters on it."""
    whole = Image.new(image.mode, (image.width, round(image.height * (1 + share))), "white")
    whole.paste(image)
    size = max(6.0, 0.6 * (whole.height - image.height))
    words = {"fill": "black", "font_size": size, "anchor": "lm"}
    ImageDraw.Draw(whole).text((image.width * 0.02, (image.height + whole.height) / 2), "No. 1234  Harbour", **words)
    return whole


def _everything(image: Image.Image) -> Image.Image:
    return _recompressed(ImageEnhance.Brightness(_all_round(0.04)(image)).enhance(1.2), 50)


DISGUISES: dict[str, Change] = {
    "recompressed, quality 50": partial(_recompressed, quality=50),
    "recompressed, quality 20": partial(_recompressed, quality=20),
    "resized to 60%": partial(_resized, share=0.6),
    "grey": lambda image: image.convert("L"),
    "red channel alone": partial(_channel, number=0),
    "green channel alone": partial(_channel, number=1),
    "blue channel alone": partial(_channel, number=2),
    "brightness +25": partial(_brighter, by=25),
    "brightness -25": partial(_brighter, by=-25),
    "brightness x 1.2": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "contrast x 1.3": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "contrast x 0.7": lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    "cropped, 1% a side": _all_round(0.01),
    "cropped, 2% a side": _all_round(0.02),
    "cropped, 4% a side": _all_round(0.04),
    "cropped, 4% of the foot": partial(_cropped, left=0, top=0, right=0, bottom=0.04),
    "cropped 4%, brightness x 1.2, quality 50": _everything,
    "caption strip of 6% below": partial(_captioned, share=0.06),
    "caption strip of 15% below": partial(_captioned, share=0.15),
}
MIRRORED = "mirrored (another whale)"
"""The change after which a photograph must not be taken for the same one."""


def mirrored(image: Image.Image) -> Image.Image:
    """The picture as a mirror shows it."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def drawn(count: int, seed: int) -> list[tuple[str, bytes]]:
    """So many drawn whales, one photograph (name, JPEG) of each."""
    rngs = np.random.default_rng(seed).spawn(count)
    return [(f"{number:04}.jpg", _jpeg(draw_photograph(draw_fluke(rng), rng), 90)) for number, rng in enumerate(rngs)]


def described(photographs: Iterable[tuple[str, bytes]], folder: Path) -> pd.DataFrame:
    """`prepare`'s rows of photographs (name, bytes), with their names as `image`; `folder` holds one at a time."""
    return pd.DataFrame(_rows(photographs, folder)).astype({"dhash": "uint64"})


def _rows(photographs: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[dict[str, object]]:
    for name, data in photographs:
        (folder / "original").write_bytes(data)
        yield {"image": name, **describe(Item("original", "copy"), folder, folder, _COPIES, _MAX_PIXELS)}


def disguised(photographs: Iterable[tuple[str, bytes]], change: Change) -> Iterator[tuple[str, bytes]]:
    """The photographs (name, bytes) changed and saved anew, quality 90, as a user's program would."""
    for name, data in photographs:
        with Image.open(io.BytesIO(data)) as image:
            yield f"copy of {name}", _jpeg(change(image if image.mode in ("L", "RGB") else image.convert("RGB")), 90)


def recall(originals: pd.DataFrame, copies: pd.DataFrame, *, max_distance: int, min_similarity: float) -> float:
    """The share of the originals that are found to show the picture of their own copy (row by row)."""
    hits = recognised(originals, copies, max_distance, min_similarity)
    return sum(hits) / len(hits)


def recognised(originals: pd.DataFrame, copies: pd.DataFrame, max_distance: int, min_similarity: float) -> list[bool]:
    """Whether each original is found to show the picture of its own copy."""
    near = near_pairs(originals, copies, max_distance=max_distance, min_similarity=min_similarity)
    proposed = set(map(frozenset, zip(near["first"], near["second"], strict=True)))
    pairs = [frozenset(pair) for pair in zip(originals["md5"], copies["md5"], strict=True)]
    return [len(pair) == 1 or pair in proposed for pair in pairs]


def _jpeg(image: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()
