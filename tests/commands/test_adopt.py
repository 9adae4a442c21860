"""adopt: confirmed test photographs become labelled ones, each file with its row; all of it can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtail.cli import main
from longtail.lineage import raw_rows
from longtail.reviewing import adopting, answers
from tests.reviewing import answered_run
from tests.reviewing.answered_run import SUBMISSION, TESTS, TRAIN

SIGNED = {"who": "Rae", "why": ""}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which bea was confirmed on t1, a new individual on t2, and t3 left open."""
    answered_run.make(tmp_path)
    new = [("t1.jpg", "label", "bea"), ("t2.jpg", "name", "dora"), ("t3.jpg", "unsure", "")]
    answers.append(tmp_path / "answers.csv", new, SIGNED, TESTS, {"ada", "bea", "cleo"}, "new_whale")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state(root: Path) -> tuple[str, bytes, list[str], list[str]]:
    raw = root / "data/raw"
    folders = [sorted(path.name for path in (raw / part).iterdir()) for part in ("train", "test")]
    return (raw / "train.csv").read_text(), (raw / "sample_submission.csv").read_bytes(), *folders  # type: ignore[return-value]


def test_files_and_rows_move_together_and_are_shown_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", "--yes"]) == 0
    stdout = capsys.readouterr().out
    assert stdout.startswith("Into the labelled set: 2 photographs of 2 labels\n  t1.jpg  bea  (label bea by Rae on 20")
    train, submission, labelled, test = state(root)
    assert train == TRAIN + "t1.jpg,bea,reef t1.jpg\nt2.jpg,dora,reef t2.jpg\n"
    assert (
        submission
        == SUBMISSION.replace("t1.jpg,new_whale,reef t1.jpg\r\n", "")
        .replace("t2.jpg,new_whale,reef t2.jpg\r\n", "")
        .encode()
    )
    assert {"t1.jpg", "t2.jpg"} <= {*labelled}
    assert test == ["t3.jpg"]
    assert {one.image: one.value for one in answers.adopted(root / "answers.csv").values()} == {
        "t1.jpg": "bea", "t2.jpg": "dora",
    }  # fmt: skip
    assert main(["adopt", "--yes"]) == 2
    assert "there is no answer to adopt" in capsys.readouterr().err


