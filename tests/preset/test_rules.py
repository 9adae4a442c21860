"""What is chosen: for the two measured sets what was measured, and for others what they are nearer to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from longtail import params
from longtail.preset.rules import MOST_EPOCHS, choose
from longtail.preset.survey import Facts

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Facts(
    photographs=1_400, identities=450, seen_once=212, unknown=150, test=250, short_side=250, grey=254 / 1_400,
    cores=2, device="cpu",
)  # fmt: skip
WHALES = Facts(
    photographs=9_850, identities=4_250, seen_once=2_220, unknown=810, test=15_610, short_side=100, grey=4_937 / 9_850,
    cores=2, device="cpu",
)  # fmt: skip


def chosen(facts: Facts) -> dict[str, object]:
    return {choice.name: choice.value for choice in choose(facts)}


@pytest.mark.parametrize(("facts", "preset"), [(SAMPLE, "sample"), (WHALES, "whales-small")])
def test_the_measured_sets_get_what_was_measured_on_them(facts: Facts, preset: str) -> None:
    sections = params.read(ROOT / f"presets/{preset}.yaml")
    values = chosen(facts)
    assert values == params.values_of(sections, values)


def test_all_that_differs_between_the_measured_presets_is_chosen() -> None:
    sample, whales = (params.read(ROOT / f"presets/{name}.yaml") for name in ("sample", "whales-small"))
    differing = {f"{name}.{key}" for name in sample for key in sample[name] if sample[name][key] != whales[name][key]}
    assert differing <= set(chosen(SAMPLE))


def test_every_choice_has_a_reason() -> None:
    for facts in (SAMPLE, WHALES):
        assert all(choice.reason and "\n" not in choice.reason for choice in choose(facts))


def test_a_small_set_is_shown_about_as_often_as_the_sample() -> None:
    small = replace(SAMPLE, photographs=600, identities=100, seen_once=0, unknown=0)
    assert chosen(small)["train.unfrozen_epochs"] == 9
    assert chosen(replace(small, photographs=40))["train.unfrozen_epochs"] == MOST_EPOCHS
    assert chosen(replace(small, photographs=1_000))["train.unfrozen_epochs"] == 5


def test_colour_is_taken_away_where_a_third_has_none() -> None:
    assert chosen(replace(SAMPLE, grey=0.34))["train.grey"] is True
    assert chosen(replace(SAMPLE, grey=0.33))["train.grey"] is False


def test_mirror_images_are_no_identities_where_sides_are_told_or_photographs_are_mirrored() -> None:
    assert chosen(SAMPLE)["train.mirror_as_identity"] is True
    assert chosen(replace(SAMPLE, has_sides=True))["train.mirror_as_identity"] is False
    assert chosen(replace(SAMPLE, mirrors=True))["train.mirror_as_identity"] is False


def test_copies_are_no_larger_than_the_photographs() -> None:
    assert chosen(replace(WHALES, short_side=2_000))["prepare.side"] == 256
    assert chosen(replace(SAMPLE, short_side=90))["prepare.side"] == 90
    assert chosen(replace(SAMPLE, short_side=9))["prepare.side"] == 16  # the least that prepare takes


def test_threads_and_workers_follow_the_cores() -> None:
    values = chosen(replace(SAMPLE, cores=12))
    assert (values["compute.threads"], values["compute.workers"]) == (8, 12)
