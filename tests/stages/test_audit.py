"""`audit` writes groups, findings and matches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.disguises import described
from benchmarks.lookalikes import KINDS
from longtail import atomic
from longtail.errors import BadInput
from longtail.run_record import Summary
from longtail.stages.audit import Params, Paths, run
from tests.splitting.making import Photo, prepared

HEADER = "image,action,value,who,when,why\n"
LABELLED = [
    Photo("a.jpg", "w_1", 1),
    Photo("b.jpg", "w_1", 1),
    Photo("c.jpg", "w_1", 1, copy=1),
    Photo("d.jpg", "w_2", 2),
    Photo("e.jpg", "", 2),
    Photo("f.jpg", "w_3", 3),
    Photo("g.jpg", "w_4", 3),
    Photo("h.jpg", "", 4),
]
TEST = [Photo("t1.jpg", shows=1), Photo("t2.jpg", shows=9)]


def ends(root: Path, labelled: Sequence[Photo] = LABELLED, test: Sequence[Photo] = TEST, edits: str = "") -> Paths:
    paths = Paths.at(root)
    atomic.write_table(paths.labelled, prepared(labelled))
    atomic.write_table(paths.test, prepared(test, "test"))
    paths.edits.write_text(HEADER + edits, "utf-8")
    return paths


def test_writes_what_the_contract_says(tmp_path: Path) -> None:
    paths = ends(tmp_path)
    summary = run(Params(), paths)
    groups = pd.read_parquet(paths.groups)
    assert list(groups.columns) == ["image", "identity", "label", "group", "conflict"]
    assert list(groups["identity"]) == ["w_1", "w_1", "w_1", "w_2", "w_2", "w_3", "w_4", ""]
    assert list(groups["conflict"]) == [False] * 5 + [True, True, False]
    assert [len(group) for _, group in groups.groupby("group", sort=False)] == [3, 2, 2, 1]
    assert pd.read_parquet(paths.test_matches)[["image", "match", "kind"]].to_numpy().tolist() == [
        ["t1.jpg", "a.jpg", "exact"]
    ]
    kinds = pd.read_csv(paths.findings, dtype=str, keep_default_na=False)["kind"].value_counts().to_dict()
    assert kinds == {"exact_duplicate": 3, "near_duplicate": 1, "conflict": 1, "named_and_unknown": 1}
    assert summary.line == (
        "8 photographs in 4 groups (3 with equal bytes, 1 pair alike to the pixels); "
        "1 test photograph of a labelled picture"
    )
    assert summary.warnings == (
        "2 photographs of 1 picture with two names: left out",
        "2 identities without a photograph left: w_3 (1 in conflict with another identity), w_4 (1 in conflict with "
        "another identity). Nothing is learned of them: settle it in edits.csv, or bring photographs",
    )
    assert summary.facts["identities_lost"] == ["w_3", "w_4"]


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        paths = ends(tmp_path)
        run(Params(), paths)
        written.append([path.read_bytes() for path in paths.outputs()])
    assert written[0] == written[1]


def test_new_test_photographs_leave_the_groups_as_they_are(tmp_path: Path) -> None:
    paths = ends(tmp_path)
    run(Params(), paths)
    before = paths.groups.read_bytes(), paths.findings.read_bytes()
    more = [Photo(f"n{at}.jpg", shows=at, copy=at) for at in range(1, 11)]
    run(Params(), ends(tmp_path, test=[*TEST, *more]))
    assert (paths.groups.read_bytes(), paths.findings.read_bytes()) == before
    matched = pd.read_parquet(paths.test_matches)
    assert matched["image"].nunique() == 5  # t1, and the copies of 1, 2, 3 and 4
    assert list(matched["match"][matched["image"] == "n3.jpg"]) == ["f.jpg", "g.jpg"]  # two names: both are told


def test_without_test_photographs_the_matches_are_empty(tmp_path: Path) -> None:
    paths = ends(tmp_path, test=[])
    run(Params(), paths)
    assert len(pd.read_parquet(paths.test_matches)) == 0


def test_dropped_and_broken_photographs_are_in_no_group(tmp_path: Path) -> None:
    broken = [*LABELLED, Photo("z.jpg", "w_1", error="truncated")]
    paths = ends(tmp_path, broken, edits="f.jpg,drop,,ann,2026-01-02,blurred\n")
    run(Params(), paths)
    groups = pd.read_parquet(paths.groups)
    assert not {"f.jpg", "z.jpg"} & set(groups["image"])
    assert not groups["conflict"].any()  # g.jpg's rival is gone


def test_relabelling_settles_a_conflict(tmp_path: Path) -> None:
    paths = ends(tmp_path, edits="g.jpg,relabel,w_3,ann,,\nh.jpg,relabel,w_2,ann,,\nd.jpg,relabel,new_whale,ann,,\n")
    run(Params(), paths)
    groups = pd.read_parquet(paths.groups).set_index("image")
    assert not groups["conflict"].any()
    assert groups.loc[["d.jpg", "e.jpg", "g.jpg", "h.jpg"], "identity"].tolist() == ["", "", "w_3", "w_2"]
    assert groups.loc["g.jpg", "label"] == "w_4"


def test_a_new_name_a_merge_and_a_rename_are_applied_together(tmp_path: Path) -> None:
    rows = "identity:w_3,merge,w_4,,,\nidentity:w_4,rename,w_9,,,\nidentity:w_7,merge,w_1,,,\nh.jpg,name,n_1,,,\n"
    paths = ends(tmp_path, edits=rows + "d.jpg,relabel,w_3,,,\n")
    summary = run(Params(), paths)
    groups = pd.read_parquet(paths.groups).set_index("image")
    assert not groups["conflict"].any()
    assert groups.loc[["d.jpg", "e.jpg", "f.jpg", "g.jpg", "h.jpg"], "identity"].tolist() == ["w_9"] * 4 + ["n_1"]
    assert groups.index[groups["created"]].tolist() == ["h.jpg"]
    assert summary.warnings == (
        "1 identity without a photograph left: w_2 (1 relabelled). Nothing is learned of them: settle it in edits.csv, "
        "or bring photographs",
        "1 name merged or renamed in edits.csv, but no photograph has it: w_7",
    )


def test_an_edit_in_vain_is_a_warning(tmp_path: Path) -> None:
    summary = run(Params(), ends(tmp_path, edits="a.jpg,apart,b.jpg,ann,,\n"))
    assert "1 row of edits.csv had no effect: see findings.csv" in summary.warnings


def test_the_decisions_that_were_followed_are_kept_as_they_were(tmp_path: Path) -> None:
    paths = ends(tmp_path, edits="a.jpg,apart,b.jpg,ann,,\n")
    run(Params(), paths)
    assert paths.followed.read_bytes() == paths.edits.read_bytes()


def test_a_wrong_edit_leaves_nothing_behind(tmp_path: Path) -> None:
    paths = ends(tmp_path, edits="nobody.jpg,drop,,,,\n")
    with pytest.raises(BadInput, match=r"image that is not labelled, e\.g\. nobody\.jpg"):
        run(Params(), paths)
    assert not any(path.exists() for path in paths.outputs())


def test_no_photograph_left_is_refused(tmp_path: Path) -> None:
    paths = ends(tmp_path, LABELLED[:1], edits="a.jpg,drop,,,,\n")
    with pytest.raises(BadInput, match="no labelled photograph is left"):
        run(Params(), paths)


@pytest.mark.parametrize(
    ("last", "edits", "why"),
    [
        (Photo("i.jpg", "w_9", error="truncated"), "", "1 unreadable"),
        (Photo("i.jpg", "w_9", 7), "i.jpg,drop,,ann,,\n", "1 dropped"),
        (Photo("i.jpg", "w_9", 7), "i.jpg,relabel,w_1,ann,,\n", "1 relabelled"),
        (Photo("i.jpg", "w_9", 1), "", "1 in conflict with another identity"),
    ],
)
def test_an_identity_that_loses_its_last_photograph_is_named(tmp_path: Path, last: Photo, edits: str, why: str) -> None:
    photos = [*(photo for photo in LABELLED if photo.label in ("w_1", "w_2")), Photo("j.jpg", "w_1", 8), last]
    summary = run(Params(), ends(tmp_path, photos, edits=edits))
    assert f"1 identity without a photograph left: w_9 ({why})" in "\n".join(summary.warnings)
    assert summary.facts["identities_lost"] == ["w_9"]


def drawn(folder: Path, kind: str, count: int) -> pd.DataFrame:
    """`prepare`'s table of the first photographs of a kind whose pictures are soon alike."""
    shots = KINDS[kind](901)[:count]
    table = described(((shot.name, shot.data) for shot in shots), folder)
    labels = [shot.identity for shot in shots]
    return table.assign(label=labels, row=range(2, len(table) + 2), together="").sort_values("image", ignore_index=True)


