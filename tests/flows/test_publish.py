from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prefect import flow
from prefect.runtime import flow_run

from flows import gate, publication, publish
from flows.stages import Outcome
from longtail import licences, run_record
from longtail.artifacts import NETWORK_CARD, PREDICTIONS
from longtail.errors import BadInput, BadParameter, LongtailError, Problem, Unreachable
from longtail.lineage import store
from longtail.publishing import directory, receipt
from longtail.publishing.receipt import Receipt

SCHEMAS = {"publish": publication.PublishParams, "gate": gate.GateParams}
SUBMISSION = "Image,Id\na.jpg,w_1 new_whale\nb.jpg,new_whale\n"
LOCK = """
schema: '2.0'
stages:
  train:
    outs:
    - {path: artifacts/train/model.safetensors, md5: 11aa}
  predict:
    outs:
    - {path: artifacts/predict/identifier, md5: 2222.dir}
    - {path: artifacts/predict/submission.csv, md5: 33bb}
"""


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A project in which every stage has run."""
    for name, text in {
        "params.yaml": "publish:\n  directory: out\n",
        "dvc.lock": LOCK,
        "data/raw.dvc": "outs:\n- {md5: 9999.dir, path: raw}\n",
        "artifacts/predict/submission.csv": SUBMISSION,
        "artifacts/evaluate/metrics.json": '{"open_map_at_5": 0.5}',
        "artifacts/train/model.safetensors": "weights",
        "src/code.py": "pass\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    evaluated(tmp_path, 0.5)
    (tmp_path / "artifacts/prepare").mkdir()
    pd.DataFrame({"image": ["a.jpg", "b.jpg"]}).to_parquet(tmp_path / "artifacts/prepare/test.parquet")
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@t commit -q -m start"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    return tmp_path


def evaluated(root: Path, chance: float, seed: int = 0) -> None:
    """What `evaluate` found on 400 photographs, in the tree, in the lock and in DVC's store."""
    right = np.random.default_rng(seed).random(400) < chance
    images = [f"{number}.jpg" for number in range(400)]
    table = pd.DataFrame({"image": images, "identity": images, "ap": right.astype(float)})
    path = root / "artifacts/evaluate/predictions.parquet"
    table.to_parquet(path, index=False)
    learned_from = root / "artifacts/train/learned_from.parquet"
    learned_from.parent.mkdir(exist_ok=True)
    pd.DataFrame({"image": ["learned.jpg"], "label": True, "pixels": True}).to_parquet(learned_from, index=False)
    stored = store.Store.of(root).object_path(run_record.md5_of(path))
    stored.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, stored)
    line = f"    - {{path: artifacts/evaluate/predictions.parquet, md5: {run_record.md5_of(path)}}}\n"
    (root / "dvc.lock").write_text(f"{LOCK}  evaluate:\n    outs:\n{line}")


def another(root: Path, name: str) -> None:
    """Another submission."""
    (root / "artifacts/predict/submission.csv").write_text(SUBMISSION.replace("w_1", name))


@flow(name="publish-only", validate_parameters=False)
def publish_only(root: Path, force: str = "") -> tuple[Outcome, str]:
    return publish.run(root, SCHEMAS, force), str(flow_run.get_id())


@flow(name="publish-once", validate_parameters=False)
def publish_once(root: Path) -> None:
    publish.publish.with_options(retries=0)(root, SCHEMAS)


def receipts_of(root: Path) -> list[Receipt]:
    return [receipt.read(path) for path in sorted((root / receipt.REGISTER).glob("*.json"))]


