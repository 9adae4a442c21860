"""Drawn photographs with marks that can be recognised again: spots of many sizes on a grey ground."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def spotted(seed: int, side: int = 128, spots: int = 60) -> Image.Image:
    """A picture with its own spots; equal seeds give equal pictures."""
    rng = np.random.default_rng(seed)
    picture = Image.new("L", (side, side), 128)
    draw = ImageDraw.Draw(picture)
    for x, y, width, height, grey in rng.uniform((0, 0, 3, 3, 0), (side, side, 14, 14, 255), (spots, 5)):
        draw.ellipse((x - width / 2, y - height / 2, x + width / 2, y + height / 2), fill=int(grey))
    return picture


def moved(picture: Image.Image, degrees: float = 8, scale: float = 0.9) -> Image.Image:
    """The picture turned and made smaller around its middle, with other noise."""
    side = picture.width
    turned = picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=128)
    small = turned.resize((round(side * scale),) * 2, Image.Resampling.LANCZOS)
    ground = Image.new("L", picture.size, 128)
    ground.paste(small, ((side - small.width) // 2,) * 2)
    noise = np.random.default_rng(1).normal(0, 3, (side, side))
    return Image.fromarray(np.clip(np.asarray(ground) + noise, 0, 255).astype(np.uint8))
