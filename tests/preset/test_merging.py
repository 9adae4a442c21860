"""params.yaml keeps what the user set, every comment and every other line."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from longtail import params
from longtail.preset.merging import merge
from longtail.preset.rules import Choice

SHIPPED = [
    {"train": {"size": 96, "grey": False, "backbone": "lite"}},
    {"train": {"size": 192, "grey": True, "backbone": "lite"}},
]
TEXT = """# Ours.

train:
  backbone: lite  # any network
  size: 96  # edge of an image; in pixels
  grey: false  # colour

gate:
  tolerance: auto  # of the gate
"""
CHOICES = [
    Choice("train", "backbone", "lite", "measured"),
    Choice("train", "size", 192, "9,850 photographs"),
    Choice("train", "grey", True, "50% have no colour"),
]
MEANINGS = {"train.size": "edge of an image; in pixels", "prepare.side": "short side"}


def merged(text: str, choices: list[Choice] = CHOICES) -> tuple[str, list[str], list[str]]:
    result = merge(text, choices, SHIPPED, MEANINGS)
    return result.text, [one.name for one, _ in result.changed], [one.name for one, _ in result.kept]


def test_choices_are_written_with_their_reasons_and_nothing_else_changes() -> None:
    text, changed, kept = merged(TEXT)
    assert text == TEXT.replace("# any network", "# any network; preset lite: measured").replace(
        "size: 96  # edge of an image; in pixels",
        "size: 192  # edge of an image; in pixels; preset 192: 9,850 photographs",
    ).replace("grey: false  # colour", "grey: true  # colour; preset true: 50% have no colour")
    assert (changed, kept) == (["train.size", "train.grey"], [])


def test_a_second_time_changes_nothing() -> None:
    text, *_ = merged(TEXT)
    assert merged(text) == (text, [], [])


def test_what_the_user_set_stays_and_stays_the_users() -> None:
    text, changed, kept = merged(TEXT.replace("size: 96", "size: 128"))
    assert "size: 128  # edge of an image; in pixels; preset 192: 9,850 photographs" in text
    assert (changed, kept) == (["train.grey"], ["train.size"])
    assert merged(text)[2] == ["train.size"]


def test_a_choice_that_the_user_changed_afterwards_is_the_users_though_a_preset_has_it() -> None:
    text, *_ = merged(TEXT)
    again, changed, kept = merged(text.replace("size: 192", "size: 96"))
    assert (changed, kept) == ([], ["train.size"])
    assert "size: 96  #" in again


def test_a_choice_follows_the_data_as_long_as_nobody_touches_it() -> None:
    text, *_ = merged(TEXT)
    text, changed, kept = merged(text, [Choice("train", "size", 96, "600 photographs")])
    assert "size: 96  # edge of an image; in pixels; preset 96: 600 photographs" in text
    assert (changed, kept) == (["train.size"], [])


def test_a_copied_preset_is_nobodys_choice() -> None:
    text = TEXT.replace("size: 96", "size: 192").replace("grey: false", "grey: true")
    _, changed, kept = merged(text, [Choice("train", "size", 96, "few"), Choice("train", "grey", False, "colour")])
    assert (changed, kept) == (["train.size", "train.grey"], [])


def test_a_line_or_section_that_is_missing_is_added() -> None:
    text, changed, _ = merged("train:\n  grey: false\n", [*CHOICES[1:], Choice("prepare", "side", 128, "a third more")])
    assert changed == ["train.size", "train.grey", "prepare.side"]
    assert "  size: 192  # edge of an image; in pixels; preset 192: 9,850 photographs\n" in text
    assert YAML(typ="safe").load(text) == {"train": {"size": 192, "grey": True}, "prepare": {"side": 128}}
    empty, *_ = merged("train:\n", CHOICES[1:])
    assert YAML(typ="safe").load(empty) == {"train": {"size": 192, "grey": True}}


def test_every_shipped_preset_stays_valid(tmp_path: Path) -> None:
    for path in sorted((Path(__file__).resolve().parents[2] / "presets").glob("*.yaml")):
        text, *_ = merged(path.read_text("utf-8"))
        (tmp_path / "params.yaml").write_text(text)
        values = params.read(tmp_path / "params.yaml")
        assert values["train"]["size"] in (192, 224, "auto")
        assert len(text.splitlines()) == len(path.read_text("utf-8").splitlines())