@pytest.mark.usefixtures("prefect_server")
def test_a_licence_that_forbids_commercial_use_is_a_warning_before_anything_is_sent(
    made: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = {"weights_note": "weights of hf-hub:a/b@01", "weights_licence": "cc-by-nc-4.0"}
    (made / NETWORK_CARD).write_text(json.dumps(card))
    before: list[str] = []
    send = directory.publish

    def sending(folder: Path, submission: Path, new: Receipt) -> Receipt:
        before.extend(one.getMessage() for one in caplog.records if one.levelname == "WARNING")
        return send(folder, submission, new)

    monkeypatch.setattr(directory, "publish", sending)
    publish_only(made)
    assert licences.warning(card) in before
    assert receipt.read(made / "out" / "receipt.json").weights == card | {"warning": licences.warning(card)}


@pytest.mark.usefixtures("prefect_server")
def test_the_receipt_names_every_byte_behind_a_submission(made: Path) -> None:
    outcome, run_id = publish_only(made)
    assert outcome.state == "Completed"
    assert (made / "out/submission.csv").read_text() == SUBMISSION
    [given] = receipts_of(made)
    assert receipt.read(made / "out/receipt.json") == given
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=made, capture_output=True, text=True, check=True)
    assert given.submission == {
        "md5": run_record.md5_of(made / "out/submission.csv"),
        "rows": 2,
        "bytes": len(SUBMISSION),
    }
    assert given.raw["md5"] == "9999.dir"
    assert given.model == {"artifacts/train/model.safetensors": "11aa", "artifacts/predict/identifier": "2222.dir"}
    assert given.artifacts["artifacts/predict/submission.csv"] == "33bb"
    assert given.code == {"commit": commit.stdout.strip(), "dirty": False}
    assert given.params["md5"] == run_record.md5_of(made / "params.yaml")
    assert given.params["values"]["publish"]["directory"] == "out"
    assert given.params["values"]["data"]["unknown_label"] == "new_whale"
    assert given.metrics == {"open_map_at_5": 0.5}
    assert given.flow_run["id"] == run_id
    assert given.versions["torch"]


@pytest.mark.usefixtures("prefect_server")
def test_the_same_bytes_are_never_published_twice(made: Path) -> None:
    publish_only(made)
    (made / "out/submission.csv").unlink()
    outcome, _ = publish_only(made)
    assert outcome.state == "Cached"
    assert not (made / "out/submission.csv").exists()
    assert len(receipts_of(made)) == 1


@pytest.mark.usefixtures("prefect_server")
def test_other_bytes_are_published_and_both_receipts_stay(made: Path) -> None:
    publish_only(made)
    (made / "artifacts/predict/submission.csv").write_text(SUBMISSION.replace("w_1", "w_2"))
    (made / "src/code.py").write_text("changed\n")
    outcome, _ = publish_only(made)
    assert outcome.state == "Completed"
    assert "w_2" in (made / "out/submission.csv").read_text()
    assert sorted(receipt.code["dirty"] for receipt in receipts_of(made)) == [False, True]


@pytest.mark.usefixtures("prefect_server")
def test_a_run_that_died_before_the_register_was_written_is_taken_up(made: Path) -> None:
    publish_only(made)
    [first] = receipts_of(made)
    for path in (made / receipt.REGISTER).glob("*.json"):
        path.unlink()
    publish_only(made)
    assert receipts_of(made) == [first]


