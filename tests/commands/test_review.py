"""review: what is listed, and what is accepted into edits.csv."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import longtail
from longtail.cli import main
from longtail.labels import measured
from longtail.labels.edit_log import row_name, rows_of
from longtail.labels.findings import COLUMNS, findings_table
from longtail.reviewing import append_log
from longtail.splitting.edits import Edits, read_edits

HEADER = "image,action,value,who,when,why\n"
NOW = "2026-01-02T03:04:05.678Z"
STAMP = append_log._stamp
LABELS = {"1.jpg": "ada", "2.jpg": "ada", "3.jpg": "bea", "4.jpg": "", "5.jpg": "cleo"}


def finding(kind: str, image: str, other: str = "", proposal: str = "", **more: str) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "") | {"kind": kind, "image": image, "other": other, "proposal": proposal}
    row |= {
        "severity": "info",
        "label": LABELS[image],
        "other_label": LABELS.get(other, ""),
        "detail": f"about {image}",
    }
    return row | more


MD5 = {image: f"md5 of {image}" for image in LABELS}
AUDIT = [
    finding("near_duplicate", "1.jpg", "2.jpg", "together"),
    finding("named_and_unknown", "4.jpg", "3.jpg", "relabel"),
    finding("grey", "5.jpg"),
]
EVALUATE = [
    finding("likely_label_error", "3.jpg", "1.jpg", "relabel", severity="warning"),
    finding("likely_label_error", "5.jpg", "4.jpg", "relabel", severity="warning"),
    finding("confusion", "3.jpg", "5.jpg"),
]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with three findings of each stage, where we are; git knows who we are, and nothing was measured."""
    monkeypatch.setattr(measured, "TABLE", tmp_path / "label_issues.csv")
    (tmp_path / "label_issues.csv").write_text("finding,planted,found,right,precision_low\n")
    measured.measured_precision.cache_clear()
    for stage, rows in (("audit", AUDIT), ("evaluate", EVALUATE)):
        (tmp_path / "artifacts" / stage).mkdir(parents=True)
        findings_table(rows, MD5).to_csv(tmp_path / "artifacts" / stage / "findings.csv", index=False)
    (tmp_path / "artifacts/prepare").mkdir()
    labelled = pd.DataFrame({"image": [*LABELS], "label": [*LABELS.values()]})
    labelled.to_parquet(tmp_path / "artifacts/prepare/labelled.parquet", index=False)
    (tmp_path / "edits.csv").write_text(HEADER)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "config", "user.name", "Rae"], cwd=tmp_path, check=True)
    monkeypatch.setattr(append_log, "_stamp", lambda moment: NOW)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    measured.measured_precision.cache_clear()


