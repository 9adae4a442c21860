"""A sheet of drawn flukes for people, a row a whale."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from longtail.atomic import replacing
from longtail.synthetic.plan import Plan, Shot
from longtail.synthetic.rawset import draw_shot

_WHALES, _EACH = 4, 4
_CELL, _GAP = (240, 126), 4  # pixels
_COLOURS = 64  # of the palette: a smaller file, and enough for water and skin


def write_sheet(plan: Plan, seed: int, target: Path) -> None:
    """Save a PNG of the four whales that have most photographs, four of each where there are so many.

    Args:
        plan: the sample.
        seed: of the photographs.
        target: the PNG.
    """
    width, height = ((_CELL[0] + _GAP) * _EACH - _GAP, (_CELL[1] + _GAP) * _WHALES - _GAP)
    sheet = Image.new("RGB", (width, height), "white")
    for down, label in enumerate(plan.identities[:_WHALES]):
        for across, shot in enumerate(_distinct(plan, label)[:_EACH]):
            cell = ImageOps.fit(draw_shot(shot, seed, plan.years).convert("RGB"), _CELL)
            sheet.paste(cell, (across * (_CELL[0] + _GAP), down * (_CELL[1] + _GAP)))
    with replacing(target) as temporary:
        sheet.quantize(_COLOURS).save(temporary, format="PNG", optimize=True)


def _distinct(plan: Plan, label: str) -> list[Shot]:
    """The photographs of `label`, each picture once."""
    return list({(shot.whale, shot.photograph): shot for shot in plan.labelled if shot.label == label}.values())
