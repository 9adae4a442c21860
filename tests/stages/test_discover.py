"""discover on drawn embeddings: individuals that are kept out are found again, and so are those nobody knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.errors import StageFailed
from longtail.labels.findings import COLUMNS
from longtail.run_record import Summary
from longtail.stages import discover
from tests.recognition.world import flip, part

LIGHT = discover.Params.model_validate({"resamples": 100, "compute": {"threads": 1}})
DIMS = 24
Row = tuple[str, str, str]
"""image, identity (`?...` for one that nobody knows), fold."""


def build(root: Path, rows: Sequence[Row], test: Sequence[str] = (), noise: float = 0.12) -> Path:
    """What the stages before `discover` left; `test` names the individual of each test photograph called new."""
    rng = np.random.default_rng(0)
    directions: dict[str, np.ndarray] = {}

    def embedded(names: Sequence[str]) -> np.ndarray:
        plain = [directions.setdefault(name, rng.normal(size=DIMS)) + noise * rng.normal(size=DIMS) for name in names]
        return np.array(plain, np.float32).reshape(len(plain), DIMS)

    table = pd.DataFrame(rows, columns=["image", "shows", "fold"]).sort_values("image", ignore_index=True)
    table["identity"] = table["shows"].where(~table["shows"].str.startswith("?"), "")
    for folder in ("split", "train", "prepare", "predict", "discover"):
        (root / "artifacts" / folder).mkdir(parents=True, exist_ok=True)
    split = table[["image", "identity", "fold"]].assign(group=table["image"], class_count=0)
    split.to_parquet(root / "artifacts/split/split.parquet", index=False)
    learned = split.loc[(split["fold"] == "train") & (split["identity"] != ""), ["image"]]
    learned.assign(label=True, pixels=True).to_parquet(root / "artifacts/train/learned_from.parquet", index=False)
    plain = embedded(table["shows"].tolist())
    part(root, "labelled", table["image"], plain, flip(plain))
    names = pd.Series([f"t{at:03}.jpg" for at in range(len(test))], dtype="str")
    shown = embedded(test)
    part(root, "test", names, shown, flip(shown))
    hashes = rng.integers(0, 2**63, len(split), dtype=np.uint64)
    labelled = pd.DataFrame({"image": table["image"], "md5": "m" + table["image"], "dhash": hashes})
    labelled.assign(row=range(2, len(split) + 2)).to_parquet(root / "artifacts/prepare/labelled.parquet", index=False)
    pd.DataFrame({"image": names, "md5": names}).to_parquet(root / "artifacts/prepare/test.parquet", index=False)
    candidates = pd.DataFrame({"image": names, "rank": 1, "identity": "", "match": ""})
    candidates.astype({"identity": "str", "match": "str"}).to_parquet(
        root / "artifacts/predict/candidates.parquet", index=False
    )
    return root


def photographs(prefix: str, individuals: int, each: int, fold: str) -> list[Row]:
    name = "?" if prefix == "u" else ""
    return [
        (f"{prefix}{who:02}-{at}.jpg", f"{name}{prefix}{who}", fold) for who in range(individuals) for at in range(each)
    ]


WORLD = [
    *photographs("k", 10, 3, "train"),
    *photographs("d", 24, 3, "discover"),
    *photographs("s", 10, 1, "valid"),
    *photographs("u", 4, 3, "train"),
]
SHOWN = ["?u0", "?new", "?new", "?once"]


def run(root: Path, **params: Any) -> Summary:
    return discover.run(LIGHT.model_copy(update=params), discover.Paths.at(root))


def values(root: Path) -> dict[str, Any]:
    return json.loads((root / "artifacts/discover/metrics.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    root = build(tmp_path_factory.mktemp("found"), WORLD, SHOWN)
    return root, run(root)


def test_who_is_kept_out_is_found_again(found: tuple[Path, Summary]) -> None:
    metrics = values(found[0])
    assert (metrics["individuals"], metrics["individual_photographs"]) == (24, 72)
    assert (metrics["distractors"], metrics["unknown"], metrics["pairs"]) == (10, 12, 72)
    assert metrics["precision"] > 0.9
    assert metrics["recall"] > 0.9
    assert metrics["b_cubed_f"] > metrics["alone_b_cubed_f"]
    assert metrics["alone_gain_low"] > 0
    assert metrics["copies_gain"] == metrics["alone_gain"]  # no two photographs of the world are copies
    assert metrics["sizes"]["3"]["right"] >= 20


def test_those_nobody_knows_are_proposed_whole_with_test_photographs_among_them(found: tuple[Path, Summary]) -> None:
    table = pd.read_parquet(found[0] / "artifacts/discover/proposals.parquet")
    groups = table.groupby("proposal")["image"].agg(frozenset)
    expected = {frozenset(f"u{who:02}-{at}.jpg" for at in range(3)) for who in range(1, 4)}
    expected |= {frozenset({"u00-0.jpg", "u00-1.jpg", "u00-2.jpg", "t000.jpg"}), frozenset({"t001.jpg", "t002.jpg"})}
    assert set(groups) == expected
    assert table.loc[table["part"] == "test", "image"].tolist() == ["t000.jpg", "t001.jpg", "t002.jpg"]
    assert table["probability"].between(0.5, 1).all()
    assert table["nearest"].str.match("[ksd]").all()  # who is kept out is a known individual to the team
    assert "t003.jpg" not in set(table["image"])


def test_each_labelled_photograph_of_a_proposal_is_a_question(found: tuple[Path, Summary]) -> None:
    findings = pd.read_csv(found[0] / "artifacts/discover/findings.csv", dtype="str", keep_default_na=False)
    assert list(findings) == list(COLUMNS)
    assert len(findings) == 12
    assert set(findings["proposal"]) == {"name"}
    assert findings["other_label"].str.match("new_[0-9a-f]{8}").all()
    assert findings["detail"].str.contains("measured on 24 individuals kept out of learning").all()
    assert findings["finding"].is_unique


def test_every_method_is_compared_and_one_chosen(found: tuple[Path, Summary]) -> None:
    methods = pd.read_csv(found[0] / "artifacts/discover/methods.csv")
    assert len(methods) == 8
    assert methods["chosen"].sum() == 1
    assert "15 photographs of none of the known" not in found[1].line
    assert "16 photographs of none of the known: 15 in 5 proposed individuals; by " in found[1].line


def test_twice_gives_equal_bytes(found: tuple[Path, Summary]) -> None:
    folder = found[0] / "artifacts/discover"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run(found[0])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([row for row in WORLD if row[2] != "discover"], "nobody is kept out of learning"),
        ([row for row in WORLD if row[0][0] != "u"], ""),
    ],
)
def test_without_individuals_or_without_unknowns_nothing_is_proposed(tmp_path: Path, rows: list[Row], why: str) -> None:
    summary = run(build(tmp_path, rows))
    assert why in " ".join(summary.warnings)
    assert pd.read_parquet(tmp_path / "artifacts/discover/proposals.parquet").empty
    assert len(pd.read_csv(tmp_path / "artifacts/discover/findings.csv")) == 0


def test_where_no_method_is_precise_enough_nothing_is_proposed_and_it_is_said(tmp_path: Path) -> None:
    summary = run(build(tmp_path, WORLD, SHOWN, noise=5.0))
    assert "no method reaches a precision of 0.8" in " ".join(summary.warnings)
    assert values(tmp_path)["proposals"] == 0
    assert values(tmp_path)["precision"] is None


def test_a_network_that_has_seen_who_is_kept_out_is_refused(tmp_path: Path) -> None:
    build(tmp_path, WORLD)
    paths = discover.Paths.at(tmp_path)
    planted = pd.DataFrame({"image": ["d03-1.jpg"], "label": [False], "pixels": [True]})
    pd.concat([pd.read_parquet(paths.learned_from), planted]).to_parquet(paths.learned_from, index=False)
    with pytest.raises(StageFailed, match=r"\(1 in discover\), e.g. d03-1.jpg") as failed:
        run(tmp_path)
    assert failed.value.exit_code == 1
    assert not paths.metrics.exists()