def name_of(kind: str, image: str) -> str:
    tables = [pd.read_csv(f"artifacts/{stage}/findings.csv", dtype="str") for stage in ("audit", "evaluate")]
    table = pd.concat(tables)
    return str(table.loc[(table["kind"] == kind) & (table["image"] == image), "finding"].iloc[0])


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["review", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_what_asks_for_a_decision_is_listed_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows = listed(capsys)
    assert head.split() == ["finding", "kind", "image", "label", "other", "other_label", "proposal", "detail"]
    kinds = [row.split()[1] for row in rows]
    assert kinds == ["named_and_unknown", "near_duplicate", "likely_label_error", "likely_label_error"]
    assert rows[0].split()[2:] == ["4.jpg", "(unknown)", "3.jpg", "bea", "relabel", "about", "4.jpg"]
    assert {row.index(row.split()[2]) for row in rows} == {head.index("image")}


def test_all_lists_everything_and_a_kind_lists_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(listed(capsys, "--all")) == 1 + 6
    assert [row.split()[1] for row in listed(capsys, "--kind", "grey", "--kind", "confusion")[1:]] == [
        "grey",
        "confusion",
    ]


def test_a_kind_that_there_is_not_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--kind", "gray"]) == 2
    assert (
        "no finding of kind 'gray' (--kind). There are: confusion, grey, likely_label_error," in capsys.readouterr().err
    )


def test_of_many_the_first_twenty_are_shown_and_the_rest_counted(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [finding("near_duplicate", "1.jpg", "2.jpg", "together", detail=str(number)) for number in range(23)]
    findings_table(rows, MD5).to_csv("artifacts/audit/findings.csv", index=False)
    lines = listed(capsys, "--kind", "near_duplicate")
    assert len(lines) == 1 + 20 + 1
    assert lines[-1] == "... and 3 more of kind near_duplicate: longtail review --kind near_duplicate --all"
    assert len(listed(capsys, "--kind", "near_duplicate", "--all")) == 1 + 23


def test_a_narrow_terminal_gets_no_broken_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    lines = listed(capsys)
    assert max(map(len, lines)) == 60
    assert lines[1].endswith("…")


def test_accepting_appends_what_the_finding_proposes(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        name_of("likely_label_error", "3.jpg"),
        name_of("near_duplicate", "1.jpg"),
        name_of("named_and_unknown", "4.jpg"),
    ]
    assert main(["review", "--accept", *rows, "--why", 'same notch, "left" tip']) == 0
    assert Path("edits.csv").read_text() == HEADER + (
        f'3.jpg,relabel,ada,Rae,{NOW},"same notch, ""left"" tip"\n'
        f'1.jpg,together,2.jpg,Rae,{NOW},"same notch, ""left"" tip"\n'
        f'4.jpg,relabel,bea,Rae,{NOW},"same notch, ""left"" tip"\n'
    )
    out = capsys.readouterr().out
    assert "edits.csv: relabel 3.jpg ada\n" in out
    assert "Next: git commit edits.csv" in out
    assert read_edits(Path("edits.csv"), LABELS, "new_whale").relabel == {"3.jpg": "ada", "4.jpg": "bea"}


def test_a_relabelling_to_unknown_is_written_in_the_data_sets_word(root: Path) -> None:
    (root / "params.yaml").write_text("data:\n  unknown_label: nobody\n")
    main(["review", "--accept", name_of("likely_label_error", "5.jpg"), "--why", "x", "--who", "Kim"])
    assert Path("edits.csv").read_text() == HEADER + f"5.jpg,relabel,nobody,Kim,{NOW},x\n"


def test_what_was_accepted_is_listed_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    main(["review", "--accept", name_of("near_duplicate", "1.jpg"), "--why", "two whales"])
    capsys.readouterr()
    assert not any("near_duplicate" in line for line in listed(capsys))
    assert any("near_duplicate" in line for line in listed(capsys, "--all"))


def test_the_bytes_that_stand_there_are_left_as_they_are() -> None:
    old = 'image,action,value,who,when,why\r\n2.jpg,drop,,Jo,2020-01-01,"blurred, small"'
    Path("edits.csv").write_bytes(b"\xef\xbb\xbf" + old.encode())
    main(["review", "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x"])
    assert Path("edits.csv").read_bytes() == (
        b"\xef\xbb\xbf" + old.encode() + f"\r\n1.jpg,together,2.jpg,Rae,{NOW},x\r\n".encode()
    )


def test_the_first_acceptance_makes_the_file() -> None:
    Path("edits.csv").unlink()
    main(["review", "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x"])
    assert Path("edits.csv").read_text() == HEADER + f"1.jpg,together,2.jpg,Rae,{NOW},x\n"


def test_another_action_and_value_can_be_said() -> None:
    main(["review", "--accept", name_of("confusion", "3.jpg"), "--action", "relabel", "--value", "dora", "--why", "x"])
    main(["review", "--accept", name_of("grey", "5.jpg"), "--action", "drop", "--why", "y"])
    assert Path("edits.csv").read_text() == HEADER + (f"3.jpg,relabel,dora,Rae,{NOW},x\n5.jpg,drop,,Rae,{NOW},y\n")


def test_a_rejected_finding_is_kept_as_it_is_and_asked_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    name = name_of("likely_label_error", "3.jpg")
    assert main(["review", "--reject", name, "--why", "same notch"]) == 0
    assert Path("edits.csv").read_text() == (HEADER + f"3.jpg,keep,likely_label_error {name},Rae,{NOW},same notch\n")
    assert "Next: git commit edits.csv" in capsys.readouterr().out
    assert not any(name in line for line in listed(capsys))
    [line] = [line for line in listed(capsys, "--all") if line.startswith(name)]
    assert " keep " in line
    edits = read_edits(Path("edits.csv"), LABELS, "new_whale")
    assert (edits.relabel, edits.drop) == ({}, frozenset())


def test_unsure_needs_no_reason_and_a_later_answer_outdoes_it(capsys: pytest.CaptureFixture[str]) -> None:
    name = name_of("confusion", "3.jpg")
    assert main(["review", "--unsure", name]) == 0
    capsys.readouterr()
    assert not any(name in line for line in listed(capsys, "--kind", "confusion"))
    assert main(["review", "--reject", name, "--why", "they do look alike"]) == 0
    assert [line.split(",")[1] for line in Path("edits.csv").read_text().splitlines()[1:]] == ["unsure", "keep"]
    assert any(name in line and " keep " in line for line in listed(capsys, "--all"))


def test_an_answer_is_known_by_bytes_and_labels_whatever_the_rank_and_the_figures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["review", "--reject", name_of("likely_label_error", "3.jpg"), "--why", "x"])
    rows = [*EVALUATE[1:], EVALUATE[0] | {"detail": "other figures", "other": "2.jpg"}]
    findings_table(rows, MD5).to_csv("artifacts/evaluate/findings.csv", index=False)
    capsys.readouterr()
    assert not any("3.jpg" in line for line in listed(capsys, "--kind", "likely_label_error"))
    for changed in (MD5 | {"3.jpg": "other bytes"}, MD5):
        rows = [EVALUATE[0] | ({"other_label": "dora"} if changed is MD5 else {})]
        findings_table(rows, changed).to_csv("artifacts/evaluate/findings.csv", index=False)
        assert any("3.jpg" in line for line in listed(capsys, "--kind", "likely_label_error")), "another question"


def test_an_answer_holds_when_an_individual_is_renamed(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    labelled = pd.DataFrame({"image": [*LABELS], "label": [*LABELS.values()], "md5": [MD5[image] for image in LABELS]})
    labelled.to_parquet(root / "artifacts/prepare/labelled.parquet", index=False)
    error, confusion = name_of("likely_label_error", "3.jpg"), name_of("confusion", "3.jpg")
    main(["review", "--reject", error, confusion, "--why", "x"])
    main(["review", "--rename", "bea", "bee", "--why", "spelling"])
    main(["review", "--rename", "bee", "beatrix", "--why", "spelling"])
    now = {"label": "beatrix"}
    findings_table([EVALUATE[0] | now, EVALUATE[2] | now], MD5).to_csv("artifacts/evaluate/findings.csv", index=False)
    assert {error, confusion}.isdisjoint({name_of("likely_label_error", "3.jpg"), name_of("confusion", "3.jpg")})
    capsys.readouterr()
    lines = listed(capsys, "--all")
    assert sum(" keep " in line for line in lines) == 2
    other = EVALUATE[0] | now | {"other_label": "dora"}
    findings_table([other], MD5).to_csv("artifacts/evaluate/findings.csv", index=False)
    assert not any(" keep " in line for line in listed(capsys, "--all")), "another question"


def test_the_cut_comes_after_the_decided_ones_are_gone(capsys: pytest.CaptureFixture[str]) -> None:
    images = [f"{number:02}.jpg" for number in range(23)]
    rows = [
        finding("likely_label_error", "1.jpg", "3.jpg", "relabel", severity="warning") | {"image": i} for i in images
    ]
    findings_table(rows, {}, ranked=True).to_csv("artifacts/evaluate/findings.csv", index=False)
    first, *_ = [line.split()[0] for line in listed(capsys, "--kind", "likely_label_error")[1:]]
    main(["review", "--unsure", first])
    capsys.readouterr()
    lines = [line.split()[2] for line in listed(capsys, "--kind", "likely_label_error")[1:21]]
    assert lines == images[1:21]


def test_what_was_decided_last_is_taken_back_by_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    old = 'image,action,value,who,when,why\r\n2.jpg,drop,,Jo,2020-01-01,"blurred,\r\nsmall"'
    Path("edits.csv").write_bytes(b"\xef\xbb\xbf" + old.encode())
    main(["review", "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x"])
    decided = Path("edits.csv").read_bytes()
    assert main(["review", "--undo"]) == 0
    assert "edits.csv: taken back: together 1.jpg 2.jpg (by Rae)" in capsys.readouterr().out
    paired, dropped = rows_of(Path("edits.csv"))[1], rows_of(Path("edits.csv"))[0]
    first = f"1.jpg,undo,together 2.jpg {row_name(paired)},Rae,{NOW},\r\n"
    assert Path("edits.csv").read_bytes() == decided + first.encode()
    assert main(["review", "--undo", "--why", "it is sharp"]) == 0
    second = f"2.jpg,undo,drop {row_name(dropped)},Rae,{NOW},it is sharp\r\n"
    assert Path("edits.csv").read_bytes() == decided + (first + second).encode()
    assert read_edits(Path("edits.csv"), LABELS, "new_whale") == Edits()
    assert "there is no decision to undo" in refused(capsys, "--undo")


def test_a_named_decision_is_taken_back_and_the_others_stay(capsys: pytest.CaptureFixture[str]) -> None:
    names = [name_of("likely_label_error", "3.jpg"), name_of("near_duplicate", "1.jpg"), name_of("grey", "5.jpg")]
    main(["review", "--reject", names[0], "--why", "x"])
    main(["review", "--accept", names[1], "--why", "y"])
    main(["review", "--reject", names[2], "--why", "z"])
    assert main(["review", "--undo", names[0], names[1]]) == 0
    rows = rows_of(Path("edits.csv"))
    assert [row[1] for row in rows] == ["keep", "together", "keep", "undo", "undo"]
    capsys.readouterr()
    assert any(names[0] in line for line in listed(capsys))
    assert any(names[1] in line and " keep " not in line for line in listed(capsys, "--all"))
    assert f"nor a finding that one decides, e.g. {names[1]}" in refused(capsys, "--undo", names[1])
    assert main(["review", "--undo", row_name(rows[2])]) == 0, "a row is known by its own name too"


def test_a_decision_is_taken_again_after_it_was_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_log, "_stamp", STAMP)
    name = name_of("near_duplicate", "1.jpg")
    for _ in range(3):
        main(["review", "--accept", name, "--why", "x", "--who", "Rae"])
        main(["review", "--undo", name, "--who", "Rae"])
    main(["review", "--accept", name, "--why", "x", "--who", "Rae"])
    assert len(rows_of(Path("edits.csv"))) == 7
    assert len(read_edits(Path("edits.csv"), LABELS, "new_whale").together) == 1


def test_the_rows_are_listed_with_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys, "--log") == ["No decisions yet."]
    main(["review", "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x"])
    main(["review", "--undo"])
    capsys.readouterr()
    head, undo, paired = listed(capsys, "--log")
    assert head.split() == ["name", "row", "holds", *HEADER.strip().split(",")]
    assert paired.split() == [
        row_name(rows_of(Path("edits.csv"))[0]),
        "2",
        "1.jpg",
        "together",
        "2.jpg",
        "Rae",
        NOW,
        "x",
    ]
    assert undo.split()[1:4] == ["3", "1.jpg", "undo"]


