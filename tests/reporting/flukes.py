"""Drawn stand-ins for photographs: enough of a fluke to look at, a few milliseconds each."""

from __future__ import annotations

import io
import random
from functools import cache

from PIL import Image, ImageDraw, ImageFilter


def draw(identity: str, image: str, *, grey: bool = False) -> Image.Image:
    """Something like a fluke: two lobes whose shape is the identity's, in a sea that is the photograph's."""
    own, here = random.Random(f"identity {identity}"), random.Random(f"image {image}")
    width, height = here.choice([(220, 120), (240, 140), (200, 150)])
    sea = tuple(here.randint(low, low + 50) for low in (60, 95, 120))
    canvas = Image.new("RGB", (width, height), sea)
    pen = ImageDraw.Draw(canvas)
    for _ in range(40):
        x, y = here.randint(0, width), here.randint(0, height)
        pen.line([x, y, x + here.randint(8, 40), y], fill=tuple(min(255, part + 25) for part in sea))
    middle, base, span = width / 2, height * 0.78, width * here.uniform(0.36, 0.44)
    notch, tip = own.uniform(0.10, 0.28), own.uniform(0.15, 0.40)
    for side in (-1, 1):
        lobe = [(0, base), (0, base - height * notch), (side * span * 0.5, height * own.uniform(0.18, 0.30))]
        lobe += [(side * span, height * tip), (side * span * 0.55, base - height * own.uniform(0.10, 0.22))]
        pen.polygon([(middle + x, y) for x, y in lobe], fill=(38, 42, 48))
    for _ in range(own.randint(1, 4)):
        x, y, size = middle + own.uniform(-0.6, 0.6) * span, height * own.uniform(0.4, 0.55), own.uniform(4, 14)
        pen.ellipse([x - size, y - size / 2, x + size, y + size / 2], fill=(196, 198, 194))
    canvas = canvas.filter(ImageFilter.GaussianBlur(0.7))
    return canvas.convert("L").convert("RGB") if grey else canvas


@cache
def jpeg(identity: str, image: str, variant: str, grey: bool) -> bytes:
    """The drawing as a working copy, or as a variant that is near enough to the real one to look at."""
    drawn = draw(identity, image, grey=grey)
    if variant in ("red", "green", "blue"):
        drawn = drawn.getchannel(variant[0].upper())
    elif variant != "original":
        drawn = drawn.filter(
            ImageFilter.GaussianBlur(3) if variant == "gaussian_blur" else ImageFilter.UnsharpMask(4, 250)
        )
    held = io.BytesIO()
    drawn.save(held, "JPEG", quality=90)
    return held.getvalue()
