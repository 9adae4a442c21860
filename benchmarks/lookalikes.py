"""Drawn kinds of photographs of which two are soon alike and never one picture: where an audit merges wrongly.

Line drawings have few details, close-ups of skin nearly none (seen through an eyepiece they have its rim in common),
shots of one burst differ by how far the animal moved, and small faces by little but the expression.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from longtail.synthetic.fluke import Fluke, draw_fluke
from longtail.synthetic.pose import Pose, draw_pose

FloatArray = NDArray[np.float64]
Strokes = list[FloatArray]


class Shot(NamedTuple):
    """A photograph: its name, whose it is, its bytes. No two of one kind show one picture."""

    name: str
    identity: str
    data: bytes


def line_drawings(seed: int, *, letters: int = 16, each: int = 8, one_bit: bool = True) -> list[Shot]:
    """An invented alphabet, each letter drawn by hand several times; every second one is the last and a stroke more."""
    rng = np.random.default_rng([31, seed])
    alphabet: list[Strokes] = []
    for letter in range(letters):
        before = alphabet[-1] if letter % 2 else []
        alphabet.append(
            [*before, *(rng.uniform(0.12, 0.88, (rng.integers(2, 5), 2)) for _ in range(rng.integers(1, 3)))]
        )
    drawn = ((number, _by_hand(strokes, rng)) for number, strokes in enumerate(alphabet) for _ in range(each))
    return _shots(
        (number, _png(page.convert("1", dither=Image.Dither.NONE) if one_bit else page)) for number, page in drawn
    )


def close_ups(seed: int, *, animals: int = 24, each: int = 4, eyepiece: bool = False) -> list[Shot]:
    """Smooth skin under soft light; seen through an eyepiece all have its rim in common."""
    rng, side = np.random.default_rng([32, seed]), 120
    down, across = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]

    def skin(tone: float) -> bytes:
        light = tone + across * rng.normal(0, 10) + down * rng.normal(0, 10)
        pores = _noise(rng, side, side, 6) * rng.uniform(0.3, 2) + rng.normal(0, 1.5, (side, side))
        seen = light + 3 * _noise(rng, side, side, 30) + pores
        return _jpeg(np.where(np.hypot(across, down) < 0.93, seen, 8) if eyepiece else seen)

    tones = rng.uniform(100, 180, animals)
    return _shots((animal, skin(tone + rng.normal(0, 8))) for animal, tone in enumerate(tones) for _ in range(each))


def bursts(seed: int, *, animals: int = 24, each: int = 4, motion: float = 1.0) -> list[Shot]:
    """Shots seconds apart from one place: one background lies behind all of a burst, and the animal moves a little.

    From shot to shot it moves by a hundredth of the width times `motion`, as a standard deviation.
    """
    rng, width, height = np.random.default_rng([33, seed]), 160, 100

    def burst(fluke: Fluke, pose: Pose, behind: FloatArray) -> Iterator[bytes]:
        for _ in range(each):
            picture = Image.fromarray(_grey(behind))
            _paint(picture, fluke, pose)
            seen = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.6)), float)
            yield _jpeg(seen * (1 + rng.normal(0, 0.03)) + rng.normal(0, 4, seen.shape))
            x, y = pose.centre + rng.normal(0, 0.01 * motion, 2) * (width, height)
            tilt, pitch = pose.tilt + rng.normal(0, 0.015 * motion), pose.pitch * (1 + rng.normal(0, 0.02 * motion))
            pose = replace(pose, centre=(x, y), tilt=tilt, pitch=pitch)

    photographs = []
    for animal in range(animals):
        waves = sum(strength * _noise(rng, height, width, cells) for cells, strength in ((24, 18), (6, 14), (2, 10)))
        shots = burst(draw_fluke(rng), draw_pose(rng, width, height), 130 + waves)
        photographs += [(animal, data) for data in shots]
    return _shots(iter(photographs))


def small_faces(seed: int, *, people: int = 16, each: int = 6, side: int = 48) -> list[Shot]:
    """Faces of a few dozen pixels from the front, one person's with other expressions and another light."""
    rng = np.random.default_rng([34, seed])
    traits = rng.uniform((130, 20, 0.28, 0.11, 0.10, 40), (200, 110, 0.36, 0.16, 0.17, 200), (people, 6))
    return _shots((person, _face(trait, rng, side)) for person, trait in enumerate(traits) for _ in range(each))