def audited(
    folder: Path, table: pd.DataFrame, test: pd.DataFrame | None = None, edits: str = ""
) -> tuple[Summary, pd.DataFrame]:
    paths = ends(folder, edits=edits)
    atomic.write_table(paths.labelled, table)
    atomic.write_table(paths.test, prepared([], "test") if test is None else test)
    return run(Params(), paths), pd.read_parquet(paths.groups)


def test_letters_keep_their_names_and_the_audit_says_that_they_have_little_detail(tmp_path: Path) -> None:
    """None shows another's picture: none is left out, and no test photograph takes the name of one."""
    every = drawn(tmp_path, "line drawings, one bit", 48)
    table, test = every.iloc[::2].reset_index(drop=True), every.iloc[1::2].reset_index(drop=True)
    summary, groups = audited(tmp_path, table, test)
    assert summary.facts["test_matches"] == 0
    assert not groups["conflict"].any()
    assert summary.facts["identities_lost"] == []
    assert groups.groupby("group")["identity"].nunique().max() == 1
    little = summary.facts["little_detail"]
    assert little >= 40
    assert f"{little} of 48 photographs with too little detail to be compared as others are, e.g. 00_" in (
        "\n".join(summary.warnings)
    )


def test_what_the_pixels_cannot_decide_is_counted_with_an_example_until_somebody_decides(tmp_path: Path) -> None:
    """Four skins through one eyepiece: all six pairs are alike, and nothing says that any two are one picture."""
    table = drawn(tmp_path, "the same through an eyepiece", 4)
    summary, groups = audited(tmp_path, table)
    assert groups["group"].nunique() == 4
    assert summary.facts["doubtful_pairs"] == 6
    assert "6 pairs alike, but with too little detail in common to be called one picture, e.g. 00_000" in (
        "\n".join(summary.warnings)
    )
    first, second, third, _ = table["image"]
    decided, _ = audited(tmp_path, table, edits=f"{first},together,{second},ann,,\n{first},apart,{third},ann,,\n")
    assert decided.facts["doubtful_pairs"] == 4
