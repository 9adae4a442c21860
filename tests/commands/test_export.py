"""`longtail export`: the tables of one finished run, never of two, and nothing replaced unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from longtail import artifacts
from longtail.cli import main
from longtail.run_record import md5_of
from tests.lineage.making import keep, parquet

TABLE = "data/raw/train.csv"
RECORD = artifacts.record_path("prepare@labelled")
LOCK = "schema: '2.0'\nstages:\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a run of three photographs leaves, in the tree and in DVC's cache."""
    train = b"Image,Id,site\na.jpg,moby,bay\nb.jpg,moby,=1+1\nc.jpg,new_whale,\n"
    split = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "identity": ["moby", "-5"], "group": ["A", "B"]})
    labelled = pd.DataFrame({"image": ["a.jpg", "b.jpg", "c.jpg"], "label": ["moby", "-5", ""]})
    candidates = {"image": ["t.jpg"], "rank": [1], "identity": ["moby"], "score": 0.5, "match": "a.jpg", "kind": "new"}
    files = {
        TABLE: train,
        RECORD: json.dumps({"params": {"data": {}}, "inputs": {TABLE: keep(tmp_path, train)}}).encode(),
        artifacts.LABELLED: parquet(labelled.assign(md5="0")),
        artifacts.TEST: parquet(pd.DataFrame({"image": ["t.jpg"], "md5": "0"})),
        artifacts.SPLIT: parquet(split.assign(fold="train")),
        artifacts.CANDIDATES: parquet(pd.DataFrame(candidates)),
        artifacts.DECISIONS: parquet(pd.DataFrame({"image": ["t.jpg"], "probability_new": [0.25]})),
    }
    md5 = {path: keep(tmp_path, content) for path, content in files.items()}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    read = [TABLE, artifacts.LABELLED, artifacts.TEST, artifacts.SPLIT, RECORD]
    lines = [f"    - path: {path}\n      md5: {md5[path]}\n" for path in read]
    outs = [f"    - path: {path}\n      md5: {md5[path]}\n" for path in (artifacts.CANDIDATES, artifacts.DECISIONS)]
    (tmp_path / "lock").write_text(f"{LOCK}  predict:\n    deps:\n{''.join(lines)}    outs:\n{''.join(outs)}")
    (tmp_path / "params.yaml").write_text("data: {}\n")
    (tmp_path / "dvc.yaml").write_text("stages: {}  # longtail\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, index_col=0, keep_default_na=False)


def test_both_tables_are_written_and_counted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "out"]) == 0
    written = capsys.readouterr().out
    assert "2 labelled photographs of 2 individuals; 1 broken or dropped" in written
    assert "candidates of 1 test photograph" in written
    catalogue = table(project / "out/metadata.csv")
    assert list(catalogue["identity"]) == ["moby", "'-5"]
    assert list(catalogue["site"]) == ["bay", "'=1+1"]
    assert list(table(project / "out/answers.csv")["identity"]) == ["moby"]


def test_while_a_run_is_at_work_the_last_finished_one_answers(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "lock").rename(project / "dvc.lock")
    (project / artifacts.CANDIDATES).unlink()
    (project / TABLE).write_text("Image,Id\nz.jpg,somebody else\n")
    assert main(["export", "out"]) == 0
    assert "these are the tables of the run whose `predict` dvc.lock names" in capsys.readouterr().err
    assert list(table(project / "out/metadata.csv")["site"]) == ["bay", "'=1+1"]


def test_photographs_that_were_added_since_are_given_as_the_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "lock").rename(project / "dvc.lock")
    before = (project / TABLE).read_bytes()
    for stage, path in (("audit", artifacts.LABELLED), ("split", artifacts.GROUPS), ("predict", artifacts.SPLIT)):
        if not (project / path).exists():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text("groups")
        record = project / artifacts.record_path(stage)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps({"inputs": {path: md5_of(project / path)}}))
    assert main(["export", "whole"]) == 0
    assert capsys.readouterr().err == ""
    of_the_run = "these are the tables of the run whose `predict` dvc.lock names"
    (project / TABLE).write_bytes(before + b"d.jpg,somebody new,\n")
    assert main(["export", "added"]) == 0
    assert f"{TABLE} has changed since the last finished run; {of_the_run}" in capsys.readouterr().err
    (project / TABLE).unlink()
    assert main(["export", "away"]) == 0
    assert f"{TABLE} is not here; {of_the_run}" in capsys.readouterr().err
    (project / artifacts.CANDIDATES).unlink()
    assert main(["export", "at-work"]) == 0
    assert "a stage is at work, was stopped, or ran by hand" in capsys.readouterr().err
    for folder in ("added", "away", "at-work"):
        assert (project / folder / "metadata.csv").read_bytes() == (project / "whole/metadata.csv").read_bytes()


def test_without_a_finished_run_nothing_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / artifacts.SPLIT).unlink()
    assert main(["export", "out"]) == 2
    message = capsys.readouterr().err
    assert "no run has finished yet" in message
    assert "make run" in message
    assert not (project / "out").exists()


def test_a_table_that_is_there_is_replaced_on_request_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "out").mkdir()
    (project / "out/metadata.csv").write_text("yours")
    assert main(["export", "out"]) == 2
    assert "--replace" in capsys.readouterr().err
    assert (project / "out/metadata.csv").read_text() == "yours"
    assert not (project / "out/answers.csv").exists()
    assert main(["export", "out", "--replace"]) == 0
    assert main(["export", "params.yaml"]) == 2
