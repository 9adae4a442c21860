"""The label table judged: what is refused, what only warned of, and what each leaves behind."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from longtail import params
from longtail.errors import BadInput, BadParameter
from longtail.params import DataParams
from longtail.stages.validate import Params, Paths, run

# Two whales, one of them seen once, one unknown: nothing to mend.
GOOD = [
    ("a.jpg", "w_1"),
    ("b.jpg", "w_1"),
    ("c.jpg", "w_2"),
    ("d.jpg", "new_whale"),
    ("e.jpg", "w_2"),
    ("f.jpg", "w_3"),
]


class Project:
    """A root with a raw set, and the stage run on it."""

    def __init__(self, root: Path) -> None:
        self.paths = Paths.at(root)
        self.paths.photographs.mkdir(parents=True)

    def labels(self, rows: list[tuple[str, str]], files: list[str] | None = None) -> Project:
        with self.paths.table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("Image", "Id"), *rows])
        for name in files if files is not None else [image for image, _ in rows]:
            (self.paths.photographs / name).touch()
        return self

    def verdict(self, **values: Any) -> dict[str, Any]:
        run(Params(**values), self.paths)
        return json.loads(self.paths.verdict.read_text("utf-8"))

    def warned(self, **values: Any) -> dict[str, dict[str, Any]]:
        return {finding["expectation"]: finding for finding in self.verdict(**values)["findings"]}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_good_table_passes_and_its_facts_are_told(project: Project) -> None:
    summary = run(Params(), project.labels(GOOD).paths)
    facts = {
        "photographs": 6,
        "identities": 3,
        "unknown": 1,
        "seen_once": 1,
        "largest": 2,
        "class_counts": {"1": 1, "2": 2},
    }
    assert json.loads(project.paths.verdict.read_text("utf-8")) == {"facts": facts, "findings": []}
    assert json.loads(project.paths.passed.read_text("utf-8")) == {"passed": True}
    assert (summary.facts, summary.warnings) == (facts, ())
    assert summary.line == "6 photographs of 3 identities (1 seen once), 1 unknown; no problems found"


def test_equal_tables_give_equal_bytes(project: Project) -> None:
    project.labels([*GOOD, ("g.jpg", "W_1")])
    project.verdict()
    first = project.paths.verdict.read_bytes()
    project.verdict()
    assert project.paths.verdict.read_bytes() == first


def test_passed_holds_the_same_bytes_for_every_set(project: Project, tmp_path: Path) -> None:
    project.labels(GOOD).verdict()
    other = Project(tmp_path / "other").labels([*GOOD, ("g.jpg", "W_1")])
    other.verdict()
    assert project.paths.passed.read_bytes() == other.paths.passed.read_bytes()


@pytest.mark.parametrize(
    ("rows", "files", "told"),
    [
        (
            [("g.jpg", ""), ("h.jpg", " ")],
            None,
            r"2 x row with a blank 'Id', e\.g\. 'g\.jpg' \(.*row 8\)\. .*or write 'new_whale'",
        ),
        ([("", "w_9")], [], r"row with a blank 'Image', e\.g\. 'w_9' \(.*row 8\)"),
        ([("a.jpg", "w_2")], None, r"2 x row that shares its photograph .*'a\.jpg' \(.*row 2\)"),
        (
            [("gone.jpg", "w_1"), ("too.jpg", "w_1")],
            [],
            r"2 x photograph that is not in the folder, e\.g\. 'gone\.jpg' \(.*row 8\)",
        ),
        ([("g.JPG", "w_1")], ["g.jpg"], r"'g\.JPG'; there is 'g\.jpg'"),
        (
            [("../x.jpg", "w_1"), ("/x.jpg", "w_1")],
            [],
            r"2 x photograph whose name leads out .*'\.\./x\.jpg' \(.*row 8\)",
        ),
        ([("g.jpg", " w_1")], None, r"identity with a space before or after it, e\.g\. ' w_1' of 'g\.jpg'"),
        ([("g.jpg", "w 1")], None, r"identity with a space .* in it, e\.g\. 'w 1' of 'g\.jpg'.*underscore"),
    ],
)
def test_what_no_stage_can_work_with_is_refused(
    project: Project, rows: list[tuple[str, str]], files: list[str] | None, told: str
) -> None:
    project.labels(GOOD).labels([*GOOD, *rows], files)
    with pytest.raises(BadInput, match=told) as caught:
        run(Params(), project.paths)
    assert len(caught.value.problems) == 2  # that one, and where all of its rows are
    assert not project.paths.passed.exists()
    assert not project.paths.verdict.exists()


def test_all_problems_are_told_at_once_with_every_row_in_a_file(project: Project) -> None:
    project.labels([("a.jpg", "w_1"), ("b.jpg", ""), ("c.jpg", "W_1"), ("d.jpg", "")], ["a.jpg", "b.jpg", "d.jpg"])
    with pytest.raises(BadInput, match=r"offending_rows\.csv") as caught:
        run(Params(), project.paths)
    assert [problem.count for problem in caught.value.problems] == [2, 1, 1]
    with (project.paths.docs / "offending_rows.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["expectation"], row["severity"], row["row"]) for row in csv.DictReader(file)]
    assert rows[:3] == [
        ("identity_is_filled", "critical", "3"),
        ("identity_is_filled", "critical", "5"),
        ("file_exists", "critical", "4"),
    ]
    assert ("identity_has_one_case", "warning", "2") in rows


def test_the_data_docs_show_what_was_refused(project: Project) -> None:
    project.labels([*GOOD, ("g.jpg", "")])
    with pytest.raises(BadInput, match=r"artifacts/validate/docs/index\.html"):
        run(Params(), project.paths)
    (page,) = project.paths.docs.glob("validations/labels/**/*.html")
    assert "identity is filled (critical)" in page.read_text("utf-8")
    assert (project.paths.docs / "index.html").is_file()


def test_an_earlier_pass_does_not_outlive_the_table_it_was_for(project: Project) -> None:
    project.labels(GOOD).verdict()
    project.paths.table.write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match="is empty"):
        run(Params(), project.paths)
    assert not project.paths.passed.exists()


def test_one_identity_is_refused_however_many_unknowns_there_are(project: Project) -> None:
    project.labels([("a.jpg", "w_1"), ("b.jpg", "w_1"), ("c.jpg", "new_whale")])
    with pytest.raises(BadInput, match="names 1 identities, fewer than 2"):
        run(Params(), project.paths)


def test_unknowns_alone_are_refused(project: Project) -> None:
    project.labels([("a.jpg", "new_whale"), ("b.jpg", "new_whale")])
    with pytest.raises(BadInput, match="names 0 identities, fewer than 2"):
        run(Params(), project.paths)


@pytest.mark.parametrize(
    ("rows", "files", "name", "count"),
    [
        ([("g.jpg", "W_1")], None, "identity_has_one_case", 3),  # two rows say w_1, one W_1
        ([("g.jpg", "7"), ("h.jpg", "007")], None, "identity_has_one_number", 2),
        ([("g.jpg", "7.0"), ("h.jpg", "1.2E+05")], None, "identity_was_not_reformatted", 2),
        ([("g.jpg", "=1+1"), ("h.jpg", "-w"), ("i.jpg", "@w")], None, "identity_is_no_formula", 3),
        ([("+g.jpg", "w_1")], None, "image_is_no_formula", 1),
        ([], ["loose.jpg", "stray.png"], "files_have_rows", 2),
    ],
)
def test_what_is_only_suspicious_warns(
    project: Project, rows: list[tuple[str, str]], files: list[str] | None, name: str, count: int
) -> None:
    warned = project.labels(GOOD).labels([*GOOD, *rows], files).warned()
    assert list(warned) == [name]
    assert (warned[name]["severity"], warned[name]["count"]) == ("warning", count)
    assert warned[name]["examples"][0]["image"]


def test_sides_and_species_that_say_little_warn_and_count(project: Project) -> None:
    project.labels(GOOD)
    told = ["left,whale", ",Whale", "right,", "left,seal", "?,dolphin", "left,seal"]
    labels = ["w_1", "w_1", "w_2", "new_whale", "w_3", "w_1"]
    rows = [f"{image},{label},{both}" for (image, _), label, both in zip(GOOD, labels, told, strict=True)]
    project.paths.table.write_text("\n".join(["Image,Id,view,kind", *rows]) + "\n", encoding="utf-8")
    data = DataParams(side_column="view", species_column="kind")
    verdict = project.verdict(data=data, max_largest_share=0.5)
    warned = {finding["expectation"]: finding for finding in verdict["findings"]}
    counts = {name: finding["count"] for name, finding in warned.items()}
    assert counts == {"side_is_known": 2, "species_is_known": 1, "species_are_seen_again": 1, "name_has_one_species": 3}
    assert {finding["severity"] for finding in warned.values()} == {"warning"}
    assert warned["side_is_known"]["examples"][0]["image"] == "b.jpg"
    assert warned["species_are_seen_again"]["examples"] == [{"row": 6, "image": "e.jpg", "value": "dolphin"}]
    assert warned["name_has_one_species"]["examples"][0]["value"] == "'w_1@seal', 'w_1@whale'"
    assert verdict["facts"]["identities"] == 4  # two of them called w_1
    assert not any("side" in name or "species" in name for name in project.warned())


def test_rows_of_several_boxes_are_of_one_file(project: Project) -> None:
    project.labels(GOOD)
    boxes = [("a.jpg", "w_1", ""), ("pair.jpg#1", "w_1", "0 0 0.5 1"), ("pair.jpg#2", "w_2", "0.5 0 0.5 1")]
    with project.paths.table.open("w", encoding="utf-8", newline="") as file:
        rows = [("Image", "Id", "box"), *((*row, "") for row in GOOD[1:]), *boxes]
        csv.writer(file, lineterminator="\n").writerows(rows)
    (project.paths.photographs / "pair.jpg").touch()
    assert project.warned() == {}


def test_a_warning_quotes_rows_images_and_values(project: Project) -> None:
    warned = project.labels([*GOOD, ("g.jpg", "W_2")]).warned()
    assert warned["identity_has_one_case"]["examples"] == [
        {"row": row, "image": image, "value": "'W_2', 'w_2'"}
        for row, image in [(4, "c.jpg"), (6, "e.jpg"), (8, "g.jpg")]
    ]


@pytest.mark.parametrize(
    ("values", "name", "observed"),
    [
        ({"max_unknown_share": 0.1}, "unknowns_are_few", "a share of 0.167 of the photographs is unknown, above 0.1"),
        (
            {"max_seen_once_share": 0.3},
            "most_are_seen_again",
            "a share of 0.333 of the identities has one photograph, above 0.3",
        ),
        (
            {"max_largest_share": 0.3},
            "none_dominates",
            "one identity holds a share of 0.4 of the named photographs, above 0.3",
        ),
        (
            {"data": DataParams(unknown_label="none")},
            "unknown_label_occurs",
            "no photograph is labelled 'none' (data.unknown_label)",
        ),
    ],
)
def test_thresholds_are_parameters(project: Project, values: dict[str, Any], name: str, observed: str) -> None:
    warned = project.labels(GOOD).warned(**values)
    assert {found: finding["what"] for found, finding in warned.items()} == {name: observed}


def test_a_data_set_without_an_unknown_label_is_not_asked_for_one(project: Project) -> None:
    assert project.labels(GOOD).warned(data=DataParams(unknown_label="")) == {}


def test_warnings_reach_the_summary(project: Project) -> None:
    summary = run(Params(), project.labels([*GOOD, ("g.jpg", "W_1")]).paths)
    assert summary.line.endswith("; 1 warning")
    assert len(summary.warnings) == 1
    assert summary.warnings[0].startswith("3 x row whose identity differs from another in case")


def test_severities_are_parameters(project: Project) -> None:
    project.labels([*GOOD, ("g.jpg", "w 1")], [*(image for image, _ in GOOD), "g.jpg", "loose.jpg"])
    raw = {"validate": {"severity": {"identity_is_one_word": "warning", "files_have_rows": "critical"}}}
    with pytest.raises(BadInput, match="file without a row") as caught:
        run(params.load(Params, "validate", raw), project.paths)
    assert len(caught.value.problems) == 2


def test_what_later_stages_cannot_do_without_stays_critical() -> None:
    with pytest.raises(BadParameter, match=r"validate\.severity"):
        params.load(Params, "validate", {"validate": {"severity": {"identity_is_filled": "warning"}}})


def test_a_file_name_that_is_not_utf8_is_told_and_does_not_stop_the_run(project: Project) -> None:
    (project.labels(GOOD).paths.photographs / "\udcff.jpg").touch()
    assert project.warned()["files_have_rows"]["examples"] == [{"row": 0, "image": "\\xff.jpg", "value": ""}]


def test_a_date_that_could_be_two_days_is_refused_with_the_row(project: Project) -> None:
    days = ["2021-03-04", "03/04/2021", "", "4 March 2021", "2021:03:04 10:00:00", "2021-03-04T10:00Z"]
    project.labels(GOOD)
    rows = [f"{image},{label},{day}" for (image, label), day in zip(GOOD, days, strict=True)]
    project.paths.table.write_text("\n".join(["Image,Id,when", *rows]) + "\n", encoding="utf-8")
    assert project.verdict()["findings"] == []  # a column that nobody named means nothing
    with pytest.raises(BadInput) as caught:
        project.verdict(data=DataParams(date_column="when"))
    assert str(caught.value).splitlines()[0] == (
        "2 x row whose 'when' cannot be read for certain, e.g. '03/04/2021' of 'b.jpg' (data/raw/train.csv, row 3). "
        "Write YYYY-MM-DD, with or without a time (03/04/2021 may mean March or April). "
        "Leave a day that is not known blank."
    )