@pytest.mark.usefixtures("prefect_server")
def test_each_receipt_is_read_once_in_a_publication(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("w_2", "w_3"):
        another(made, name)
        publish_only(made)
    another(made, "w_4")
    names: list[str] = []
    read = receipt.read
    monkeypatch.setattr(receipt, "read", lambda path: names.append(path.name) or read(path))
    assert publish_only(made)[0].state == "Completed"
    register = [name for name in names if name != directory.RECEIPT]  # the folder that it goes to has one too
    assert register == sorted(set(register))
    assert len(register) == 2


@pytest.mark.usefixtures("prefect_server")
def test_a_submission_that_the_grader_would_refuse_does_not_go(made: Path) -> None:
    (made / "artifacts/predict/submission.csv").write_text("Image,Id\na.jpg,w_1  w_2\n")
    with pytest.raises(BadInput, match="row missing") as caught:
        publish_only(made)
    assert "doubled space" in str(caught.value)
    assert caught.value.__notes__ == ["publish"]
    assert not (made / "out").exists()
    assert not (made / receipt.REGISTER).exists()


@pytest.mark.usefixtures("prefect_server")
def test_without_test_photographs_there_is_nothing_to_publish(made: Path) -> None:
    pd.DataFrame({"image": pd.Series([], dtype=str)}).to_parquet(made / "artifacts/prepare/test.parquet")
    outcome, _ = publish_only(made)
    assert (outcome.state, outcome.line) == ("Skipped", "there are no test photographs, so nothing to publish")
    assert not (made / receipt.REGISTER).exists()


@pytest.mark.usefixtures("prefect_server")
def test_a_worse_challenger_is_refused_with_the_figures_and_leaves_a_receipt(made: Path) -> None:
    publish_only(made)
    another(made, "w_2")
    evaluated(made, 0.1)
    outcome, _ = publish_only(made)
    assert outcome.state == "Refused"
    assert "not published: -0.35" in outcome.line
    assert "w_1" in (made / "out/submission.csv").read_text()
    first, refused = sorted(receipts_of(made), key=lambda one: one.outcome)
    assert (first.outcome, refused.outcome) == ("published", "refused")
    assert refused.decision["champion"] - refused.decision["challenger"] > 0.3
    assert publish_only(made)[0].state == "Cached"  # decided once
    assert len(receipts_of(made)) == 2


@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize(("chance", "seed"), [(0.5, 0), (0.5, 1), (0.9, 2)])
def test_an_equal_and_a_better_challenger_pass(made: Path, chance: float, seed: int) -> None:
    publish_only(made)
    another(made, "w_2")
    evaluated(made, chance, seed)
    assert publish_only(made)[0].state == "Completed"
    assert "w_2" in (made / "out/submission.csv").read_text()
    decisions = [one.decision for one in receipts_of(made)]
    assert {decision["why"] for decision in decisions} > {"there is no champion yet"}
    assert max(decision["photographs"] for decision in decisions) == 400


@pytest.mark.usefixtures("prefect_server")
def test_a_network_without_a_score_is_told_in_the_receipt_and_the_scored_ones_are_compared(made: Path) -> None:
    """train.fold: all: the champion's and the challenger's second networks have learned every photograph."""
    learned = made / "artifacts/train/learned_from.parquet"
    table = pd.DataFrame({"image": [f"{number}.jpg" for number in range(400)], "label": False, "pixels": False})
    for name, chance in (("w_1", 0.5), ("w_3", 0.6)):
        evaluated(made, chance)
        table.assign(all_folds=True).to_parquet(learned, index=False)
        another(made, name)
        identifier = made / "artifacts/predict/identifier/identifier.json"
        identifier.parent.mkdir(exist_ok=True)
        network = {"fold": "all", "photographs": 400, "identities": 30}
        identifier.write_text(json.dumps({"network": network}))
        publish_only(made)
    first, second = sorted(receipts_of(made), key=lambda one: len(one.decision["why"]))
    assert first.network["fold"] == "all"
    assert first.network["score"] is None
    assert "It has no score of its own" in first.network["note"]
    assert "artifacts/train/all" in first.model
    assert first.decision["why"] == "there is no champion yet"
    assert second.decision["photographs"] == 400
    assert second.decision["why"].endswith(
        "the scored networks were compared: the one that answers for this run and the champion has no score "
        "(train.fold: all)"
    )


@pytest.mark.usefixtures("prefect_server")
def test_receipt_and_gate_name_the_networks_that_answer(made: Path) -> None:
    """train.pretrained_beside: evaluate chose the trained network first, and then both."""
    for name, used in (("w_1", "trained"), ("w_3", "both")):
        evaluated(made, 0.5)
        another(made, name)
        identifier = made / "artifacts/predict/identifier/identifier.json"
        identifier.parent.mkdir(exist_ok=True)
        entry = {"used": used, "backbone": "a_net", "why": "measured"}
        identifier.write_text(json.dumps({"network_choice": entry}))
        publish_only(made)
    first, second = sorted(receipts_of(made), key=lambda one: len(one.decision["why"]))
    assert [one.network_choice["used"] for one in (first, second)] == ["trained", "both"]
    assert "artifacts/train/more" in second.model
    assert first.decision["why"] == "there is no champion yet; this run answers by a_net, trained"
    assert second.decision["why"].endswith(
        "; this run answers by a_net, trained, and the same backbone as pretrained, side by side"
        "; the champion answers by a_net, trained"
    )


def test_a_receipt_of_a_scored_network_says_nothing_of_it(tmp_path: Path) -> None:
    receipt.write(tmp_path / "one.json", receipt_of("0123"))
    assert not {"network", "network_choice"} & {*json.loads((tmp_path / "one.json").read_text())}


@pytest.mark.usefixtures("prefect_server")
def test_a_refused_one_goes_when_forced_and_the_receipt_says_why(made: Path) -> None:
    publish_only(made)
    another(made, "w_2")
    evaluated(made, 0.1)
    publish_only(made)
    outcome, _ = publish_only(made, "labels were wrong before")
    assert outcome.state == "Completed"
    assert outcome.line.endswith("forced: labels were wrong before")
    forced = [one for one in receipts_of(made) if one.outcome == "forced"]
    assert [one.decision["forced_because"] for one in forced] == ["labels were wrong before"]
    register = receipt.read_register(made / "receipts")
    assert register[receipt.champion(register) or ""].outcome == "forced"


@pytest.mark.usefixtures("prefect_server")
def test_a_refused_one_is_asked_about_again_at_a_gate_that_was_set_anew(made: Path) -> None:
    publish_only(made)
    another(made, "w_2")
    evaluated(made, 0.4, seed=3)
    assert publish_only(made)[0].state == "Refused"
    (made / "params.yaml").write_text("publish:\n  directory: out\ngate:\n  tolerance: 0.01\n")
    assert publish_only(made)[0].state == "Refused"
    assert publish_only(made)[0].state == "Cached"
    (made / "params.yaml").write_text("publish:\n  directory: out\ngate:\n  tolerance: 0.9\n")
    assert publish_only(made)[0].state == "Completed"
    assert {one.outcome for one in receipts_of(made)} == {"published", "refused"}
    assert publish_only(made)[0].state == "Cached"


@pytest.mark.usefixtures("prefect_server")
def test_a_champion_whose_predictions_are_lost_is_not_passed_over(made: Path) -> None:
    publish_only(made)
    store.Store.of(made).object_path(receipts_of(made)[0].artifacts[PREDICTIONS]).unlink()
    evaluated(made, 0.5, seed=1)
    another(made, "w_2")
    with pytest.raises(LongtailError, match=r"predictions of the last publication are not here.*--force"):
        publish_only(made)


@pytest.mark.usefixtures("prefect_server")
def test_a_submission_to_kaggle_has_its_receipt_before_its_score(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = {"ref": 7, "status": "PENDING", "public_score": None}
    sent: list[tuple[object, ...]] = []

    def cut_off(*_: object) -> dict[str, object]:
        raise Unreachable(Problem("Kaggle did not answer", "Run it again."))

    monkeypatch.setattr(publish.kaggle, "submit", lambda *given: sent.append(given) or waiting)
    monkeypatch.setattr(publish.kaggle, "wait_for_score", cut_off)
    (made / "params.yaml").write_text("publish:\n  to: kaggle\n  competition: whales\n")
    with pytest.raises(Unreachable):
        publish_once(made)
    [given] = receipts_of(made)
    assert (given.to, given.answer) == ("kaggle:whales", waiting)
    scored = {"ref": 7, "status": "COMPLETE", "public_score": 0.5}
    monkeypatch.setattr(publish.kaggle, "wait_for_score", lambda *_: scored)
    outcome, _ = publish_only(made)
    assert outcome.state == "Cached"
    assert outcome.line.endswith("COMPLETE, public score 0.5")
    assert [one.answer for one in receipts_of(made)] == [scored]
    assert [one[1:3] for one in sent] == [(given.md5, "whales")]
    assert not (made / "out").exists()


@pytest.mark.usefixtures("prefect_server")
def test_kaggle_without_a_competition_is_told(made: Path) -> None:
    (made / "params.yaml").write_text("publish:\n  to: kaggle\n")
    with pytest.raises(BadParameter, match=r"publish\.competition"):
        publish_only(made)


def test_a_receipt_beside_other_bytes_does_not_count(tmp_path: Path) -> None:
    submission = tmp_path / "new.csv"
    submission.write_text(SUBMISSION)
    receipt = receipt_of(run_record.md5_of(submission))
    directory.publish(tmp_path / "out", submission, receipt)
    assert directory.published(tmp_path / "out") == receipt
    (tmp_path / "out/submission.csv").write_text("cut off")
    assert directory.published(tmp_path / "out") is None
    directory.publish(tmp_path / "out", submission, receipt)
    assert (tmp_path / "out/submission.csv").read_text() == SUBMISSION


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    submission = tmp_path / "new.csv"
    submission.write_text(SUBMISSION)
    with pytest.raises(LongtailError, match=r"cannot publish: .*publish\.directory"):
        directory.publish(submission / "out", submission, receipt_of("0123"))


def test_receipts_are_named_by_time_then_hash_then_run() -> None:
    receipt = receipt_of("0123456789abcdef")
    assert receipt.file_name == "20261124T120857Z-01234567.json"
    assert replace(receipt, flow_run={"id": "765a9b97-4fa1"}).file_name == "20261124T120857Z-01234567-4fa1.json"


def test_a_broken_receipt_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"submission": {}}))
    with pytest.raises(BadInput, match=r"not a receipt: .*x\.json"):
        receipt.read_register(tmp_path)


def receipt_of(md5: str) -> Receipt:
    plain: dict[str, str] = {}
    return Receipt(
        submission={"md5": md5},
        raw={},
        model=plain,
        artifacts=plain,
        code={},
        params={},
        metrics={},
        flow_run=plain,
        versions=plain,
        published="2026-11-24T12:08:57+00:00",
        to="out",
    )
