"""One photograph of one whale: pose, light, sea, spray, lens and grain."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from longtail.synthetic.fluke import Fluke
from longtail.synthetic.pose import Pose, draw_pose
from longtail.synthetic.sea import Picture, draw_sea, draw_spray, noise

_FINER = 2  # drawn twice as fine as seen, since ImageDraw does not smooth its edges


def draw_photograph(fluke: Fluke, rng: Generator) -> Image.Image:
    """An RGB photograph, 300 to 400 pixels wide.

    Args:
        fluke: what is photographed.
        rng: decides everything else.

    Returns:
        The picture.
    """
    width = int(rng.integers(300, 401))
    height = int(width / rng.uniform(1.6, 2.2))
    pose = draw_pose(rng, width, height)
    pigment, cover = _paint(fluke, pose, width, height)
    scene = draw_sea(rng, height, width)
    waterline = _waterline(rng, pose, height, width)
    cover *= np.clip((waterline - np.arange(height, dtype=np.float32)[:, None]) / 3, 0, 1)
    scene += (_lit(fluke, pigment, rng) - scene) * cover[..., None]
    spray = draw_spray(rng, waterline, height, pose.centre[0], pose.scale)
    scene += (np.float32(rng.uniform(0.8, 1.0)) - scene) * spray[..., None]
    return _exposed(scene, rng)


def _paint(fluke: Fluke, pose: Pose, width: int, height: int) -> tuple[Picture, Picture]:
    """The whale's tone (0 to 1) and how much of each pixel it covers, both (height, width)."""
    size = (width * _FINER, height * _FINER)
    tones, cover = Image.new("L", size, round(255 * fluke.dark)), Image.new("L", size)
    shapes = [fluke.outline, *(stroke.points for stroke in fluke.strokes)]
    ends = np.cumsum([len(shape) for shape in shapes])
    seen = np.split(_FINER * pose.pixels(np.concatenate(shapes)), ends[:-1])  # one map of all: a call a stroke is slow
    ImageDraw.Draw(cover).polygon(seen[0].ravel().tolist(), fill=255)
    brush = ImageDraw.Draw(tones)
    for stroke, points in zip(fluke.strokes, seen[1:], strict=True):
        fill = round(255 * min(1.0, stroke.tone))
        if stroke.width:
            brush.line(points.ravel().tolist(), fill, max(1, round(stroke.width * pose.scale * _FINER)))
        else:
            brush.polygon(points.ravel().tolist(), fill)
    return _reduced(tones), _reduced(cover)


def _reduced(layer: Image.Image) -> Picture:
    shares: Picture = np.asarray(layer.reduce(_FINER), dtype=np.float32) / np.float32(255)
    return shares


def _waterline(rng: Generator, pose: Pose, height: int, width: int) -> Picture:
    """Height of the water's edge at each column, in pixels from above."""
    x = np.arange(width)
    level = pose.centre[1] + pose.scale * pose.pitch * rng.uniform(0.4, 0.9)
    swell = np.sin(2 * np.pi * (x / (pose.scale * rng.uniform(0.8, 2.5)) + rng.random()))
    ripple = noise(rng, 2, width, 2, width // 8)[0]
    line = level + pose.scale * (rng.uniform(0, 0.04) * swell + 0.012 * ripple)
    edge: Picture = np.minimum(line, height * 0.97).astype(np.float32)
    return edge


def _lit(fluke: Fluke, pigment: Picture, rng: Generator) -> Picture:
    """The whale in this photograph's light: sun from one side, wet gloss, sometimes against the light."""
    height, width = pigment.shape
    across, down = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    sun = np.float32(rng.uniform(0.7, 1.15)) + rng.normal(0, 0.1) * across + rng.normal(0, 0.08) * down
    contrast = rng.uniform(0.35, 0.7) if rng.random() < 0.12 else rng.uniform(0.8, 1.1)
    gloss = rng.uniform(0, 0.04) * noise(rng, height, width, height // 12, width // 16)
    tone = np.clip(contrast * pigment * sun + rng.uniform(0.0, 0.06) + gloss, 0, 1)
    colour = 1 + 0.12 * fluke.warmth * np.array([0.8, 0.3, -1.0]) + rng.normal(0, 0.02, 3)
    return tone.astype(np.float32)[..., None] * colour.astype(np.float32)


def _exposed(scene: Picture, rng: Generator) -> Image.Image:
    """What the lens and the sensor make of it: haze, exposure, blur, grain."""
    haze = rng.uniform(0, 0.15) * (rng.random() < 0.3)
    scene = (scene * np.float32(1 - haze) + np.float32(0.8 * haze)) * np.float32(rng.uniform(0.85, 1.15))
    grain = rng.standard_normal(scene.shape[:2], dtype=np.float32) * np.float32(rng.uniform(0.006, 0.03))
    picture = Image.fromarray((np.clip(scene + grain[..., None], 0, 1) * np.float32(255)).astype(np.uint8))
    return picture.filter(ImageFilter.BoxBlur(rng.uniform(0.5, 1.2))) if rng.random() < 0.3 else picture
