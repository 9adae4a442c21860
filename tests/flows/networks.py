"""Networks that were published, as a warm start needs them: a register, a store and a lock, without DVC."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from longtail import ancestor, stages
from longtail.artifacts import GROUPS, HEAD, LABELLED, LEARNED_FROM, NETWORK, NETWORK_CARD
from longtail.lineage import store
from longtail.publishing import receipt as receipts
from longtail.publishing.receipt import Receipt
from tests.lineage.making import keep, parquet

DEFAULTS = stages.load("train").Params()
CARD = {
    "backbone": DEFAULTS.backbone,
    "grey": DEFAULTS.grey,
    "head": DEFAULTS.head,
    "mirror_as_identity": DEFAULTS.mirror_as_identity,
    "neck": DEFAULTS.embedding_size,
    "size": DEFAULTS.size,
    "weights": DEFAULTS.weights,
    "weights_md5": DEFAULTS.weights_md5,
}
"""model.json of a network that the default parameters of `train` can go on from."""


def values(**train: Any) -> dict[str, dict[str, Any]]:
    """The effective parameters of `split` and `train`, with those of `train` that are given."""
    sections = {"split": stages.load("split").Params(), "train": stages.load("train").Params(**train)}
    return {
        name: section.model_dump(mode="json", exclude={"compute"} if name == "train" else set())
        for name, section in sections.items()
    }


def md5_of_name(image: str) -> str:
    """The md5 of a photograph whose bytes are its name; a copy of `a.jpg` is called `a.jpg again`."""
    return hashlib.md5(image.removesuffix(" again").encode()).hexdigest()


def learned_table(images: Sequence[str]) -> pd.DataFrame:
    """What a network has learned: these photographs, all of moby."""
    table = pd.DataFrame({"image": pd.Series(list(images), dtype="str")})
    known = table.assign(label=True, pixels=True, identity="moby", md5=table["image"].map(md5_of_name), inherited=False)
    return known[list(ancestor.COLUMNS)]


def has(root: Path, images: Sequence[str], label: str = "moby") -> dict[str, str]:
    """Let `prepare` and `audit` have made these photographs; {path: md5} as dvc.lock has it now."""
    table = pd.DataFrame({"image": pd.Series(list(images), dtype="str"), "label": label})
    groups = table.assign(identity=label, group=table["image"], conflict=False)
    labelled = table[["image"]].assign(md5=table["image"].map(md5_of_name))
    made = {LABELLED: keep(root, parquet(labelled)), GROUPS: keep(root, parquet(groups))}
    outs = "".join(f"    - {{path: {path}, md5: {md5}}}\n" for path, md5 in made.items())
    (root / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n  audit:\n    cmd: audit\n    outs:\n{outs}")
    return made


def publish(
    root: Path,
    day: int,
    images: Sequence[str],
    start: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    without: str = "",
) -> str:
    """Publish a network that has learned these photographs; the name of its receipt."""
    files = {
        NETWORK: f"network of day {day}".encode(),
        HEAD: f"head of day {day}".encode(),
        NETWORK_CARD: json.dumps(CARD).encode(),
        LEARNED_FROM: parquet(learned_table(images)),
    }
    made = {path: keep(root, data) for path, data in files.items() if path != without}
    new = Receipt(
        submission={"md5": f"{day:032d}", "rows": 1, "bytes": 1},
        raw={"path": "data/raw", "md5": ""},
        model={NETWORK: made[NETWORK]},
        artifacts={**made, **has(root, images)},
        code={"commit": "", "dirty": False},
        params={"md5": "", "values": dict(params or values(start="ancestor"))},
        metrics={},
        flow_run={"id": "", "name": ""},
        versions={},
        published=f"2026-01-{day:02d}T12:00:00+00:00",
        to="published",
        start=dict(start or {}),
    )
    receipts.write(root / receipts.REGISTER / new.file_name, new)
    return new.file_name


def lose(root: Path, name: str, path: str) -> None:
    """Take a file of a publication out of the store."""
    artifacts = receipts.read(root / receipts.REGISTER / name).artifacts
    store.Store.of(root).object_path(artifacts[path]).unlink()
