"""`split` writes folds, or says why there would be nothing to learn or to score."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from longtail import ancestor, atomic, params
from longtail.errors import BadInput, BadParameter
from longtail.stages.split import Params, Paths, run

Row = tuple[str, str, str, bool]
"""image, identity, group, conflict"""
TWICE = [(f"{name}{at}.jpg", name, f"{name}{at}", False) for name in "abc" for at in range(2)]
UNKNOWN = [(f"u{at}.jpg", "", f"u{at}", False) for at in range(30)]


def paths(root: Path, rows: list[Row]) -> Paths:
    paths_of = Paths.at(root)
    table = pd.DataFrame(rows, columns=["image", "identity", "group", "conflict"]).astype({"identity": "str"})
    atomic.write_table(paths_of.groups, table.assign(label=table["identity"]))
    return paths_of


def dated(root: Path, days: list[str]) -> Paths:
    """The photographs of TWICE with these days."""
    found = paths(root, TWICE)
    atomic.write_table(found.groups, pd.read_parquet(found.groups).assign(date=days))
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


def test_those_kept_out_for_discover_are_counted_and_nothing_else_uses_them(tmp_path: Path) -> None:
    rows = [(f"w{at}-{n}.jpg", f"w{at}", f"w{at}-{n}", False) for at in range(30) for n in range(3)]
    ends = paths(tmp_path, [*rows, *UNKNOWN])
    summary = run(Params(discover_share=0.4), ends)
    split = pd.read_parquet(ends.split)
    out = split[split["fold"] == "discover"]
    assert 0 < len(out) < len(rows)
    assert set(out["identity"]).isdisjoint(split.loc[split["fold"] != "discover", "identity"])
    counts = (summary.facts["kept_out"], summary.facts["kept_out_identities"])
    assert counts == (len(out), len(out) // 3)
    assert f"; kept out for discover: {len(out)} of {len(out) // 3} identities" in summary.line


def with_ancestor(ends: Paths, learned: list[str]) -> None:
    """An ancestor that learned these photographs, of as many bytes as their names have letters."""
    groups = pd.read_parquet(ends.groups)
    md5 = groups["image"].str.len().astype("str") + groups["image"]
    atomic.write_table(ends.labelled, pd.DataFrame({"image": groups["image"], "md5": md5}))
    table = groups.loc[groups["image"].isin(learned), ["image", "identity"]]
    table = table.assign(label=True, pixels=True, md5="other bytes", inherited=False)
    folder = ends.root / "train"
    folder.mkdir()
    for name in ancestor.FILES:
        (folder / name).write_text("{}")
    table.to_parquet(folder / "learned_from.parquet", index=False)
    ancestor.write(ends.ancestor, folder, ancestor.Facts("receipt.json", 0))


def test_what_an_ancestor_learned_is_learned_again_and_counted(tmp_path: Path) -> None:
    ends = paths(tmp_path, [*TWICE, *UNKNOWN])
    without = run(Params(), ends)
    before = pd.read_parquet(ends.split)
    scored = before.loc[(before["fold"] == "valid") & (before["identity"] == "a"), "image"].item()
    with_ancestor(ends, [scored])
    summary = run(Params(), ends)
    after = pd.read_parquet(ends.split)
    assert after.loc[after["identity"] == "a", "fold"].tolist() == ["train", "train"]
    others = before["identity"] != "a"
    assert after.loc[others, "fold"].equals(before.loc[others, "fold"])
    counts = {"ancestor": "receipt.json", "learned_before": 1, "moved_by_it": 1}
    assert {key: summary.facts[key] for key in counts} == counts
    assert summary.line.endswith(
        "; learned by the ancestor, and so in train: 1 photograph; in another fold for that: 1"
    )
    assert not set(counts) & set(without.facts)


def test_from_scratch_the_bytes_are_those_without_a_folder(tmp_path: Path) -> None:
    ends = paths(tmp_path, [*TWICE, *UNKNOWN])
    run(Params(), ends)
    before = ends.split.read_bytes()
    ancestor.write_scratch(ends.ancestor)
    run(Params(), ends)
    assert ends.split.read_bytes() == before


def test_a_lost_ancestor_is_refused(tmp_path: Path) -> None:
    ends = paths(tmp_path, [*TWICE, *UNKNOWN])
    with_ancestor(ends, ["a0.jpg"])
    (ends.ancestor / "learned_from.parquet").unlink()
    with pytest.raises(BadInput, match=r"not here, e\.g\. learned_from\.parquet.*dvc pull data/ancestor\.dvc"):
        run(Params(), ends)
    assert not ends.split.exists()


def test_it_is_said_when_nobody_can_be_kept_out(tmp_path: Path) -> None:
    once = [(f"{at}.jpg", f"w{at}", f"g{at}", False) for at in range(60)]
    summary = run(Params(discover_share=0.5), paths(tmp_path, once))
    assert any("split.discover_share keeps nobody out" in warning for warning in summary.warnings)


def test_who_was_named_by_a_decision_and_is_not_learned_is_told(tmp_path: Path) -> None:
    rows = [(f"w{at}-{n}.jpg", f"w{at}", f"w{at}-{n}", False) for at in range(6) for n in range(2)]
    ends = paths(tmp_path, [*rows, ("c1.jpg", "torn", "c", True), ("c2.jpg", "w1", "c", True)])
    groups = pd.read_parquet(ends.groups)
    atomic.write_table(ends.groups, groups.assign(created=groups["identity"].isin(["torn", "w0", "w2"])))
    summary = run(Params(discover_share=0.9), ends)
    split = pd.read_parquet(ends.split)
    assert set(split.loc[split["identity"] == "w0", "fold"]) == {"train", "valid"}
    assert summary.facts["unlearned"] == ["torn"]
    assert any("1 individual named in edits.csv and not learned: torn; all its" in one for one in summary.warnings)


def test_by_time_the_same_individuals_are_kept_out_as_at_random(tmp_path: Path) -> None:
    rows = [(f"w{at}-{n}.jpg", f"w{at}", f"w{at}-{n}", False) for at in range(30) for n in range(2)]
    ends = paths(tmp_path, rows)
    days = [f"20{20 + at % 2}-01-01" for at in range(len(rows))]
    atomic.write_table(ends.groups, pd.read_parquet(ends.groups).assign(date=days))
    out = []
    for chosen in (Params(discover_share=0.3), BY_TIME.model_copy(update={"discover_share": 0.3})):
        run(chosen, ends)
        split = pd.read_parquet(ends.split)
        out.append(split.loc[split["fold"] == "discover", "image"].tolist())
    assert out[0] == out[1] != []


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


BY_TIME = Params(strategy="time", cutoff="2020-07-01")


def test_by_time_the_later_photographs_are_scored_and_what_is_not_is_counted(tmp_path: Path) -> None:
    ends = dated(tmp_path, ["2020-01-01", "2020-07-01", "", "2021-01-01", "2020-08-01", "2020-09-01"])
    summary = run(BY_TIME, ends)
    split = pd.read_parquet(ends.split)
    assert split["fold"].tolist() == ["train", "valid", "train", "valid", "valid", "valid"]
    assert split["known"].tolist() == [True, True, True, True, False, False]
    assert split["date"].tolist()[1] == "2020-07-01"
    assert summary.line.endswith(
        "; cut-off 2020-07-01: 1 undated are learned from, and 0 later ones of groups that began before"
    )
    assert (summary.facts["cutoff"], summary.facts["undated"]) == ("2020-07-01", 1)


def test_without_dates_the_split_is_the_same_whatever_the_cutoff(tmp_path: Path) -> None:
    ends = paths(tmp_path, [*TWICE, *UNKNOWN])
    run(Params(), ends)
    before = ends.split.read_bytes()
    run(Params(cutoff="2020-07-01"), ends)
    assert ends.split.read_bytes() == before
    assert "date" not in pd.read_parquet(ends.split)


def test_by_time_without_dates_is_refused_with_what_gives_some(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"needs dates, and no photograph has one\. Name the column .* data.date_column"):
        run(BY_TIME, paths(tmp_path, TWICE))


@pytest.mark.parametrize(
    ("cutoff", "message"),
    [
        ("2020-01-01", r"0 identities were photographed before 2020-01-01.*2020-01-01 to 2020-12-01.*a later"),
        ("2020-12-02", r"0 identities to score were photographed from 2020-12-02 on.*an earlier split.cutoff"),
    ],
)
def test_a_cutoff_with_nothing_before_or_after_it_is_refused(tmp_path: Path, cutoff: str, message: str) -> None:
    ends = dated(tmp_path, [f"2020-{month:02}-01" for month in (1, 12, 2, 11, 3, 10)])
    with pytest.raises(BadInput, match=message):
        run(BY_TIME.model_copy(update={"cutoff": cutoff}), ends)
    assert not ends.split.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split: {strategy: time}", "strategy: time needs a cutoff"),
        ("split: {cutoff: '2020-02-30'}", "cutoff '2020-02-30' is no day: write it as 2021-01-31"),
        ("split: {cutoff: '03/04/2021'}", "is no day"),
        ("split: {cutoff: 2021-01-31}", "put the day in quotes: cutoff: '2021-01-31'"),
    ],
)
def test_a_cutoff_is_one_day_in_quotes(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(BadParameter, match=message):
        params.load(Params, "split", params.read(tmp_path / "params.yaml"))