def test_unknown_photographs_become_a_new_individual() -> None:
    assert main(["review", "--name", "dora", "4.jpg", "--why", "a new notch"]) == 0
    assert Path("edits.csv").read_text() == HEADER + f"4.jpg,name,dora,Rae,{NOW},a new notch\n"
    assert read_edits(Path("edits.csv"), LABELS, "new_whale").identity("4.jpg", "") == "dora"


def test_a_finding_is_accepted_as_a_new_individual(capsys: pytest.CaptureFixture[str]) -> None:
    name = name_of("named_and_unknown", "4.jpg")
    main(["review", "--accept", name, "--action", "name", "--value", "dora", "--why", "x"])
    assert Path("edits.csv").read_text() == HEADER + f"4.jpg,name,dora,Rae,{NOW},x\n"
    capsys.readouterr()
    assert not any(name in line for line in listed(capsys))


def test_all_photographs_of_a_proposed_individual_get_one_name(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    """As docs/concepts/new-individuals.md says it: without --action, which the findings propose."""
    labelled = pd.DataFrame({"image": [*LABELS, "6.jpg"], "label": [*LABELS.values(), ""]})
    labelled.to_parquet(root / "artifacts/prepare/labelled.parquet", index=False)
    asked = [
        finding("new_individual", "4.jpg", "6.jpg", "name", other_label="new_12"),
        finding("new_individual", "4.jpg", "4.jpg", "name", other_label="new_12") | {"image": "6.jpg"},
    ]
    table = findings_table(asked, MD5 | {"6.jpg": "md5 of 6.jpg"})
    (root / "artifacts/discover").mkdir()
    table.to_csv(root / "artifacts/discover/findings.csv", index=False)
    together = ["--accept", *table["finding"], "--value", "dora", "--why", "x"]
    assert main(["review", *together]) == 0
    names = f"4.jpg,name,dora,Rae,{NOW},x\n6.jpg,name,dora,Rae,{NOW},x\n"
    assert Path("edits.csv").read_text() == HEADER + names
    others = [name_of("likely_label_error", image) for image in ("3.jpg", "5.jpg")]
    said = refused(capsys, "--accept", *others, "--value", "dora", "--why", "x")
    assert "2 x one --value for several findings" in said


def test_an_individual_is_another_one_and_is_called_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    name = name_of("confusion", "3.jpg")
    assert main(["review", "--accept", name, "--action", "merge", "--why", "one whale"]) == 0
    assert main(["review", "--rename", "cleo", "clio", "--why", "spelling"]) == 0
    rows = f"identity:bea,merge,cleo,Rae,{NOW},one whale\nidentity:cleo,rename,clio,Rae,{NOW},spelling\n"
    assert Path("edits.csv").read_text() == HEADER + rows
    assert "edits.csv: rename cleo clio\n" in capsys.readouterr().out
    held = read_edits(Path("edits.csv"), LABELS, "new_whale")
    assert [held.identity(*one) for one in LABELS.items()] == ["ada", "ada", "clio", "", "clio"]
    assert not any(name in line for line in listed(capsys, "--kind", "confusion")[1:])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "ada", "4.jpg"], "new name that an individual has already, e.g. ada"),
        (["--name", "dora", "1.jpg"], "photograph that is labelled with another individual, e.g. 1.jpg, dora"),
        (["--name", "dora", "9.jpg"], "image that is not labelled, e.g. 9.jpg"),
        (["--name", "do ra", "4.jpg"], "new name with spaces, e.g. 4.jpg, do ra"),
        (["--name", "dora"], "--name without a photograph"),
        (["--merge", "bea", "bea"], "merged into itself"),
        (["--merge", "bae", "ada"], "no photograph shows, e.g. bae (edits.csv). The closest names: bea"),
        (["--merge", "bea", "nobody"], "individual that no photograph shows, e.g. nobody"),
        (["--rename", "bea", "ada"], "new name that an individual has already, e.g. ada (edits.csv). If it is that "
         "individual: --merge bea ada."),
        (["--rename", "bea", "new_whale"], "without a name"),
    ],
)  # fmt: skip
def test_names_that_cannot_be_are_refused(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert said in refused(capsys, *arguments, "--why", "x")


def test_a_further_photograph_takes_the_new_name_and_a_former_name_is_answered_by_the_present_one(
    capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    labelled = pd.DataFrame({"image": [*LABELS, "6.jpg"], "label": [*LABELS.values(), ""]})
    labelled.to_parquet(root / "artifacts/prepare/labelled.parquet", index=False)
    assert main(["review", "--name", "dora", "4.jpg", "--why", "x"]) == 0
    assert main(["review", "--name", "dora", "6.jpg", "--why", "x"]) == 0
    assert main(["review", "--rename", "bea", "bee", "--why", "x"]) == 0
    capsys.readouterr()
    row = f"(edits.csv, row 4, rename by Rae on {NOW})"
    assert f"individual that has another name now, e.g. bea {row}. It is bee now" in refused(
        capsys, "--merge", "bea", "ada", "--why", "x"
    )
    assert f"new name that an individual had before, e.g. bea {row}" in refused(
        capsys, "--rename", "ada", "bea", "--why", "x"
    )


def test_nothing_to_take_back_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no decision to undo" in refused(capsys, "--undo")


def test_what_was_rejected_is_not_accepted_by_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    name = name_of("likely_label_error", "3.jpg")
    main(["review", "--reject", name, "--why", "x"])
    message = refused(capsys, "--accept", name, "--why", "y")
    assert f"finding that was rejected before, e.g. {name} (edits.csv, row 2, keep by Rae on {NOW})" in message
    assert f"longtail review --undo {name}" in message
    assert "decision that is taken already" in refused(capsys, "--reject", name, "--why", "z")


def test_what_was_accepted_is_not_rejected_by_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    name = name_of("likely_label_error", "3.jpg")
    main(["review", "--accept", name, "--why", "x"])
    message = refused(capsys, "--reject", name, "--why", "y")
    assert f"finding that was accepted before, e.g. {name} (edits.csv, row 2, relabel by Rae on {NOW})" in message


@pytest.mark.slow
def test_two_who_decide_at_once_both_keep_their_rows(root: Path) -> None:
    names = [name_of("likely_label_error", "3.jpg"), name_of("near_duplicate", "1.jpg"), name_of("grey", "5.jpg")]
    command = [sys.executable, "-m", "longtail", "review", "--why", "x", "--reject"]
    environment = os.environ | {"PYTHONPATH": str(Path(longtail.__file__).parents[1])}
    running = [subprocess.Popen([*command, name], cwd=root, env=environment) for name in names]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert sorted(line.split(",")[0] for line in Path("edits.csv").read_text().splitlines()[1:]) == [
        "1.jpg",
        "3.jpg",
        "5.jpg",
    ]


def test_a_kind_says_how_often_it_was_right_and_the_words_are_the_tables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "label_issues.csv"
    table.write_text("finding,planted,found,right,precision_low\nlikely_label_error,all,36,31,0.713\n")
    whales = tmp_path / "label_issues_whales.csv"
    whales.write_text("finding,planted,found,right\nconflict,all,7,7\n")
    monkeypatch.setattr(measured, "TABLE", table)
    monkeypatch.setattr(measured, "WHALES", whales)
    measured.measured_precision.cache_clear()
    try:
        last = listed(capsys)[-1]
        assert last == "likely_label_error: right in 31 of 36 on drawn data, not measured on yours"
        assert not measured.may_relabel("likely_label_error")
        table.write_text("finding,planted,found,right,precision_low\nlikely_label_error,all,36,35,0.858\n")
        measured.measured_precision.cache_clear()
        assert measured.may_relabel("likely_label_error")
        assert not measured.may_relabel("conflict"), "what was not measured on drawn data proposes nothing"
        whales.write_text("finding,planted,found,right\nlikely_label_error,all,8,2\n")
        measured.measured_precision.cache_clear()
        assert not measured.may_relabel("likely_label_error"), "real photographs count as drawn ones do"
        measured_words = "right in 35 of 36 on drawn data, in 2 of 8 on real whales, not measured on yours"
        assert listed(capsys)[-1] == f"likely_label_error: {measured_words}"
    finally:
        measured.measured_precision.cache_clear()


def test_what_evaluate_says_of_audits_finding_takes_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    audits = finding("conflict", "1.jpg", "3.jpg", severity="warning")
    evaluates = finding("conflict", "3.jpg", "1.jpg", "relabel", severity="warning", detail="20 times as likely")
    findings_table([audits], MD5).to_csv("artifacts/audit/findings.csv", index=False)
    findings_table([evaluates], MD5).to_csv("artifacts/evaluate/findings.csv", index=False)
    [row] = listed(capsys, "--kind", "conflict")[1:2]
    assert row.split()[2:7] == ["3.jpg", "bea", "1.jpg", "ada", "relabel"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    before = Path("edits.csv").read_bytes()
    assert main(["review", *arguments]) == 2
    assert Path("edits.csv").read_bytes() == before
    return capsys.readouterr().err


def test_an_unknown_row_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, "--accept", "0badc0de", name_of("near_duplicate", "1.jpg"), "nonsense", "--why", "x")
    assert "2 x no such finding, e.g. 0badc0de (--accept). `longtail review --all` lists them" in message


def test_a_finding_without_a_proposal_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, "--accept", name_of("grey", "5.jpg"), "--why", "x")
    assert "finding that proposes nothing, e.g. " in message
    assert "--action drop" in message


@pytest.mark.parametrize("there", ["1.jpg,together,2.jpg", "2.jpg,together,1.jpg"])
def test_a_double_is_refused(capsys: pytest.CaptureFixture[str], there: str) -> None:
    Path("edits.csv").write_text(f"{HEADER}{there},Jo,2020-01-01,seen\n")
    message = refused(capsys, "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x")
    assert (
        "decision that is taken already, e.g. together 1.jpg 2.jpg (edits.csv, row 2, together by Jo on 2020-01-01)"
        in message
    )


def test_a_label_is_not_guessed_for_a_finding_that_proposes_none(capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, "--accept", name_of("confusion", "3.jpg"), "--action", "relabel", "--why", "x")
    assert "--action relabel without --value, of a finding that proposes no label" in message


def test_a_contradiction_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("edits.csv").write_text(f"{HEADER}3.jpg,relabel,cleo,Jo,2020-01-01,seen\n2.jpg,apart,1.jpg,Jo,2020-01-01,\n")
    rows = [name_of("likely_label_error", "3.jpg"), name_of("near_duplicate", "1.jpg")]
    message = refused(capsys, "--accept", *rows, "--why", "x")
    twice = f"3.jpg: relabel cleo by Jo on 2020-01-01, relabel ada by Rae on {NOW} (edits.csv, rows 2 and 4)"
    assert f"image relabelled twice, e.g. {twice}" in message
    assert "pair both together and apart, e.g. 1.jpg and 2.jpg: apart 1.jpg by Jo on 2020-01-01, together " in message
    assert f"longtail review --undo {row_name(['3.jpg', 'relabel', 'cleo', 'Jo', '2020-01-01'])}" in message


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept", "0badc0de"], "--accept without a reason"),
        (["--accept", "0badc0de", "--why", "  "], "--accept without a reason"),
        (["--why", "x"], "--why without --accept"),
        (["--action", "drop"], "--action without --accept"),
        (["--reject", "0badc0de"], "--reject without a reason"),
        (["--reject", "0badc0de", "--why", "x", "--action", "drop"], "--action without --accept"),
        (["--reject", "0badc0de", "--why", "x"], "no such finding, e.g. 0badc0de (--reject)"),
        (["--unsure", "0badc0de"], "no such finding, e.g. 0badc0de (--unsure)"),
        (["--undo", "0badc0de", "--action", "drop"], "--action without --accept"),
        (["--merge", "ada", "bea"], "--merge without a reason"),
        (["--log", "--why", "x"], "--why without --accept"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in refused(capsys, *arguments)


def test_somebody_must_have_decided(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "config", "user.name", ""], check=True)
    message = refused(capsys, "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x")
    assert "nobody is named who decides. Add --who" in message


def test_without_findings_one_reads_how_to_get_them(capsys: pytest.CaptureFixture[str]) -> None:
    for stage in ("audit", "evaluate"):
        Path(f"artifacts/{stage}/findings.csv").unlink()
    assert "no run has come to `audit` or `evaluate` yet" in refused(capsys)


def test_a_run_that_has_not_come_to_evaluate_is_not_taken_for_one_without_findings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_all = listed(capsys)
    Path("artifacts/evaluate/findings.csv").unlink()
    first, *rows = listed(capsys)
    assert first == "Not all findings yet: no run has come to `evaluate`."
    assert len(rows) == len(with_all) - 2  # the two of evaluate
    no_findings = ",".join(COLUMNS) + "\n"
    Path("artifacts/audit/findings.csv").write_text(no_findings)
    assert listed(capsys) == [first]
    Path("artifacts/evaluate/findings.csv").write_text(no_findings)
    assert listed(capsys) == ["Nothing to decide."]