def test_one_command_takes_it_back_to_the_byte(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = state(root)
    main(["adopt", "--yes"])
    assert main(["adopt", "--undo", "--yes"]) == 0
    assert "Back to the test set: 2 photographs that Rae adopted" in capsys.readouterr().out
    assert state(root) == before
    assert main(["adopt", "--undo", "--yes"]) == 2
    assert "nothing was adopted" in capsys.readouterr().err
    assert main(["adopt", "t1.jpg", "--yes"]) == 0, "the answers still hold"
    assert state(root)[3] == ["t2.jpg", "t3.jpg"]


def test_what_others_have_changed_since_stays_when_it_is_taken_back(root: Path) -> None:
    main(["adopt", "--yes"])
    with (root / "data/raw/train.csv").open("a") as table:
        table.write("later.jpg,ada,bay\n")
    assert main(["adopt", "--undo", "--yes"]) == 0
    train, submission, _, test = state(root)
    assert train == TRAIN + "later.jpg,ada,bay\n"
    assert sorted(submission.splitlines()) == sorted(SUBMISSION.encode().splitlines())
    assert test == [*TESTS]


def test_the_last_photograph_of_the_test_set_leaves_a_folder(root: Path) -> None:
    answers.undo(root / "answers.csv", "t3.jpg", SIGNED)
    answers.append(root / "answers.csv", [("t3.jpg", "label", "new_whale")], SIGNED, TESTS, set(), "new_whale")
    main(["adopt", "--yes"])
    assert state(root)[3] == [".keep"]
    assert state(root)[0].endswith("t3.jpg,new_whale,reef t3.jpg\n")
    main(["adopt", "--undo", "--yes"])
    assert state(root)[3] == [*TESTS]


def test_a_failure_and_a_kill_leave_the_set_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(root)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(raw_rows, "remove", fail)
        assert main(["adopt", "--yes"]) == 130
    assert state(root) == before
    with monkeypatch.context() as patched:  # as kill -9 would: nothing is taken back
        patched.setattr(raw_rows, "remove", fail)
        patched.setattr(adopting, "_restore", fail)
        assert main(["adopt", "--yes"]) == 130
    assert state(root) != before
    assert main(["adopt", "nobody.jpg", "--yes"]) == 2
    assert "t1.jpg: back where it was: an earlier adoption had been killed" in capsys.readouterr().out
    assert state(root) == before
    assert main(["adopt", "--yes"]) == 0


def test_a_move_that_was_killed_after_its_last_step_holds(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(adopting, "_keep_for_undo", fail)
        assert main(["adopt", "--yes"]) == 130
    moved = state(root)
    assert adopting.recover(root) == []
    assert state(root) == moved
    assert main(["adopt", "--undo", "--yes"]) == 0
    assert state(root)[0] == TRAIN


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    before = state(Path())
    assert main(["adopt", *arguments]) == 2
    assert state(Path()) == before
    return capsys.readouterr().err


def test_nothing_moves_without_a_yes(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "nobody can be asked here. Add --yes" in refused(capsys)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert "not confirmed" in refused(capsys)


def test_a_closed_test_set_is_asked_about_first(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "params.yaml").write_text("publish:\n  to: kaggle\n  competition: whales\n")
    assert "photographs of a closed test set (publish.to). Add --from-closed-test-set" in refused(capsys, "--yes")
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "n")
    assert "not confirmed" in refused(capsys)
    assert asked == ["Adopt them all the same? [y/N] "]
    assert main(["adopt", "--yes", "--from-closed-test-set"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["t3.jpg", "--yes"], "photograph without an answer that says who it is, e.g. t3.jpg"),
        (["a1.jpg", "--yes"], "photograph without an answer that says who it is, e.g. a1.jpg"),
        (["--undo", "t1.jpg"], "--undo with names"),
    ],
)
def test_what_cannot_be_adopted_is_named(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in refused(capsys, *arguments)


def test_what_speaks_against_a_move_is_told_at_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (root / "answers.csv").open("a") as log:
        log.write("t2.jpg,label,ada,Kim,2,\nt9.jpg,label,ada,Kim,2,\n")
    (root / "data/raw/test/t1.jpg").unlink()
    with (root / "data/raw/train.csv").open("a") as table:
        table.write("t2.jpg,ada,bay\n")
    message = refused(capsys, "--yes")
    for words in ("t2.jpg: name dora by Rae", "test set has no more, e.g. t9.jpg", "labelled one has, e.g. t2.jpg",
                  "not there as a file, e.g. t1.jpg"):  # fmt: skip
        assert words in message


def test_of_several_boxes_of_a_photograph_all_move_or_none(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, boxes = root / "data/raw", ["t1.jpg#1", "t1.jpg#2"]
    rows = "".join(f"{name},new_whale,0.{number} 0 0.5 0.5\n" for number, name in enumerate(boxes))
    (raw / "sample_submission.csv").write_text(f"Image,Id,box\n{rows}")
    log = root / "answers.csv"
    log.unlink()
    (root / "params.yaml").write_text("data:\n  box_column: box\n")
    answers.append(log, [(boxes[0], "label", "bea")], SIGNED, boxes, {"bea", "ada"}, "new_whale")
    assert "several boxes, of which one has no answer, e.g. t1.jpg#1" in refused(capsys, "--yes")
    answers.append(log, [(boxes[1], "label", "ada")], SIGNED, boxes, {"bea", "ada"}, "new_whale")
    (raw / "train.csv").write_text("Image,Id,box\na1.jpg,ada,0 0 0.9 0.9\n")
    assert main(["adopt", "--yes"]) == 0
    train, submission, _, test = state(root)
    assert train == "Image,Id,box\na1.jpg,ada,0 0 0.9 0.9\nt1.jpg#1,bea,0.0 0 0.5 0.5\nt1.jpg#2,ada,0.1 0 0.5 0.5\n"
    assert submission == b"Image,Id,box\n"
    assert test == ["t2.jpg", "t3.jpg"]
