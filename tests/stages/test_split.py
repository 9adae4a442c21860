"""`split` writes folds, or says why there would be nothing to learn or to score."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from longtail import atomic
from longtail.errors import BadInput
from longtail.stages.split import Params, Paths, run

Row = tuple[str, str, str, bool]
"""image, identity, group, conflict"""
TWICE = [(f"{name}{at}.jpg", name, f"{name}{at}", False) for name in "abc" for at in range(2)]
UNKNOWN = [(f"u{at}.jpg", "", f"u{at}", False) for at in range(30)]


def paths(root: Path, rows: list[Row]) -> Paths:
    found = Paths.at(root)
    table = pd.DataFrame(rows, columns=["image", "identity", "group", "conflict"]).astype({"identity": "str"})
    atomic.write_table(found.groups, table.assign(label=table["identity"]))
    return found


def test_writes_the_folds_and_says_how_many(tmp_path: Path) -> None:
    ends = paths(tmp_path, [*TWICE, *UNKNOWN, ("x1.jpg", "a", "x", True), ("x2.jpg", "b", "x", True)])
    summary = run(Params(), ends)
    split = pd.read_parquet(ends.split)
    known = split[split["scored"] & split["known"]]
    assert sorted(known["identity"]) == ["a", "b", "c"]
    unknown = int((split["scored"] & ~split["known"]).sum())
    assert summary.line == (
        f"learned from: {33 - unknown} photographs of 3 identities; scored: {3 + unknown}, "
        f"of which {unknown} unknown; left out: 2"
    )
    assert summary.warnings == ()


def test_equal_inputs_give_equal_bytes_and_another_seed_others(tmp_path: Path) -> None:
    ends = paths(tmp_path, [*TWICE, *UNKNOWN])
    written = []
    for seed in (0, 0, 1):
        run(Params(seed=seed), ends)
        written.append(ends.split.read_bytes())
    assert written[0] == written[1] != written[2]


def test_identities_that_look_like_numbers_stay_text(tmp_path: Path) -> None:
    ends = paths(tmp_path, [(f"{name}{at}", name, f"{name}{at}", False) for name in ("007", "7") for at in (0, 1)])
    run(Params(), ends)
    assert set(pd.read_parquet(ends.split)["identity"]) == {"007", "7"}


def test_without_unknowns_it_is_said_that_no_threshold_is_fitted(tmp_path: Path) -> None:
    summary = run(Params(), paths(tmp_path, TWICE))
    assert summary.warnings == ("no unknown is scored: no threshold can be fitted, and predict will never say new",)


def test_identities_seen_once_alone_are_scored_as_unknowns_and_it_is_said(tmp_path: Path) -> None:
    once = [(f"{at}.jpg", f"w{at}", f"g{at}", False) for at in range(60)]
    summary = run(Params(), paths(tmp_path, once))
    assert summary.facts["scored_unknown"] == summary.facts["scored"] > 0
    assert summary.warnings == ("no identity has two groups: only unknowns are scored",)


def test_one_identity_is_not_enough_to_learn(tmp_path: Path) -> None:
    ends = paths(tmp_path, [row for row in TWICE if row[1] == "a"])
    with pytest.raises(BadInput, match="1 identities are left to learn from: at least two are needed"):
        run(Params(), ends)
    assert not ends.split.exists()


def test_nothing_to_score_is_refused(tmp_path: Path) -> None:
    ends = paths(tmp_path, [(f"{name}.jpg", name, name, False) for name in "abc"])
    with pytest.raises(BadInput, match="there is no photograph to score: no identity has two groups"):
        run(Params(new_identity_share=0.0), ends)
    assert not ends.split.exists()


def test_one_identity_to_score_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    ends = paths(tmp_path, [*TWICE[:2], ("b0.jpg", "b", "b0", False)])
    with pytest.raises(BadInput, match="the photographs to score show one identity alone"):
        run(Params(new_identity_share=0.0), ends)
    assert not ends.split.exists()
