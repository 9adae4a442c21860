"""review: what is listed, and what is accepted into edits.csv."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from longtail.cli import main
from longtail.labels.findings import COLUMNS, table_of
from longtail.splitting.edits import read_edits

HEADER = "image,action,value,who,when,why\n"
TODAY = datetime.now(UTC).date().isoformat()
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


AUDIT = [
    finding("near_duplicate", "1.jpg", "2.jpg", "apart"),
    finding("named_and_unknown", "4.jpg", "3.jpg", "relabel"),
    finding("grey", "5.jpg"),
]
EVALUATE = [
    finding("likely_label_error", "3.jpg", "1.jpg", "relabel", severity="warning"),
    finding("likely_label_error", "5.jpg", "4.jpg", "relabel", severity="warning"),
    finding("confusion", "3.jpg", "5.jpg"),
]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with three findings of each stage, where we are; git knows who we are."""
    for stage, rows in (("audit", AUDIT), ("evaluate", EVALUATE)):
        (tmp_path / "artifacts" / stage).mkdir(parents=True)
        table_of(rows).to_csv(tmp_path / "artifacts" / stage / "findings.csv", index=False)
    (tmp_path / "artifacts/prepare").mkdir()
    labelled = pd.DataFrame({"image": [*LABELS], "label": [*LABELS.values()]})
    labelled.to_parquet(tmp_path / "artifacts/prepare/labelled.parquet", index=False)
    (tmp_path / "edits.csv").write_text(HEADER)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "config", "user.name", "Rae"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def name_of(kind: str, image: str) -> str:
    tables = [pd.read_csv(f"artifacts/{stage}/findings.csv", dtype="str") for stage in ("audit", "evaluate")]
    found = pd.concat(tables)
    return str(found.loc[(found["kind"] == kind) & (found["image"] == image), "finding"].iloc[0])


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
    rows = [finding("near_duplicate", "1.jpg", "2.jpg", "apart", detail=str(number)) for number in range(23)]
    table_of(rows).to_csv("artifacts/audit/findings.csv", index=False)
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
        f'3.jpg,relabel,ada,Rae,{TODAY},"same notch, ""left"" tip"\n'
        f'1.jpg,apart,2.jpg,Rae,{TODAY},"same notch, ""left"" tip"\n'
        f'4.jpg,relabel,bea,Rae,{TODAY},"same notch, ""left"" tip"\n'
    )
    out = capsys.readouterr().out
    assert "edits.csv: relabel 3.jpg ada\n" in out
    assert "Next: git commit edits.csv" in out
    assert read_edits(Path("edits.csv"), LABELS, "new_whale").relabel == {"3.jpg": "ada", "4.jpg": "bea"}


def test_a_relabelling_to_unknown_is_written_in_the_data_sets_word(root: Path) -> None:
    (root / "params.yaml").write_text("data:\n  unknown_label: nobody\n")
    main(["review", "--accept", name_of("likely_label_error", "5.jpg"), "--why", "x", "--who", "Kim"])
    assert Path("edits.csv").read_text() == HEADER + f"5.jpg,relabel,nobody,Kim,{TODAY},x\n"


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
        b"\xef\xbb\xbf" + old.encode() + f"\r\n1.jpg,apart,2.jpg,Rae,{TODAY},x\r\n".encode()
    )


def test_the_first_acceptance_makes_the_file() -> None:
    Path("edits.csv").unlink()
    main(["review", "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x"])
    assert Path("edits.csv").read_text() == HEADER + f"1.jpg,apart,2.jpg,Rae,{TODAY},x\n"


def test_another_action_and_value_can_be_said() -> None:
    main(["review", "--accept", name_of("confusion", "3.jpg"), "--action", "relabel", "--value", "dora", "--why", "x"])
    main(["review", "--accept", name_of("grey", "5.jpg"), "--action", "drop", "--why", "y"])
    assert Path("edits.csv").read_text() == HEADER + (f"3.jpg,relabel,dora,Rae,{TODAY},x\n5.jpg,drop,,Rae,{TODAY},y\n")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    before = Path("edits.csv").read_bytes()
    assert main(["review", *arguments]) == 2
    assert Path("edits.csv").read_bytes() == before
    return capsys.readouterr().err


def test_an_unknown_row_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--accept", "0badc0de", name_of("near_duplicate", "1.jpg"), "nonsense", "--why", "x")
    assert "2 x no such finding, e.g. 0badc0de (--accept). `longtail review --all` lists them" in said


def test_a_finding_without_a_proposal_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--accept", name_of("grey", "5.jpg"), "--why", "x")
    assert "finding that proposes nothing, e.g. " in said
    assert "--action drop" in said


@pytest.mark.parametrize("there", ["1.jpg,apart,2.jpg", "2.jpg,apart,1.jpg"])
def test_a_double_is_refused(capsys: pytest.CaptureFixture[str], there: str) -> None:
    Path("edits.csv").write_text(f"{HEADER}{there},Jo,2020-01-01,seen\n")
    said = refused(capsys, "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x")
    assert "decision that is taken already, e.g. apart 1.jpg 2.jpg (edits.csv, row 2). Leave it out" in said


def test_a_contradiction_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("edits.csv").write_text(
        f"{HEADER}3.jpg,relabel,cleo,Jo,2020-01-01,seen\n2.jpg,together,1.jpg,Jo,2020-01-01,\n"
    )
    rows = [name_of("likely_label_error", "3.jpg"), name_of("near_duplicate", "1.jpg")]
    said = refused(capsys, "--accept", *rows, "--why", "x")
    assert "image relabelled twice, e.g. 3.jpg (edits.csv, rows 2 and 4)" in said
    assert "pair both together and apart, e.g. 1.jpg and 2.jpg (edits.csv, rows 3 and 5)" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept", "0badc0de"], "--accept without a reason"),
        (["--accept", "0badc0de", "--why", "  "], "--accept without a reason"),
        (["--why", "x"], "--why without --accept"),
        (["--action", "drop"], "--action without --accept"),
        (["--accept", "a", "b", "--why", "x", "--value", "v"], "one --value for several findings"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in refused(capsys, *arguments)


def test_somebody_must_have_decided(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "config", "user.name", ""], check=True)
    said = refused(capsys, "--accept", name_of("near_duplicate", "1.jpg"), "--why", "x")
    assert "nobody is named who decides. Add --who" in said


def test_without_findings_one_reads_how_to_get_them(capsys: pytest.CaptureFixture[str]) -> None:
    for stage in ("audit", "evaluate"):
        Path(f"artifacts/{stage}/findings.csv").unlink()
    assert "there are no findings yet" in refused(capsys)
    Path("artifacts/audit/findings.csv").write_text(",".join(COLUMNS) + "\n")
    assert listed(capsys) == ["Nothing to decide."]
