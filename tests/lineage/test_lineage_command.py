"""`longtail lineage` as a person asks it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from longtail.cli import main
from longtail.lineage import tombstones
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import Store
from longtail.lineage.tombstones import Tombstone
from longtail.publishing import receipt as receipts
from tests.lineage.making import RECEIPT, forget, keep, keep_folder, parquet, project


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "what", [[], [RECEIPT], ["artifacts/predict/submission.csv"], ["artifacts/train/model.safetensors"]]
)
def test_the_way_back_from_whatever_one_holds(here: Path, capsys: pytest.CaptureFixture[str], what: list[str]) -> None:
    assert main(["lineage", *what]) == 0
    stdout = capsys.readouterr().out
    links = [
        "predict",
        "train  then, 9.5 s, by ada, commit c0ffee1",
        "split",
        "edits",
        "raw set",
        "flow run  brave-whale, by ada",
    ]
    assert [stdout.index(f"\n{link}") for link in links] == sorted(stdout.index(f"\n{link}") for link in links)
    assert "size=96" in stdout


def test_json_has_every_link_with_its_hashes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lineage", "--json", "--verify"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["receipt"] == RECEIPT
    assert {"predict", "embed@test", "train", "oversample", "split", "audit", "raw set", "commit"} <= {
        link["name"] for link in answer["links"]
    }
    assert answer["verified"]["faults"] == []


def test_an_individual_is_followed_by_its_present_and_its_former_name(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "identity:moby,rename,dick,Rae,2026-01-02,the book\n"
    (here / "edits.csv").write_text("image,action,value,who,when,why\n" + rows)
    said = f"dick, formerly moby\n{RECEIPT}  published: as moby, 2 photographs held, 1 of them learned from\n"
    for name in ("moby", "dick"):
        assert main(["lineage", "--individual", name]) == 0
        assert capsys.readouterr().out == said
    assert main(["lineage", "--individual", "ahab"]) == 2
    assert "nothing published knows an individual 'ahab'" in capsys.readouterr().err


def test_of_an_individual_a_table_that_is_not_here_says_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forget(here, Checkout(here).receipts[RECEIPT].artifacts["artifacts/split/split.parquet"])
    assert main(["lineage", "--individual", "moby", "--json"]) == 0
    [publication] = json.loads(capsys.readouterr().out)["publications"]
    assert (publication["is_unread"], publication["learned"]) == (True, None)


def test_a_changed_byte_is_named_and_the_exit_code_is_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "artifacts/train/model.safetensors").write_bytes(b"another")
    assert main(["lineage", "--verify"]) == 1
    assert "artifacts/train/model.safetensors (changed)" in capsys.readouterr().err


def test_a_record_of_other_parameters_than_the_receipt_has_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {"inputs": {}, "sections": {}, "params": {"size": 128, "min_groups": 1}}
    text = json.dumps(record).encode()
    path = here / "receipts" / RECEIPT
    receipt = json.loads(path.read_text())
    receipt["artifacts"]["artifacts/train/record.json"] = keep(here, text)
    path.write_text(json.dumps(receipt))
    assert main(["lineage", "--verify"]) == 1
    captured = capsys.readouterr()
    assert "1 inputs are not what a stage's record says that it used." in captured.out
    assert "train.size: train used 128, the receipt has 96" in captured.err


def test_a_backbone_without_training_has_seen_the_whole_train_fold(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = here / "receipts" / RECEIPT
    receipt = json.loads(path.read_text())
    for epochs, learned in ((1, "did not learn from it"), (0, "learned from it")):
        receipt["params"]["values"]["train"] = {"min_groups": 9, "frozen_epochs": epochs, "unfrozen_epochs": 0}
        path.write_text(json.dumps(receipt))
        assert main(["lineage", "--image", "a.jpg"]) == 0
        assert f"fold train, group A: the network {learned}" in capsys.readouterr().out


def test_the_first_weights_and_their_licence_are_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "receipts" / RECEIPT
    receipt = json.loads(path.read_text())
    receipt["weights"] = {"weights_note": "weights of hf-hub:a/b@01", "weights_licence": "cc-by-nc-4.0"}
    path.write_text(json.dumps(receipt))
    assert main(["lineage"]) == 0
    said = capsys.readouterr().out
    assert "the network began with weights of hf-hub:a/b@01; licence cc-by-nc-4.0: not for commercial use" in said


def test_a_photograph_that_was_learned_from(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lineage", "--image", "a.jpg"]) == 0
    stdout = capsys.readouterr().out
    assert f"{RECEIPT}  moby, fold train, group A: the network learned from it; the identifier holds it" in stdout
    assert "copies: red_a.jpg" in stdout
    for path in ("data/raw/train/a.jpg", "artifacts/prepare/labelled/a.jpg", "artifacts/oversample/images/red_a.jpg"):
        assert f"  {path}\n" in stdout
        assert f" ({path})\n" in stdout  # and in the store


def test_a_photograph_that_was_scored_and_one_that_was_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lineage", "--image", "b.jpg"]) == 0
    assert "the network did not learn from it; the identifier holds it" in capsys.readouterr().out
    assert main(["lineage", "--image", "t.jpg"]) == 0
    assert "a test photograph: named, not learned from" in capsys.readouterr().out


def test_a_network_of_all_folds_is_told_apart_and_the_receipt_says_that_it_has_no_score(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learned = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "label": [True, False], "pixels": [True, False]})
    path = here / "receipts" / RECEIPT
    receipt = json.loads(path.read_text())
    table = parquet(learned.assign(all_folds=True))
    receipt["artifacts"]["artifacts/train/learned_from.parquet"] = keep(here, table)
    receipt["artifacts"]["artifacts/train/all"] = keep_folder(here, {"model.safetensors": b"the second network"})
    receipt["network"] = {"fold": "all", "score": None, "note": "It has no score of its own."}
    path.write_text(json.dumps(receipt))
    assert main(["lineage", "--image", "b.jpg"]) == 0
    told = capsys.readouterr().out
    assert "fold valid, group B: the network of all folds learned from it, the scored one did not" in told
    assert f"network of {RECEIPT} (weights that it changed)" in told
    assert main(["lineage", "--individual", "moby"]) == 0
    assert "2 photographs held, 2 of them learned from" in capsys.readouterr().out
    (here / "network").write_bytes(b"the second network")
    assert main(["lineage", "network"]) == 0
    assert "It has no score of its own." in capsys.readouterr().out


def test_a_network_beside_the_first_one_leads_to_its_receipt(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "receipts" / RECEIPT
    receipt = json.loads(path.read_text())
    receipt["artifacts"]["artifacts/train/more"] = keep_folder(here, {"network_2/model.safetensors": b"the second"})
    receipt["params"]["values"]["train"]["networks"] = 2
    receipt["network_choice"] = {"used": "both", "backbone": "a_net", "why": "measured"}
    path.write_text(json.dumps(receipt))
    (here / "network").write_bytes(b"the second")
    assert main(["lineage", "network"]) == 0
    out = capsys.readouterr().out
    assert "2 networks answer side by side (train.networks)" in out
    assert "The network that answers is a_net, trained, and the same backbone as pretrained, side by side (" in out


def test_what_the_store_lacks_is_not_passed_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forget(here, project(here).artifacts["artifacts/split/split.parquet"])
    assert main(["lineage", "--image", "a.jpg"]) == 0
    assert "nothing is said of them (dvc pull): artifacts/split/split.parquet" in capsys.readouterr().out


def test_a_removed_photograph_is_said_to_be(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tombstones.add(here, [Tombstone("x.jpg", "labelled", "0", "ada", "2026-01-01", "its owner asked")])
    assert main(["lineage", "--image", "x.jpg"]) == 0
    assert "x.jpg: removed on request, 2026-01-01 by ada: its owner asked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--image", "z.jpg"], "nothing published knows a photograph 'z.jpg'"),
        (["other.csv"], "there is no such file"),
        (["edits.csv"], "no receipt knows these bytes"),
    ],
)
def test_what_is_not_known_is_told_in_words(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["lineage", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_before_the_first_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["lineage"]) == 2
    assert "nothing has been published yet" in capsys.readouterr().err


@pytest.fixture
def third(here: Path) -> str:
    """A third publication, whose network went on from that of the second, which went on from the first."""
    first = receipts.read(here / "receipts" / RECEIPT)
    parents = {"2026-01-03": RECEIPT, "2026-01-04": "20260103T030405Z-22222222.json"}
    for runs, (day, parent) in enumerate(parents.items(), start=1):
        start = {"start": "ancestor", "why": "train.seed changed", "receipt": parent, "warm_runs": runs}
        counts = {"new": 4, "changed": 0, "relabelled": 1, "replayed": 1200}
        held = keep_folder(here, {"ancestor.json": b"{}", "model.safetensors": f"network before {runs}".encode()})
        new = replace(
            first,
            submission={"md5": f"{runs + 1}" * 32, "rows": 1, "bytes": 20},
            artifacts={**first.artifacts, "data/ancestor": held},
            published=f"{day}T03:04:05+00:00",
            flow_run={"id": "", "name": ""},
            start=start | counts,
        )
        receipts.write(here / "receipts" / new.file_name, new)
    return new.file_name


def test_a_network_is_followed_back_to_the_one_from_scratch(
    here: Path, third: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lineage"]) == 0
    stdout = capsys.readouterr().out
    second = "20260103T030405Z-22222222.json"
    assert f"receipt {third}" in stdout
    assert (
        f"its training went on from the network of {second} (2 warm trainings since one from scratch; "
        "photographs: 4 new, 0 changed, 1 relabelled, 1,200 replayed): train.seed changed"
    ) in stdout
    links = ["train", "split", "ancestor", f"network of {second}", f"network of {RECEIPT}", "edits"]
    assert [stdout.index(f"\n{link}") for link in links] == sorted(stdout.index(f"\n{link}") for link in links)
    assert main(["lineage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["start"]["receipt"] == second


def test_a_lost_receipt_ends_the_way_back(here: Path, third: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "receipts" / RECEIPT).unlink()
    assert main(["lineage", third]) == 0
    assert f"\nnetwork of {RECEIPT}\n" in capsys.readouterr().out


def test_a_changed_byte_of_the_ancestor_is_named(here: Path, third: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lineage", "--verify"]) == 0
    md5 = hashlib.md5(b"network before 2").hexdigest()
    Store.of(here).object_path(md5).write_bytes(b"network before 3")
    assert main(["lineage", "--verify"]) == 1
    assert f"files/md5/{md5[:2]}/{md5[2:]}: changed" in capsys.readouterr().out
