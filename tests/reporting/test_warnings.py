from __future__ import annotations

import pytest

from longtail.reporting import warnings
from tests.reporting import cases
from tests.reporting.building import Artifacts, artifacts

EXPECTED = {
    "hardly_learned": ["training"],
    "worse_than_untrained": ["training"],
    "baselines": ["baseline", "baseline"],
    "few_photographs": ["few_photographs"],
    "interval_without_width": ["interval_without_width"],
    "few_identities": ["few_identities"],
    "one_photograph_each": ["one_photograph_each"],
    "random_weights": ["random_weights"],
    "non_commercial": ["non_commercial"],
    "always_new": ["always_new"],
    "no_known_photographs": ["no_known_photographs"],
    "no_threshold": ["no_threshold"],
    "no_unknown_label": ["no_unknown_label"],
    "no_unknown_expected": ["no_unknown_expected"],
    "excluded": ["unreadable_photographs", "excluded_photographs", "dropped_photographs"],
    "label_table": ["label_table"],
    "broken_test_photograph": ["unreadable_test_photographs"],
    "no_unknown_photographs": ["no_unknown_photographs"],
    "no_test_photographs": ["no_test_photographs"],
}
"""Trouble of `cases` -> kinds of its warnings."""


def kinds(tables: Artifacts) -> list[str]:
    return [warning.kind for warning in warnings.collect(cases.inputs_of(tables), "new_whale")]


def test_a_sound_run_has_no_warnings() -> None:
    assert kinds(artifacts()) == []


@pytest.mark.parametrize("name", cases.TROUBLES)
def test_each_trouble_has_its_warnings(name: str) -> None:
    assert kinds(cases.warned(name)) == EXPECTED[name]


def test_an_interval_that_contains_zero_beats_no_baseline() -> None:
    tables = artifacts()
    cases.set_gain(tables, "frozen_1nn", -0.02, 0.04)
    [warning] = warnings.collect(cases.inputs_of(tables), "new_whale")
    assert warning.kind == "training"
    assert "train.unfrozen_epochs" in warning.text


def test_the_most_serious_comes_first() -> None:
    tables = cases.warned("worse_than_untrained")
    tables["model"] |= cases.HARDLY_LEARNED | {"weights": "none"}
    assert kinds(tables) == ["training", "training", "random_weights"]
    tables["model"]["hardly_learned"] = False
    cases.set_gain(tables, "frozen_1nn", 0.1, 0.3)
    assert kinds(tables) == ["random_weights"]


@pytest.mark.parametrize(
    ("value", "photographs", "share"),
    [(1.0, 100, "up to 3.0%"), (0.0, 100, "up to 3.0%"), (1.0, 1, "up to 95.0%"), (0.5, 2, "")],
)
def test_equal_scores_say_what_their_interval_cannot(value: float, photographs: int, share: str) -> None:
    tables = cases.warned("interval_without_width")
    tables["metrics"] |= dict.fromkeys(("open_map_at_5", "open_map_at_5_low", "open_map_at_5_high"), value)
    tables["metrics"]["photographs"] = photographs
    warning = warnings.collect(cases.inputs_of(tables), "new_whale")[-1]
    assert warning.kind == "interval_without_width"
    assert share in warning.text
    assert ("up to" in warning.text) == (value in (0, 1))
    tables["metrics"]["open_map_at_5_low"] = value - 0.01
    assert "interval_without_width" not in kinds(tables)


def test_each_baseline_is_judged_by_its_own_interval() -> None:
    tables = cases.warned("baselines")
    assert warnings.verdicts(cases.inputs_of(tables)) == {
        "all_new": "worse",
        "most_frequent": "no difference shown",
        "frozen_1nn": "better",
        "duplicates_only": "better",
    }


def test_identities_outside_the_network_count_as_known() -> None:
    tables = cases.warned("few_identities")
    tables["model"]["excluded"] = 200
    assert kinds(tables) == []


def test_the_critical_finding_of_the_label_table_is_named() -> None:
    [warning] = warnings.collect(cases.inputs_of(cases.warned("label_table")), "new_whale")
    assert "3 × blank ids" in warning.text


@pytest.mark.parametrize(
    ("word", "folder"), [("new_whale", "new_whale/"), ("stranger", "stranger/"), ("", "new_whale/")]
)
def test_without_unknown_photographs_the_remedy_names_a_folder_for_them(word: str, folder: str) -> None:
    [warning] = warnings.collect(cases.inputs_of(cases.warned("no_unknown_photographs")), word)
    assert f"into a folder {folder} " in warning.text
    assert ("Set data.unknown_label to a word" in warning.text) == (word == "")


def test_a_network_without_a_score_of_its_own_comes_first() -> None:
    tables = cases.warned("few_photographs")
    tables["identifier"]["network"] = {"fold": "all", "photographs": 40, "identities": 9}
    first, _ = warnings.collect(cases.inputs_of(tables), "new_whale")
    assert first.kind == "no_score_of_its_own"
    assert "learned from 40 labelled photographs of 9 identities, those that are scored among them" in first.text
    assert "It has no score of its own" in first.text
    tables["identifier"]["network"] = {"fold": "train", "unseen": 7, "needed": 100}
    first, _ = warnings.collect(cases.inputs_of(tables), "new_whale")
    assert "the scored network answers" in first.text
