"""The ancestor's folder: fixed bytes from scratch, a network otherwise, and one message where it is lost or misfits."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from longtail import ancestor
from longtail.ancestor import Facts
from longtail.errors import BadInput

CARD = {
    "backbone": "resnet50", "weights": "pretrained", "head": "arcface", "neck": 64, "size": 192, "grey": True,
    "mirror_as_identity": True, "weights_md5": "a" * 32,
}  # fmt: skip
FACTS = Facts("2026-11-30-run.json", 2, {"size": 192, "unfrozen_epochs": 12})


def trained(folder: Path, card: dict[str, Any] = CARD, columns: tuple[str, ...] = ancestor.COLUMNS) -> Path:
    """What `train` leaves, as far as it is read here."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"body")
    (folder / "head.safetensors").write_bytes(b"head")
    (folder / "model.json").write_text(json.dumps(card))
    pd.DataFrame({name: ["x"] for name in columns}).to_parquet(folder / "learned_from.parquet", index=False)
    return folder


def wanted(**changed: Any) -> Any:
    """`train:` that fits CARD, but for what is changed."""
    asked = {key: value for key, value in CARD.items() if key != "neck"} | {"embedding_size": CARD["neck"]}
    return SimpleNamespace(**{**asked, "weights_md5": "", **changed})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An ancestor that was written down."""
    ancestor.write(tmp_path / "data/ancestor", trained(tmp_path / "train"), FACTS)
    return tmp_path / "data/ancestor"


def test_a_start_from_scratch_has_fixed_bytes_and_no_ancestor(tmp_path: Path) -> None:
    ancestor.write_scratch(tmp_path / "ancestor")
    assert [path.name for path in (tmp_path / "ancestor").iterdir()] == ["ancestor.json"]
    assert (tmp_path / "ancestor/ancestor.json").read_bytes() == b'{"start": "scratch"}\n'
    assert ancestor.read(tmp_path / "ancestor") is None


def test_what_is_written_is_read(folder: Path) -> None:
    read = ancestor.read(folder)
    assert read is not None
    assert read.facts == FACTS
    assert (read.model.read_bytes(), read.head.read_bytes(), read.card) == (b"body", b"head", CARD)
    assert read.learned()["image"].tolist() == ["x"]
    assert json.loads((folder / "ancestor.json").read_text())["start"] == "ancestor"


def test_equal_networks_have_equal_bytes(folder: Path, tmp_path: Path) -> None:
    ancestor.write(tmp_path / "again", tmp_path / "train", FACTS)
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_scratch_takes_the_place_of_a_network_and_leaves_nothing_of_it(folder: Path) -> None:
    ancestor.write_scratch(folder)
    assert [path.name for path in folder.parent.rglob("*") if path.is_file()] == ["ancestor.json"]


def test_a_checkout_that_never_had_one_begins_from_scratch(tmp_path: Path) -> None:
    assert ancestor.read(tmp_path / "ancestor") is None
    ancestor.write_scratch_if_missing(tmp_path / "ancestor")
    assert (tmp_path / "ancestor/ancestor.json").is_file()


def test_a_missing_one_that_is_versioned_is_not_overwritten_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "ancestor.dvc").write_text("outs: []\n")
    ancestor.write_scratch_if_missing(tmp_path / "ancestor")
    assert not (tmp_path / "ancestor").exists()
    with pytest.raises(BadInput, match=r"versioned, and not here .*dvc pull data/ancestor\.dvc.*train\.start: scratch"):
        ancestor.read(tmp_path / "ancestor")


def test_a_project_with_its_first_raw_set_has_one_and_another_folder_has_not(tmp_path: Path) -> None:
    ancestor.begin(tmp_path, tmp_path / "data/raw")
    (tmp_path / "dvc.yaml").write_text("stages: {split: {cmd: longtail split}}\n")
    ancestor.begin(tmp_path, tmp_path / "elsewhere")
    assert not (tmp_path / "data").exists()
    ancestor.begin(tmp_path, tmp_path / "data/raw")
    assert (tmp_path / "data/ancestor/ancestor.json").is_file()


def test_what_is_there_stays_where_scratch_is_written_if_missing(folder: Path) -> None:
    ancestor.write_scratch_if_missing(folder)
    assert ancestor.read(folder) is not None


@pytest.mark.parametrize("name", ancestor.FILES)
def test_a_lost_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadInput, match=rf"is not here, e\.g\. {name} .*dvc pull"):
        ancestor.read(folder)


@pytest.mark.parametrize(
    "about",
    [
        "", "{", "[]", "{}", '{"start": "scratch", "warm_runs": 1}', '{"start": "ancestor"}',
        '{"start": "ancestor", "receipt": "r", "warm_runs": -1, "params": {}}',
        '{"start": "ancestor", "receipt": "r", "warm_runs": "2", "params": {}}',
        '{"start": "ancestor", "receipt": "r", "warm_runs": 2, "params": []}',
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(folder: Path, about: str) -> None:
    (folder / "ancestor.json").write_text(about)
    with pytest.raises(BadInput, match=r"does not say what training starts from .*ancestor\.json"):
        ancestor.read(folder)


def test_a_folder_without_its_first_file_is_refused(folder: Path) -> None:
    (folder / "ancestor.json").unlink()
    with pytest.raises(BadInput, match=r"no ancestor\.json says what training starts from"):
        ancestor.read(folder)


def test_half_a_training_is_not_gone_on_from(folder: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (tmp_path / "train/head.safetensors").unlink()
    with pytest.raises(BadInput, match=r"gone on from is missing, e\.g\. head\.safetensors"):
        ancestor.write(folder, tmp_path / "train", FACTS)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def reasons(folder: Path, train: Any) -> list[str]:
    read = ancestor.read(folder)
    assert read is not None
    return ancestor.misfits(train, read)


def test_what_fits_is_gone_on_from(folder: Path) -> None:
    assert reasons(folder, wanted()) == []
    assert reasons(folder, wanted(weights="imagenet", weights_md5="a" * 32)) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"backbone": "resnet18"}, "train.backbone is resnet18, the ancestor has resnet50"),
        ({"weights": "none"}, "train.weights is none, the ancestor has pretrained"),
        ({"weights_md5": "b" * 32}, f"train.weights_md5 is {'b' * 32}, the ancestor has {'a' * 32}"),
        ({"size": 224}, "train.size is 224, the ancestor has 192"),
        ({"size": "auto"}, "train.size is auto, the ancestor has 192"),
        ({"head": "softmax"}, "train.head is softmax, the ancestor has arcface"),
        ({"embedding_size": 0}, "train.embedding_size is 0, the ancestor has 64"),
        ({"grey": False}, "train.grey is False, the ancestor has True"),
        ({"mirror_as_identity": False}, "train.mirror_as_identity is False, the ancestor has True"),
    ],
)
def test_another_architecture_does_not_fit(folder: Path, changed: dict[str, Any], reason: str) -> None:
    assert reasons(folder, wanted(**changed)) == [reason]


def test_every_misfit_is_told_at_once(folder: Path) -> None:
    assert len(reasons(folder, wanted(size=64, head="softmax", grey=False))) == 3


def test_the_backbones_own_size_fits_itself(tmp_path: Path) -> None:
    ancestor.write(tmp_path / "auto", trained(tmp_path / "train"), Facts("r", 0, {"size": "auto"}))
    assert reasons(tmp_path / "auto", wanted(size="auto")) == []


@pytest.mark.parametrize(
    ("card", "columns", "reason"),
    [
        ({**CARD, "whitened": True}, ancestor.COLUMNS, "was not trained"),
        (CARD, ("image", "label", "pixels"), "of an earlier version"),
    ],
)
def test_one_that_says_not_what_it_learned_does_not_fit(
    tmp_path: Path, card: dict[str, Any], columns: tuple[str, ...], reason: str
) -> None:
    ancestor.write(tmp_path / "old", trained(tmp_path / "train", card, columns), FACTS)
    [only] = reasons(tmp_path / "old", wanted())
    assert reason in only


@pytest.mark.parametrize("content", [b"", b"PAR1"])
def test_a_table_that_cannot_be_read_is_refused(folder: Path, content: bytes) -> None:
    (folder / "learned_from.parquet").write_bytes(content)
    read = ancestor.read(folder)
    assert read is not None
    with pytest.raises(BadInput, match="no table of what was learned"):
        read.learned()
    assert reasons(folder, wanted()) == [
        "the ancestor is of an earlier version, which kept no labels of what it learned"
    ]


def test_a_table_of_an_earlier_version_is_refused(tmp_path: Path) -> None:
    ancestor.write(tmp_path / "old", trained(tmp_path / "train", CARD, ("image", "label", "pixels")), FACTS)
    read = ancestor.read(tmp_path / "old")
    assert read is not None
    with pytest.raises(BadInput, match=r"of an earlier version.*Set train\.start: scratch"):
        read.learned()
