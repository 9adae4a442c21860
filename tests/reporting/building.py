"""A small, plausible set of what all stages wrote, by docs/reference/files.md: hand-put numbers, drawn pictures.

`artifacts()` makes the tables, a test changes what it is about, `write()` lays them under a project's root.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any

import pandas as pd

from longtail.labels.edit_log import COLUMNS as EDIT
from tests.reporting.comparing import label_issues
from tests.reporting.flukes import jpeg
from tests.reporting.outcomes import answers, discovered, scores, training

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
  max_rotate: 10.0
  zoom: 1.0
  erase: 0.3
  body_lr_divisor: 3.0
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
    tables["edits"] = pd.DataFrame(columns=list(EDIT), dtype="str")
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
    tables |= training(sorted({name for name in names if name}))
    tables |= scores(tables["split"], unknowns)
    tables |= answers(tables["test"], names[0], tables["choice"]["threshold"])
    tables |= discovered(images[-2:] if unknowns else [])
    tables["label_issues"] = label_issues(tables["split"], tables["predictions"], list(FINDING))
    return Artifacts(tables, greys)


def write(root: Path, artifacts: Artifacts) -> None:
    """Lay everything down as the stages would, with a params.yaml."""
    from longtail.stages.report import Paths

    paths = Paths.at(root)
    for name, value in artifacts.tables.items():
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
    for row in artifacts["labelled"].to_dict("records"):
        if row["file"]:
            drawn = jpeg(row["label"] or row["image"], row["image"], "original", bool(row["is_grey"]))
            (paths.labelled_images / row["file"]).write_bytes(drawn)
    for row in artifacts["augmented"].to_dict("records"):
        drawn = jpeg(row["identity"], row["image"], row["variant"], row["image"] in artifacts.greys)
        (paths.augmented_images / row["file"]).write_bytes(drawn)
    (root / "params.yaml").write_text(PARAMS, encoding="utf-8")


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
        ("a0000002", "near_duplicate", "info", 2, 3, "1.40", "alike to the pixels", ""),
        ("a0000003", "conflict", "warning", 4, 10, "0.0", "two names against each other", "relabel"),
        ("a0000004", "grey", "info", 6, None, "", "no colour in mode L", ""),
    ]
    findings = [
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
    return pd.DataFrame(findings, columns=list(FINDING))


def _balancing(split: pd.DataFrame, augmented: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    train = split[split["fold"] == "train"]
    plan = [
        {"image": image, "identity": name, "variant": "original", "repeats": 1, "folder": "prepare", "file": image}
        for image, name in zip(train["image"], train["identity"], strict=True)
    ]
    rare = train[train["class_count"].between(1, 3)]
    variants = [
        {"file": f"{image[:-4]}-{variant}.jpg", "image": image, "identity": name, "variant": variant, "repeats": 2}
        for image, name in zip(rare["image"], rare["identity"], strict=True)
        for variant in VARIANTS
    ]
    variants = variants if augmented else []
    columns = ["file", "image", "identity", "variant", "repeats"]
    return pd.DataFrame(variants, columns=columns), pd.DataFrame(
        plan + [{**row, "folder": "oversample"} for row in variants]
    )
