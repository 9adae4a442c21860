"""What `audit` says of sides and species: one picture that has two, and mirror images of one another.

Two photographs of different sides are never compared by the network, but they may show the same picture: then one of
the two words is wrong. A picture that was mirrored shows the other side, and marks that no animal has there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from longtail.duplicates.search import near_pairs
from longtail.images.hashes import THUMB_SIDE, dhash

Row = dict[str, str]
_MIRRORED = "mirrored "
KINDS = {"side": "side_conflict", "species": "species_conflict"}


def trait_findings(photographs: pd.DataFrame, near: pd.DataFrame) -> Iterator[Row]:
    """Pairs that show one picture and have two sides, or two species.

    Args:
        photographs: readable ones, labelled and test: image, md5, label, row; side and species where the data has them.
        near: first, second (md5): pairs alike to the pixels.

    Yields:
        A row a finding.
    """
    equal = pd.DataFrame({"first": photographs["md5"].unique()}).assign(second=lambda table: table["first"])
    pairs = _images_of(pd.concat([equal, near[["first", "second"]]]), photographs)
    for name, kind in KINDS.items():
        if name not in photographs:
            continue
        words = pairs[[f"{name}_x", f"{name}_y"]]
        differ = (words != "").all(axis=1) & (words[f"{name}_x"] != words[f"{name}_y"])
        for row in pairs[differ].to_dict("records"):
            first, second = row[f"{name}_x"], row[f"{name}_y"]
            yield _row(kind, row, f"one picture, and two words for its {name}: {first} and {second}; one is wrong")


def mirrored_findings(photographs: pd.DataFrame, *, max_distance: int, min_similarity: float) -> Iterator[Row]:
    """Pairs of which one shows the mirror image of the other. A picture that is its own mirror image is none.

    Args:
        photographs: readable ones: image, md5, dhash, thumb, label, row, side.
        max_distance: see `verify.find_alike`.
        min_similarity: see `verify.find_alike`.

    Yields:
        A row a finding.
    """
    distinct = photographs.drop_duplicates("md5")
    plain = [np.frombuffer(thumb, np.uint8).reshape(THUMB_SIDE, THUMB_SIDE) for thumb in distinct["thumb"]]
    flipped = [np.ascontiguousarray(thumb[:, ::-1]) for thumb in plain]
    hashes = [dhash(Image.fromarray(thumb)) for thumb in flipped]
    mirrored = pd.DataFrame(
        {
            "md5": _MIRRORED + distinct["md5"],
            "dhash": np.array(hashes, np.uint64),
            "thumb": [thumb.tobytes() for thumb in flipped],
        }
    )
    near = near_pairs(distinct, mirrored, max_distance=max_distance, min_similarity=min_similarity)
    crossed = near[near["first"].str.startswith(_MIRRORED) != near["second"].str.startswith(_MIRRORED)]
    names = [sorted(md5.removeprefix(_MIRRORED) for md5 in pair) for pair in crossed[["first", "second"]].to_numpy()]
    pairs = pd.DataFrame(names, columns=["first", "second"]).drop_duplicates()
    for row in _images_of(pairs[pairs["first"] != pairs["second"]], photographs).to_dict("records"):
        sides = f"{row['side_x'] or 'not known'} and {row['side_y'] or 'not known'}"
        detail = (
            f"one is the mirror image of the other; their sides: {sides}. The mirrored one shows what no animal has"
        )
        yield _row("mirrored_duplicate", row, detail)


def _images_of(pairs: pd.DataFrame, photographs: pd.DataFrame) -> pd.DataFrame:
    """The photographs of pairs of md5, by image: each pair of images once, the smaller name first."""
    columns = ["image", "md5", "label", "row", *(name for name in KINDS if name in photographs)]
    both = pairs.merge(photographs[columns], left_on="first", right_on="md5").merge(
        photographs[columns], left_on="second", right_on="md5"
    )
    swap = {f"{name}_{one}": f"{name}_{other}" for name in columns for one, other in ("xy", "yx")}
    swapped = both.rename(columns=swap)
    ordered = pd.concat([both, swapped])
    ordered = ordered[ordered["image_x"] < ordered["image_y"]].drop_duplicates(["image_x", "image_y"])
    return ordered.sort_values(["image_x", "image_y"], ignore_index=True)


def _row(kind: str, pair: Mapping[Any, Any], detail: str) -> Row:
    return {
        "kind": kind,
        "severity": "warning",
        "image": str(pair["image_x"]),
        "other": str(pair["image_y"]),
        "label": str(pair["label_x"]),
        "other_label": str(pair["label_y"]),
        "row": str(pair["row_x"]),
        "distance": "",
        "detail": detail,
        "proposal": "",
    }