KINDS: dict[str, Callable[[int], list[Shot]]] = {
    "line drawings, one bit": line_drawings,
    "line drawings, grey": lambda seed: line_drawings(seed, one_bit=False),
    "close-ups of smooth skin": close_ups,
    "the same through an eyepiece": lambda seed: close_ups(seed, eyepiece=True),
    "bursts": bursts,
    "bursts, the animal all but still": lambda seed: bursts(seed, motion=0.5),
    "small faces": small_faces,
}


def _by_hand(strokes: Strokes, rng: Generator, side: int = 105) -> Image.Image:
    """The letter as one hand draws it: moved, turned and stretched a little, and each stroke a little otherwise."""
    page = Image.new("L", (2 * side, 2 * side), 255)
    brush, width = ImageDraw.Draw(page), int(rng.integers(4, 8))
    turn, stretch, moved = rng.normal(0, 0.03), 1 + rng.normal(0, 0.03, 2), 0.5 + rng.normal(0, 0.015, 2)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    for stroke in strokes:
        points = ((stroke + rng.normal(0, 0.02, stroke.shape) - 0.5) @ turned.T * stretch + moved) * 2 * side
        brush.line(_curve(points).ravel().tolist(), fill=0, width=width, joint="curve")
    return page.reduce(2)


def _curve(points: FloatArray) -> FloatArray:
    """The Bezier curve of these points, as 24 points on it."""
    at, last = np.linspace(0, 1, 24)[:, None], len(points) - 1
    parts = [comb(last, k) * at**k * (1 - at) ** (last - k) * point for k, point in enumerate(points)]
    curve: FloatArray = np.sum(parts, axis=0)
    return curve


def _paint(picture: Image.Image, fluke: Fluke, pose: Pose) -> None:
    brush = ImageDraw.Draw(picture)
    brush.polygon(pose.pixels(fluke.outline).ravel().tolist(), fill=round(255 * fluke.dark))
    for stroke in fluke.strokes:
        points, tone = pose.pixels(stroke.points).ravel().tolist(), round(255 * min(1.0, stroke.tone))
        if stroke.width:
            brush.line(points, tone, max(1, round(stroke.width * pose.scale)))
        else:
            brush.polygon(points, tone)


def _face(traits: FloatArray, rng: Generator, side: int) -> bytes:
    skin, hair, wide, eyes, mouth, behind = traits
    edge = 4 * side
    face = Image.new("L", (edge, edge), round(behind))
    brush = ImageDraw.Draw(face)

    def oval(x: float, y: float, width: float, height: float, tone: float) -> None:
        corners = ((x - width) * edge, (y - height) * edge, (x + width) * edge, (y + height) * edge)
        brush.ellipse(corners, fill=round(tone))

    x, y = np.array([0.5, 0.52]) + rng.normal(0, 0.015, 2)
    turned, smile = x + rng.normal(0, 0.025), rng.normal(0, 0.03)
    oval(x, y - 0.05, wide + 0.05, 0.46, hair)
    oval(x, y + 0.05, wide, 0.40, skin)
    for eye in (turned - eyes, turned + eyes):
        oval(eye, y - 0.06, 0.05, 0.005 + 0.028 * rng.uniform(0.3, 1), 235)
        oval(eye, y - 0.06, 0.02, 0.026, 30)
        brush.line(
            [(eye - 0.06) * edge, (y - 0.13) * edge, (eye + 0.06) * edge, (y - 0.13) * edge], round(hair), edge // 40
        )
    corners = [(turned - mouth) * edge, (y + 0.22 - smile) * edge, turned * edge, (y + 0.22) * edge]
    brush.line([*corners, (turned + mouth) * edge, corners[1]], 70, round(edge * (0.02 + abs(rng.normal(0, 0.02)))))
    seen = np.asarray(face.rotate(rng.normal(0, 2), fillcolor=round(behind)).reduce(4), float)
    light = 1 + 0.12 * rng.normal() * np.linspace(-1, 1, side) + 0.05 * rng.normal()
    return _png(Image.fromarray(_grey(seen * light + rng.normal(0, 3, seen.shape))))


def _noise(rng: Generator, height: int, width: int, cells: int) -> FloatArray:
    """Smooth noise of variance near 1 whose waves are about `cells` pixels long."""
    coarse = rng.normal(0, 1, (max(2, height // cells), max(2, width // cells))).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), float)


def _shots(drawn: Iterator[tuple[int, bytes]]) -> list[Shot]:
    return [Shot(f"{identity:02}_{number:04}", f"w{identity}", data) for number, (identity, data) in enumerate(drawn)]


def _grey(tones: FloatArray) -> NDArray[np.uint8]:
    return np.clip(tones, 0, 255).astype(np.uint8)


def _jpeg(tones: FloatArray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_grey(tones)).save(file, "JPEG", quality=88)
    return file.getvalue()


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
