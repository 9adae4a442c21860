"""What is refused before a run begins, and what a receipt says of the first weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows import first_weights
from longtail import licences
from longtail.errors import BadParameter
from longtail.training.weights import md5_of_folder

CARD = {"backbone": "local-dir:net", "weights": "pretrained", "weights_note": "weights of the folder net"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a folder of weights, from which a network was trained."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "config.json").write_text("{}")
    (tmp_path / "artifacts" / "train").mkdir(parents=True)
    card = CARD | {"weights_md5": md5_of_folder(tmp_path / "net"), "weights_licence": "cc-by-nc-4.0"}
    (tmp_path / "artifacts" / "train" / "model.json").write_text(json.dumps(card))
    return tmp_path


def check(root: Path, **train: Any) -> None:
    first_weights.check(root, {"train": {"backbone": "local-dir:net", "weights": "pretrained"} | train})


def test_a_backbone_that_nothing_has_ends_the_run_at_once(root: Path) -> None:
    with pytest.raises(BadParameter, match=r"unknown backbone 'resnet5O'.*Did you mean resnet50"):
        check(root, backbone="resnet5O")
    check(root, backbone="timm/test_resnet")


def test_what_the_lock_has_is_not_looked_for(root: Path) -> None:
    """A clone without the folder takes the network from a cache."""
    (root / "net" / "config.json").unlink()
    (root / "net").rmdir()
    with pytest.raises(BadParameter, match="there is no folder 'net'"):
        check(root)
    lock = "stages: {train: {params: {params.yaml: {train: {backbone: 'local-dir:net'}}}}}"
    (root / "dvc.lock").write_text(lock)
    check(root)


def test_other_bytes_end_the_run_until_they_are_named(root: Path) -> None:
    check(root)
    (root / "net" / "config.json").write_text("{ }")
    now = md5_of_folder(root / "net")
    with pytest.raises(BadParameter, match=f"set train.weights_md5: {now}"):
        check(root)
    check(root, weights_md5=now)
    check(root, weights="none")


def test_a_receipt_says_what_the_network_began_with(root: Path) -> None:
    recorded = first_weights.recorded(root)
    assert set(recorded) == {"backbone", "weights_note", "weights_licence", "weights_md5", "warning"}
    assert recorded["warning"] == licences.warning(recorded)
    assert licences.in_words(recorded) == "weights of the folder net; licence cc-by-nc-4.0: not for commercial use"
    assert first_weights.recorded(root / "elsewhere") == {}


@pytest.mark.parametrize(
    ("licence", "forbids"),
    [
        *((name, True) for name in ("cc-by-nc-4.0", "cc-by-nc-sa-4.0", "CC BY-NC 4.0", "cc_by_nc")),
        *((name, True) for name in ("CC\u2011BY\u2011NC", "Non-Commercial", "non commercial", "research-use-only")),
        *((name, False) for name in ("apache-2.0", "mit", "ncsa", "openmdw", "cc-by-4.0", "")),
    ],
)
def test_which_licences_forbid_commercial_use(licence: str, forbids: bool) -> None:
    assert licences.is_non_commercial(licence) is forbids


def test_what_a_licence_forbids_is_a_sentence_of_its_own() -> None:
    assert licences.warning(CARD | {"weights_licence": "cc-by-nc-4.0"}) == (
        "Not for commercial use: the network began with weights of the folder net, under cc-by-nc-4.0. "
        "That licence also binds the network and the identifier that were made from them."
    )
    assert licences.warning(CARD) == licences.warning(CARD | {"weights_licence": "mit"}) == licences.warning({}) == ""


def test_random_numbers_have_no_licence() -> None:
    note = "no pretrained weights: the backbone started from random numbers"
    assert licences.in_words({"weights_note": note}) == ""
    assert licences.in_words({"weights_note": "weights of the file a.pth"}).endswith("licence not stated")
