"""A small, plausible set of what all stages wrote, by docs/tables.md: hand-put numbers, drawn pictures.

`artifacts()` makes the tables, a test changes what it is about, `write()` lays them under a project's root.
"""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image, ImageDraw, ImageFilter

VARIANTS = ("red", "green", "blue", "gaussian_blur", "unsharp_mask")
COUNTS = {"w_anna": 9, "w_ben": 6, "w_cleo": 4, "w_dora": 3, "007": 2, "w_eli": 2, "w_fay": 1, "w_gus": 1, "w_hal": 1}
UNKNOWN = 5
FINDING = (
    "finding",
    "kind",
    "severity",
    "image",
    "other",
    "label",
    "other_label",
    "row",
    "distance",
    "detail",
    "proposal",
)
PARAMS = """\
data:
  unknown_label: new_whale
train:
  backbone: efficientnet_lite0
  epochs: 4
compute:
  threads: 2
publish:
  to: elsewhere
"""


@dataclass
class Artifacts:
    """Every input of the report by the name of its field in the stage's `Paths`, and the pictures."""

    tables: dict[str, Any]
    greys: set[str]

    def __getitem__(self, name: str) -> Any:
        return self.tables[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.tables[name] = value


def artifacts(
    *,
    unknowns: bool = True,
    test: bool = True,
    augmented: bool = True,
    grey: bool = True,
    rename: dict[str, str] | None = None,
) -> Artifacts:
    """34 labelled photographs of 9 identities and of unknown ones; `rename` gives identities other names."""
    names = [name for name, many in COUNTS.items() for _ in range(many)] + [""] * (UNKNOWN if unknowns else 0)
    names = [(rename or {}).get(name, name) for name in names]
    images = [f"photo-{index:02d}.jpg" for index in range(len(names))]
    greys = set(images[::6]) if grey else set()
    tables: dict[str, Any] = {"labelled": _labelled(images, names, greys), "split": _split(images, names)}
    tables["test"] = _test_table(3 if test else 0)
    tables["findings"] = _findings(images, names)
    tables["verdict"] = {
        "facts": {
            "photographs": len(images),
            "identities": len(COUNTS),
            "unknown": names.count(""),
            "seen_once": 3,
            "largest": 9,
            "class_counts": {"1": 3, "2": 2, "3": 1, "4": 1, "6": 1, "9": 1},
        },
        "findings": [],
    }
    tables["augmented"], tables["plan"] = _balancing(tables["split"], augmented)
    tables |= _training(sorted({name for name in names if name}))
    tables |= _scores(tables["split"], unknowns)
    tables |= _answers(tables["test"], names[0])
    return Artifacts(tables, greys)


def write(root: Path, made: Artifacts) -> None:
    """Lay everything down as the stages would, with a params.yaml."""
    from longtail.stages.report import Paths

    paths = Paths.at(root)
    for name, value in made.tables.items():
        target: Path = getattr(paths, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".json":
            target.write_text(json.dumps(value), encoding="utf-8")
        elif target.suffix == ".csv":
            value.to_csv(target, index=False)
        else:
            value.to_parquet(target, index=False)
    for folder in (paths.labelled_images, paths.augmented_images):
        folder.mkdir(parents=True, exist_ok=True)
    for row in made["labelled"].to_dict("records"):
        if row["file"]:
            drawn = _jpeg(row["label"] or row["image"], row["image"], "original", bool(row["is_grey"]))
            (paths.labelled_images / row["file"]).write_bytes(drawn)
    for row in made["augmented"].to_dict("records"):
        drawn = _jpeg(row["identity"], row["image"], row["variant"], row["image"] in made.greys)
        (paths.augmented_images / row["file"]).write_bytes(drawn)
    (root / "params.yaml").write_text(PARAMS, encoding="utf-8")


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
def _jpeg(identity: str, image: str, variant: str, grey: bool) -> bytes:
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


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _labelled(images: list[str], names: list[str], greys: set[str]) -> pd.DataFrame:
    rows = [
        {
            "image": image,
            "label": name,
            "together": "",
            "row": index + 2,
            "md5": _hash(image),
            "bytes": 20_000 + index,
            "width": 700,
            "height": 450,
            "mode": "L" if image in greys else "RGB",
            "is_grey": image in greys,
            "channel": "",
            "dhash": index,
            "thumb": bytes(1024),
            "file": image,
            "error": "",
        }
        for index, (image, name) in enumerate(zip(images, names, strict=True))
    ]
    return pd.DataFrame(rows).astype({"dhash": "uint64"})


def _test_table(many: int) -> pd.DataFrame:
    columns = [name for name in _labelled(["x.jpg"], [""], set()).columns if name not in ("label", "together", "row")]
    table = _labelled([f"test-{index}.jpg" for index in range(many)] or ["x.jpg"], [""] * max(many, 1), set())
    return table[columns].head(many)


def _split(images: list[str], names: list[str]) -> pd.DataFrame:
    """The last photograph of an identity with two or more is held out, so are w_hal's only one and two unknown ones."""
    rows = []
    for index, (image, name) in enumerate(zip(images, names, strict=True)):
        last = index + 1 == len(names) or names[index + 1] != name
        held_out = (last and names.count(name) > 1) or image in ("photo-28.jpg", "photo-30.jpg")
        rows.append({"image": image, "identity": name, "group": _hash(image), "fold": "valid" if held_out else "train"})
    table = pd.DataFrame(rows)
    counts = table[table["fold"] == "train"].groupby("identity")["group"].nunique()
    seen = table["identity"].map(counts).fillna(0).where(table["identity"] != "", 0).astype("int64")
    table["known"], table["scored"], table["class_count"], table["reason"] = (
        seen > 0,
        table["fold"] == "valid",
        seen,
        "",
    )
    return table


def _findings(images: list[str], names: list[str]) -> pd.DataFrame:
    rows = [
        ("a0000001", "exact_duplicate", "info", 0, 1, "0.0", "same md5", ""),
        ("a0000002", "near_duplicate", "info", 2, 3, "1.40", "alike to the pixels", "apart"),
        ("a0000003", "conflict", "warning", 4, 10, "0.0", "two names against each other", "relabel"),
        ("a0000004", "grey", "info", 6, None, "", "no colour in mode L", ""),
    ]
    told = [
        {
            "finding": key,
            "kind": kind,
            "severity": severity,
            "image": images[one],
            "label": names[one],
            "row": str(one + 2),
        }
        | {"other": "" if two is None else images[two], "other_label": "" if two is None else names[two]}
        | {"distance": distance, "detail": detail, "proposal": proposal}
        for key, kind, severity, one, two, distance, detail, proposal in rows
    ]
    return pd.DataFrame(told, columns=list(FINDING))


def _balancing(split: pd.DataFrame, augmented: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    train = split[split["fold"] == "train"]
    plan = [
        {"image": image, "identity": name, "variant": "original", "times": 1, "folder": "prepare", "file": image}
        for image, name in zip(train["image"], train["identity"], strict=True)
    ]
    rare = train[train["class_count"].between(1, 3)]
    made = [
        {"file": f"{image[:-4]}-{variant}.jpg", "image": image, "identity": name, "variant": variant, "times": 2}
        for image, name in zip(rare["image"], rare["identity"], strict=True)
        for variant in VARIANTS
    ]
    made = made if augmented else []
    columns = ["file", "image", "identity", "variant", "times"]
    return pd.DataFrame(made, columns=columns), pd.DataFrame(plan + [{**row, "folder": "oversample"} for row in made])


def _training(classes: list[str]) -> dict[str, Any]:
    model = {
        "backbone": "efficientnet_lite0",
        "weights": "package",
        "weights_note": "ImageNet weights from a package",
        "head": "softmax",
        "size": 96,
        "classes": classes,
        "embedding_size": 1280,
        "lr": 0.002,
        "lr_suggested": 0.0048,
        "lr_reason": "set by train.base_lr",
        "epochs": {"frozen": 2, "unfrozen": 2},
        "images": "originals",
        "images_per_epoch": 25,
    }
    history = pd.DataFrame(
        {
            "epoch": [1, 2, 1, 2],
            "phase": ["frozen", "frozen", "unfrozen", "unfrozen"],
            "train_loss": [2.9, 2.2, 1.4, 0.71],
            "valid_loss": [2.8, 2.4, 2.0, 2.15],
            "accuracy": [0.1, 0.2, 0.4, 0.45],
            "map_at_5": [0.21, 0.33, 0.512, 0.539],
        }
    )
    rates = [10 ** (-6 + index / 6) for index in range(37)]
    losses = [3.0 - 1.6 * (index / 24) ** 3 if index <= 24 else 1.4 + 0.02 * (index - 24) ** 2.2 for index in range(37)]
    return {"model": model, "history": history, "lr_find": pd.DataFrame({"lr": rates, "loss": losses})}


def _scores(split: pd.DataFrame, unknowns: bool) -> dict[str, Any]:
    scored = split[split["scored"]]
    strangers = int((~scored["known"]).sum()) if unknowns else 0
    metrics = {"open_map_at_5": 0.437, "open_map_at_5_low": 0.381, "open_map_at_5_high": 0.492}
    metrics |= {
        "closed_map_at_5": 0.3571,
        "closed_map_at_5_low": 0.29,
        "closed_map_at_5_high": 0.41,
        "accuracy": 0.3889,
    }
    metrics |= {
        "closed_accuracy": 0.31,
        "balanced_accuracy": 0.274,
        "photographs": 412,
        "identities": 150,
        "unknowns": strangers,
    }
    metrics |= {"auroc_known": 0.713} if unknowns else {}
    slices = ["all (open)", "known (closed)", "unknown", "1", "2-4", "5-9", "10+"]
    card = pd.DataFrame(
        {"slice": slices, "photographs": [412, 316, 96, 104, 120, 77, 15], "identities": [233, 150, 83, 90, 40, 15, 5]}
    )
    card["map_at_5"] = [0.437, 0.3571, 0.7, 0.241, 0.36, 0.47, 0.61]
    card["low"], card["high"] = card["map_at_5"] - 0.06, card["map_at_5"] + 0.06
    card["accuracy"], card["balanced_accuracy"] = card["map_at_5"] - 0.05, card["map_at_5"] - 0.08
    names = ["all_new", "most_frequent", "frozen_1nn", "duplicates_only"]
    baselines = pd.DataFrame({"baseline": names, "open_map_at_5": [0.2334, 0.02, 0.3011, 0.2402]})
    baselines["closed_map_at_5"] = [0.0, 0.03, 0.15, 0.01]
    baselines["gain"] = 0.437 - baselines["open_map_at_5"]
    baselines["gain_low"], baselines["gain_high"] = baselines["gain"] - 0.05, baselines["gain"] + 0.05
    pairs = [
        ("none", "nearest_neighbour", 0.437),
        ("threshold", "network_head", 0.402),
        ("copies", "network_head", 0.398),
    ]
    approaches = pd.DataFrame(
        [
            {
                "approach": one,
                "scorer": two,
                "seed": 0,
                "open_map_at_5": value,
                "low": value - 0.05,
                "high": value + 0.05,
            }
            | {
                "closed_map_at_5": value - 0.08,
                "accuracy": value - 0.05,
                "seen_1": value - 0.2,
                "seen_2_4": value - 0.1,
            }
            | {"seen_5_9": value, "seen_10": value + 0.1, "rows": 22, "added": 0, "chosen": one == "none"}
            for one, two, value in pairs
        ]
    )
    choice = {"approach": "none", "scorer": "nearest_neighbour", "threshold": 0.61 if unknowns else None}
    choice |= {"chosen_on_half_a": {**choice}, "chosen_on_half_b": {**choice, "approach": "copies"}}
    choice |= {"why": "highest open MAP@5 on both halves"}
    return {
        "metrics": metrics,
        "scorecard": card,
        "approaches": approaches,
        "baselines": baselines,
        "choice": choice,
        "predictions": _predictions(split, scored),
    }


def _predictions(split: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    train = split[(split["fold"] == "train") & (split["identity"] != "")]
    gallery = train.drop_duplicates("identity").set_index("identity")["image"]
    rows = []
    for index, row in enumerate(scored.to_dict("records")):
        wrong = [name for name in gallery.index if name != row["identity"]][:5]
        right = [row["identity"]] if row["known"] else [""]
        five = [wrong[:5], right + wrong[:4], wrong[:1] + right + wrong[1:4]][index % 3]
        named = next(name for name in five if name)
        own = row["identity"] if row["known"] else ""
        rows.append(
            {**{key: row[key] for key in ("image", "identity", "known", "class_count")}, "half": "ab"[index % 2]}
            | dict(zip(("first", "second", "third", "fourth", "fifth"), five, strict=True))
            | {"score": 0.9 - 0.05 * index, "new": five[0] == "", "nearest": gallery[named]}
            | {"ap": 1 / (five.index(own) + 1) if own in five else 0.0}
        )
    return pd.DataFrame(rows)


def _answers(test: pd.DataFrame, name: str) -> dict[str, Any]:
    kinds = ["scorer", "duplicate", "new"]
    rows, lines = [], []
    for index, image in enumerate(test["image"]):
        first = "" if kinds[index] == "new" else name
        rows.append({"image": image, "rank": 1, "identity": first, "score": 0.7, "match": "", "kind": kinds[index]})
        lines.append({"Image": image, "Id": f"{first or 'new_whale'} a b c d"})
    columns = ["image", "rank", "identity", "score", "match", "kind"]
    return {
        "submission": pd.DataFrame(lines, columns=["Image", "Id"]),
        "candidates": pd.DataFrame(rows, columns=columns),
    }
