"""Caption strips: the white band with a few dark letters that catalogues print below a photograph."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longtail.duplicates.register import move

Pictures = NDArray[np.uint8]

_PAPER = 240  # grey levels from which a pixel is paper
_BLANK, _WRITTEN = 0.8, 0.5  # share of a row that is paper: without letters, and with some
_HALF = 0.5  # share of a strip's rows that are blank
_STEP = 25  # grey levels that the photograph's foot is darker than the strip's first row, on average
_LEAST, _MOST = 0.03, 0.38  # of the height


class Trimmed(NamedTuple):
    """Views (c, side, side) of pictures without a strip, as high as before, and of which ones (c,) they are."""

    pictures: Pictures
    numbers: NDArray[np.int64]


def trim_captions(pictures: Pictures) -> Trimmed:
    """Those of the pictures (n, side, side) that end in a caption strip, without it.

    A photograph that came back with a caption is squashed beside the strip; this stretches it again. Where it is not
    clear how high the strip is, both heights are tried. A foot that is white for another reason (foam, overexposed sea)
    may be cut off too: what is found is one more view to compare, and pixels decide.

    Returns:
        The pictures (c, side, side) without their strip, and which ones they are.
    """
    blank, written = find_strips(pictures)
    either = np.stack([blank, np.where(written == blank, 0, written)])
    height, numbers = np.nonzero(either)
    share = (either[height, numbers] / pictures.shape[1]).astype(np.float32)
    moves = np.zeros((len(numbers), 4), np.float32)
    moves[:, 2] = moves[:, 3] = -share  # the height that is left begins at the top
    return Trimmed(move(pictures[numbers].astype(np.float32), moves).pictures.round().astype(np.uint8), numbers)


def find_strips(pictures: Pictures) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The height of the strip that each picture (n, side, side) ends in, in rows, by two rules; 0: it ends in none.

    A strip is paper with a darker foot of the photograph above it. Its first row is blank and so is half of the others,
    however large the letters are; or all its rows are half paper, however few there are.

    Returns:
        Heights (n,) by the first rule, and (n,) by the second.
    """
    side = pictures.shape[1]
    grey = pictures.mean(axis=2, dtype=np.float32)
    paper = (pictures >= _PAPER).mean(axis=2)
    blank, written = np.zeros((2, len(pictures)), np.int64)
    for rows in range(round(_LEAST * side), round(_MOST * side) + 1):
        top = side - rows
        is_edge = grey[:, top] - grey[:, top - 2] > _STEP  # not the row next to it: half of that may be paper
        blank[is_edge & (paper[:, top] >= _BLANK) & ((paper[:, top:] >= _BLANK).mean(axis=1) >= _HALF)] = rows
        written[is_edge & (paper[:, top:] >= _WRITTEN).all(axis=1)] = rows
    return blank, written
