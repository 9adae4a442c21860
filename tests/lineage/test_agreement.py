"""What a stage used, as its record has it, against dvc.lock, the other stages and a receipt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from longtail.inputs.hashing import folder_md5
from longtail.lineage import store
from longtail.lineage.agreement import Difference, with_each_other, with_lock, with_receipt
from longtail.lineage.checkout import Checkout
from longtail.publishing.receipt import Receipt
from tests.lineage.making import keep, project

RECORD = {"inputs": {"a.csv": "aa", "src/x": "xx.dir"}, "sections": {"train": {"seed": 1, "rate": 0.5}}}
ENTRY = {
    "deps": [{"path": "a.csv", "md5": "aa"}, {"path": "src/x", "md5": "xx.dir"}],
    "params": {"params.yaml": {"train": {"seed": 1, "rate": 0.5}}},
}


def test_a_record_of_the_same_inputs_agrees_with_the_lock() -> None:
    assert with_lock("train", RECORD, ENTRY) == []


def test_another_file_another_parameter_and_an_input_that_only_the_lock_has_are_named() -> None:
    deps = [{"path": "a.csv", "md5": "bb"}, *ENTRY["deps"][1:], {"path": "c.csv", "md5": "cc"}]
    entry = {"deps": deps, "params": {"params.yaml": {"train": {"seed": 2, "rate": 0.5}}}}
    assert [str(one) for one in with_lock("train", RECORD, entry)] == [
        "a.csv: train used aa, dvc.lock has bb",
        "c.csv: train used nothing, dvc.lock has cc",
        "train.seed: train used 1, dvc.lock has 2",
    ]


def entry(deps: dict[str, str], outs: dict[str, str], **params: Any) -> dict[str, Any]:
    kinds = {"deps": deps, "outs": outs}
    listed = {kind: [{"path": path, "md5": md5} for path, md5 in paths.items()] for kind, paths in kinds.items()}
    return {**listed, "params": {"params.yaml": params}}


def differences(root: Path, **entries: dict[str, Any]) -> list[Difference]:
    return with_each_other(Checkout(root), entries)


def test_stages_must_have_read_the_same_and_what_was_made(tmp_path: Path) -> None:
    a = entry({"raw.csv": "11"}, {"artifacts/a": "22"}, data={"label": "x"}, a={})
    b = entry({"raw.csv": "11", "artifacts/a": "22"}, {}, data={"label": "x"})
    assert differences(tmp_path, a=a, b=b) == []
    assert [one.what for one in differences(tmp_path, a=a, b=entry({"raw.csv": "12"}, {}))] == ["raw.csv"]
    assert [one.what for one in differences(tmp_path, a=a, b=entry({"artifacts/a": "23"}, {}))] == ["artifacts/a"]
    assert [one.what for one in differences(tmp_path, a=a, b=entry({}, {}, data={"label": "y"}))] == ["data.label"]
    # The report shows the parameters of other stages, and takes them from their records.
    assert differences(tmp_path, a=a, b=entry({}, {}, a={"seed": 2})) == []


def test_a_file_of_a_folder_is_known_by_the_folders_list(tmp_path: Path) -> None:
    files = {"train.csv": "1" * 32, "train/a.jpg": "2" * 32}
    listing = json.dumps([{"md5": files[name], "relpath": name} for name in sorted(files)], sort_keys=True).encode()
    assert keep(tmp_path, listing) + ".dir" == folder_md5(files)
    path = store.Store.of(tmp_path).object_path(folder_md5(files))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(listing)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/raw.dvc").write_text(f"outs:\n- {{md5: {folder_md5(files)}, path: raw}}\n")
    right = {"data/raw/train.csv": files["train.csv"], "data/raw/train": folder_md5({"a.jpg": files["train/a.jpg"]})}
    assert differences(tmp_path, a=entry(right, {})) == []
    [difference] = differences(tmp_path, a=entry({**right, "data/raw/train.csv": "3" * 32}, {}))
    assert str(difference) == f"data/raw/train.csv: a used {'3' * 12}, data/raw has {'1' * 12}"


def recorded(root: Path, receipt: Receipt, **inputs: str) -> Receipt:
    """The receipt, with a record of `train` that says what was used."""
    record = {
        "inputs": {"artifacts/split/split.parquet": receipt.artifacts["artifacts/split/split.parquet"], **inputs},
        "params": {"size": 96, "min_groups": 1, "data": {"unknown_label": "new_whale"}, "compute": {"threads": 9}},
        "sections": {"train": {"size": 96}},
    }
    md5 = keep(root, json.dumps(record).encode())
    return replace(receipt, artifacts={**receipt.artifacts, "artifacts/train/record.json": md5})


def test_a_receipt_agrees_with_the_records_it_names(tmp_path: Path) -> None:
    assert with_receipt(Checkout(tmp_path), recorded(tmp_path, project(tmp_path))) == ([], [])


def test_a_receipt_and_a_record_may_name_a_parameter_in_words_of_two_versions(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    record = {"inputs": {}, "params": {"odd_factor": 3.0, "min_likeness": 0.83}, "sections": {"audit": {}}}
    named = {**receipt.artifacts, "artifacts/audit/record.json": keep(tmp_path, json.dumps(record).encode())}
    values = {"size_outlier_factor": 3.0, "min_similarity": 0.9}
    differing, _ = with_receipt(
        Checkout(tmp_path), replace(receipt, artifacts=named, params={"values": {"audit": values}})
    )
    assert [(one.what, one.used) for one in differing] == [("audit.min_similarity", "0.83")]


def test_a_receipt_that_names_other_parameters_or_bytes_is_contradicted(tmp_path: Path) -> None:
    receipt = recorded(tmp_path, project(tmp_path), **{"data/raw/train.csv": "f" * 32})
    values = {"train": {"size": 128, "min_groups": 1}, "data": {"unknown_label": "new_whale"}}
    disagreements, _ = with_receipt(Checkout(tmp_path), replace(receipt, params={"values": values}))
    assert [(one.what, one.used) for one in disagreements] == [("data/raw/train.csv", "f" * 12), ("train.size", "96")]
    assert "the receipt has 128" in str(disagreements[1])


def test_the_lock_counts_while_it_is_of_the_same_run(tmp_path: Path) -> None:
    receipt = recorded(tmp_path, project(tmp_path))
    md5 = receipt.artifacts["artifacts/train/record.json"]
    lock = (
        "stages:\n  train:\n    params: {params.yaml: {train: {size: 128}}}\n"
        f"    outs: [{{path: artifacts/train/record.json, md5: {md5}}}]\n"
    )
    (tmp_path / "dvc.lock").write_text(lock)
    assert [one.what for one in with_receipt(Checkout(tmp_path), receipt)[0]] == ["train.size"]
    (tmp_path / "dvc.lock").write_text(lock.replace(md5, "0" * 32))  # a later run's
    assert with_receipt(Checkout(tmp_path), receipt)[0] == []


def test_records_that_are_not_here_or_say_nothing_are_counted(tmp_path: Path) -> None:
    receipt = project(tmp_path)  # its record of train is of an older version
    other = {**receipt.artifacts, "artifacts/embed/test.record.json": "0" * 32}
    assert with_receipt(Checkout(tmp_path), replace(receipt, artifacts=other)) == ([], ["train", "embed@test"])


def test_stages_that_dvc_yaml_has_no_more_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text("stages:\n  old: {}\n  new: {}\n")
    assert set(Checkout(tmp_path).stages) == {"old", "new"}
    (tmp_path / "dvc.yaml").write_text("stages:\n  new: {cmd: x}\n")
    assert set(Checkout(tmp_path).stages) == {"new"}
