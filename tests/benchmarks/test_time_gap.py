"""Two networks are compared fairly: equally many photographs, the same individuals, and none of what is scored."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import measuring, time_gap
from benchmarks.time_gap import AT_RANDOM, BY_TIME, Halves, fold_table, halved, rows

CUTOFF = "2020-06-01"


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """`audit`'s table, with one individual that can be scored at least."""
    groups = draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 12), st.integers(1, 3)), max_size=20))
    groups += [("a", 1, 2), ("a", 12, 1)]
    photographs = [
        (f"{at:02}-{n}.jpg", name, f"g{at:02}", f"2020-{month:02}-01")
        for at, (name, month, size) in enumerate(groups)
        for n in range(size)
    ]
    return pd.DataFrame(photographs, columns=["image", "identity", "group", "date"])


@settings(max_examples=50)
@given(tables(), st.integers(0, 9))
def test_both_learn_equally_many_of_each_and_nothing_of_a_group_that_is_scored(groups: pd.DataFrame, seed: int) -> None:
    halves = halved(groups, CUTOFF, seed)
    of = groups.set_index("image")
    scored = of.loc[halves.held_out]
    assert scored["group"].is_unique
    assert (scored["date"] >= CUTOFF).all()
    counts = []
    for images in halves.learned.values():
        learned = of.loc[images]
        assert learned.index.is_unique
        assert not set(learned["group"]) & set(scored["group"])
        counts.append(learned["identity"].value_counts().sort_index())
    assert counts[0].equals(counts[1])
    assert set(scored["identity"]) == set(counts[0].index)
    assert (of.loc[halves.learned[BY_TIME], "date"] < CUTOFF).all()


def test_the_table_of_folds_leaves_out_what_only_the_other_learns() -> None:
    groups = pd.DataFrame({"image": list("abcd"), "identity": "w", "group": list("1234"), "date": "2020-01-01"})
    halves = Halves(["d"], {BY_TIME: ["a", "b"], AT_RANDOM: ["b", "c"]})
    table = fold_table(groups, halves, AT_RANDOM)
    assert table["fold"].tolist() == ["left_out", "train", "train", "valid"]
    assert table["class_count"].tolist() == [2] * 4


def test_the_difference_is_that_of_the_random_one_over_the_other() -> None:
    scores = pd.DataFrame({BY_TIME: [0.0, 0.5, 0.5], AT_RANDOM: [1.0, 0.5, 1.0]})
    halves = Halves(list("abc"), {BY_TIME: list("de"), AT_RANDOM: list("fg")})
    *_, difference = rows(scores, np.array(["u", "v", "v"]), halves, CUTOFF, "drawn")
    assert (difference["map_at_5"], difference["scored"], difference["individuals"]) == (0.5, 3, 2)
    assert difference["learned"] == 2
    assert 0.25 <= float(str(difference["low"])) <= 0.5 <= float(str(difference["high"])) <= 1.0


@pytest.mark.slow
def test_it_runs_and_keeps_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    tiny = ["train.backbone=timm/test_resnet", "train.weights=none", "train.size=32", "train.unfrozen_epochs=1"]
    settings = [part for value in [*tiny, "train.embedding_size=16", "prepare.side=32"] for part in ("--set", value)]
    time_gap.main(["--identities", "8", "--images", "60", "--years", "3", *settings])
    with (tmp_path / "time_gap.csv").open(encoding="utf-8") as text:
        kept = list(csv.DictReader(text))
    assert [row["trained"] for row in kept] == [BY_TIME, AT_RANDOM, "difference"]
    assert all(int(row["scored"]) > 0 for row in kept)
