"""A project of drawn pairs with a real `prepare` and `audit`, and a server over it that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from PIL import Image

from longtail import run_record
from longtail.labels.findings import findings_table
from longtail.stages import audit, prepare
from tests.conftest import ROOT
from tests.reviewing import drawn_run

PAIRS = 26
_COMPUTE = {"compute": {"threads": 1, "workers": 1}}


def make(root: Path) -> Path:
    """52 photographs of 26 individuals; a HEIC and a TIFF among them. Every first one seems mislabelled."""
    (root / "data/raw/train").mkdir(parents=True)
    (root / "data/raw/test").mkdir()
    (root / "artifacts/validate").mkdir(parents=True)
    (root / "artifacts/validate/passed.json").write_text("{}")
    rows = []
    for number in range(PAIRS):
        for take in ("a", "b"):
            ending = {(0, "a"): "heic", (1, "a"): "tif"}.get((number, take), "jpg")
            name = f"{take}{number:02}.{ending}"
            _photograph(number, take).save(root / "data/raw/train" / name, format={"heic": "HEIF"}.get(ending))
            rows.append(f"{name},ind{number:02},bay {number % 3}\n")
    (root / "data/raw/train.csv").write_text("Image,Id,place\n" + "".join(rows))
    (root / "data/raw/sample_submission.csv").write_text("Image,Id\n")
    (root / "edits.csv").write_text(drawn_run.HEADER)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "config", "user.name", "Rae"], cwd=root, check=True)
    for part in ("labelled", "test"):
        params, paths = prepare.Params.model_validate(_COMPUTE), prepare.Paths.at(root, part)
        nothing = run_record.Used({}, {}, "", True)
        run_record.write("prepare", params, paths, prepare.run(params, paths), datetime.now(UTC), nothing)
    run_audit(root)
    groups = pd.read_parquet(root / "artifacts/audit/groups.parquet")
    (root / "artifacts/split").mkdir()
    groups[["image", "identity"]].assign(fold="train").to_parquet(root / "artifacts/split/split.parquet", index=False)
    find_errors(root, "after the first training")
    return root


def _photograph(number: int, take: str) -> Image.Image:
    """Bars whose place and colour tell the individual; each take has another width of them."""
    image = Image.new("RGB", (160, 120), (20, 60 + 5 * number, 200 - 6 * number))
    for bar in range(number % 7 + 2):
        image.paste(
            (230, 220 - 7 * number, 40), (bar * 18 + number, 10, bar * 18 + number + (6 if take == "a" else 11), 90)
        )
    return image


def run_audit(root: Path) -> pd.DataFrame:
    """Run `audit`, which applies edits.csv; {image: identity} as it counts them."""
    audit.run(audit.Params(), audit.Paths.at(root))
    return pd.read_parquet(root / "artifacts/audit/groups.parquet").set_index("image")["identity"]


def find_errors(root: Path, words: str) -> list[str]:
    """The findings of `evaluate`, as a training would leave them; their names, in the order of the file."""
    labelled = pd.read_parquet(root / "artifacts/prepare/labelled.parquet", columns=["image", "label", "md5"])
    first, other = (labelled[labelled["image"].str.startswith(take)].reset_index(drop=True) for take in ("a", "b"))
    rows = [
        {
            "kind": "likely_label_error", "severity": "warning", "image": one.image, "label": one.label, "row": "",
            "other": other["image"][(at + 1) % PAIRS], "other_label": other["label"][(at + 1) % PAIRS],
            "distance": "", "detail": f"{words}, {one.image}", "proposal": "relabel",
        }
        for at, one in enumerate(first.itertuples())
    ]  # fmt: skip
    table = findings_table(rows, dict(zip(labelled["image"], labelled["md5"], strict=True)), ranked=True)
    (root / "artifacts/evaluate").mkdir(exist_ok=True)
    table.to_csv(root / "artifacts/evaluate/findings.csv", index=False)
    return table["finding"].tolist()


class Server(NamedTuple):
    """A running `longtail review --serve`."""

    process: subprocess.Popen[str]
    link: str

    @property
    def address(self) -> str:
        """Of the first page."""
        return self.link.partition("/open")[0]


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """The server until the end of the block, or until it is killed in it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "longtail", "review", "--serve", "--no-browser"]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield Server(process, process.stdout.readline().strip())
        finally:
            process.kill()
