"""A finished run of drawn photographs, as the review reads it: tables, findings, raw photographs, a git checkout."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from longtail.labels.findings import COLUMNS, findings_table

HEADER = "image,action,value,who,when,why\n"
LABELS = {"a1.jpg": "ada", "a2.jpg": "ada", "b1.jpg": "bea", "b2.jpg": "bea", "c1.png": "cleo", "n1.jpg": ""}
AUDIT = [
    ("near_duplicate", "a1.jpg", "a2.jpg", ""),
    ("named_and_unknown", "n1.jpg", "b1.jpg", "relabel"),
    ("conflict", "a2.jpg", "b2.jpg", ""),
    ("grey", "c1.png", "", ""),
]
EVALUATE = [
    ("likely_label_error", "b1.jpg", "a1.jpg", "relabel"),
    ("doubtful_label", "c1.png", "a1.jpg", ""),
    ("confusion", "a1.jpg", "b1.jpg", ""),
]


def picture(number: int, size: tuple[int, int] = (80, 60)) -> Image.Image:
    """A drawn picture, another one for another number."""
    x, y = np.meshgrid(np.linspace(0, 6, size[0]), np.linspace(0, 6, size[1]))
    wave = np.sin(x * (number % 7 + 1) + y * (number % 3)) * 90 + 120
    return Image.fromarray(np.stack([wave, wave * 0.8, wave * 0.6], axis=-1).astype(np.uint8))


def finding(kind: str, image: str, other: str, proposal: str, labels: dict[str, str]) -> dict[str, str]:
    """A row of findings.csv."""
    row = dict.fromkeys(COLUMNS, "") | {"kind": kind, "image": image, "other": other, "proposal": proposal}
    row |= {"severity": "warning", "label": labels[image], "other_label": labels.get(other, "")}
    return row | {"detail": f"about {image}"}


def make(root: Path, who: str = "Rae") -> Path:
    """The project, with one finding or two of each queue."""
    train = root / "data/raw/train"
    train.mkdir(parents=True)
    for number, name in enumerate(LABELS):
        picture(number).save(train / name)
    rows = "".join(f"{name},{label or 'new_whale'},bay {label}\n" for name, label in LABELS.items())
    (root / "data/raw/train.csv").write_text(f"Image,Id,place\n{rows}")
    tables(root, LABELS, AUDIT, EVALUATE)
    (root / "edits.csv").write_text(HEADER)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    if who:
        subprocess.run(["git", "config", "user.name", who], cwd=root, check=True)
    return root


def tables(
    root: Path,
    labels: dict[str, str],
    audit: list[tuple[str, str, str, str]],
    evaluate: list[tuple[str, str, str, str]],
) -> None:
    """What `prepare`, `audit`, `split` and `evaluate` would have written."""
    for stage in ("prepare", "audit", "split", "evaluate"):
        (root / "artifacts" / stage).mkdir(parents=True, exist_ok=True)
    image = pd.Series([*labels])
    md5 = image.map(lambda name: hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())
    label = pd.Series([*labels.values()])
    prepared = pd.DataFrame({"image": image, "label": label, "md5": md5, "width": 80, "height": 60, "error": ""})
    prepared.assign(file="", date="2020-01-02").to_parquet(root / "artifacts/prepare/labelled.parquet", index=False)
    split = pd.DataFrame({"image": image, "identity": label, "fold": "train"})
    split.to_parquet(root / "artifacts/split/split.parquet", index=False)
    names = dict(zip(image, md5, strict=True))
    for stage, rows in (("audit", audit), ("evaluate", evaluate)):
        table = findings_table([finding(*row, labels) for row in rows], names)
        table.to_csv(root / "artifacts" / stage / "findings.csv", index=False)


def name_of(root: Path, kind: str) -> str:
    """The name of the first finding of a kind."""
    findings = pd.concat(pd.read_csv(root / f"artifacts/{s}/findings.csv", dtype="str") for s in ("audit", "evaluate"))
    return str(findings.loc[findings["kind"] == kind, "finding"].iloc[0])
