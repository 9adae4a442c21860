"""Artifacts that change what a report says: a full page, an empty one, and one for each warning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from longtail.reporting.inputs import Inputs
from tests.reporting.building import Artifacts, artifacts

FAILED = {
    "expectation": "ids_trimmed",
    "severity": "warning",
    "what": "ids with spaces",
    "count": 2,
    "examples": [{"row": 7, "image": "photo-05.jpg", "value": " w_anna"}],
    "remedy": "Trim them.",
}
HARDLY_LEARNED = {
    "hardly_learned": True,
    "train_right": 5,
    "train_images": 500,
    "train_accuracy": 0.01,
    "train_chance": 0.008,
}


def full() -> Artifacts:
    """Something to show in every section, and a warning."""
    tables = artifacts()
    tables["verdict"]["findings"] = [FAILED]
    tables["identifier"]["unknown_share"] = 0.4
    add_dates(tables)
    add_marks(tables)
    return tables


def add_marks(tables: Artifacts) -> None:
    """Four marks of the wrong prediction with the highest score match, two are drawn, one of those is common."""
    predictions = tables["predictions"]
    wrong = predictions[predictions["ap"] == 0].sort_values("score", ascending=False).iloc[0]
    places = {"x": [0.5, 0.1], "y": [0.5, 0.2], "other_x": [0.25, 0.0], "other_y": [0.5, 0.2]}
    tables["marks"] = pd.DataFrame({"image": wrong["image"], "other": wrong["nearest"], "marks": 4, **places})
    tables["marks"] = tables["marks"].assign(common=2, weight=[1.0, 0.5])


def add_dates(tables: Artifacts) -> None:
    """Days of the scored photographs: each known individual was last seen some time before, but for the first one."""
    predictions = tables["predictions"]
    gaps = pd.Series([None, 10, 40, 400, 2000, 40, 50, 60, 70, 80][: len(predictions)], dtype="object")
    day = pd.Timestamp("2021-06-01")
    known = predictions["known"] & gaps.notna()
    predictions["date"] = day.strftime("%Y-%m-%d")
    predictions["last_seen"] = [
        (day - pd.Timedelta(days=gap)).strftime("%Y-%m-%d") if seen else ""
        for gap, seen in zip(gaps, known, strict=True)
    ]
    predictions["later"] = True
    train = tables["split"]["fold"] == "train"
    tables["split"]["date"] = "2020-06-01"
    tables["split"].loc[train & (tables["split"]["identity"] == ""), "date"] = ""


def empty() -> Artifacts:
    """Nothing to show wherever that can be."""
    tables = artifacts(unknowns=False, test=False, augmented=False, grey=False)
    evaluated = ("predictions", "label_issues", "per_class_count", "winners", "recall", "leakage_demo")
    for name in ("findings", "lr_find", "history", *evaluated):
        tables[name] = tables[name].head(0)
    for name in ("low", "high", "map_at_5", "accuracy", "balanced_accuracy"):
        tables["scorecard"][name] = float("nan")
    return tables


def inputs_of(tables: Artifacts) -> Inputs:
    """The inputs without their folders of pictures."""
    return Inputs(labelled_images=Path(), augmented_images=Path(), **tables.tables)


def set_gain(tables: Artifacts, baseline: str, low: float, high: float) -> None:
    """Give the difference to a baseline another interval."""
    rows = tables["baselines"]["baseline"] == baseline
    tables["baselines"].loc[rows, ["gain", "gain_low", "gain_high"]] = [(low + high) / 2, low, high]


def _hardly_learned(tables: Artifacts) -> None:
    tables["model"] |= HARDLY_LEARNED


def _worse_than_untrained(tables: Artifacts) -> None:
    set_gain(tables, "frozen_1nn", -0.3, -0.1)


def _baselines(tables: Artifacts) -> None:
    set_gain(tables, "all_new", -0.3, -0.1)
    set_gain(tables, "most_frequent", -0.1, 0.1)


def _all_right(tables: Artifacts) -> None:
    tables["metrics"] |= dict.fromkeys(("open_map_at_5", "open_map_at_5_low", "open_map_at_5_high"), 1.0)


def _few_identities(tables: Artifacts) -> None:
    tables["model"] |= {"classes": ["", "a", "b"], "excluded": 0}  # "" is unknown, trained as a class


def _one_photograph_each(tables: Artifacts) -> None:
    tables["split"]["class_count"] = tables["split"]["known"].astype("int64")


def _always_new(tables: Artifacts) -> None:
    tables["predictions"]["new"] = True


def _no_known_photographs(tables: Artifacts) -> None:
    tables["predictions"]["new"], tables["predictions"]["known"] = True, False


def _excluded(tables: Artifacts) -> None:
    tables["labelled"].loc[[0, 1], "error"] = "the file ends too early"
    tables["split"] = tables["split"].drop(index=[0, 1, 2]).reset_index(drop=True)
    tables["split"].loc[[0, 1, 2], ["fold", "reason"]] = ["left_out", "two names against each other"]


def _label_table(tables: Artifacts) -> None:
    critical = {**FAILED, "severity": "critical", "what": "blank ids", "count": 3}
    tables["verdict"]["findings"] = [{**FAILED, "count": 40}, critical]


def _broken_test(tables: Artifacts) -> None:
    tables["test"].loc[0, "error"] = "not an image"


def _value(table: str, key: str, value: Any) -> Callable[[Artifacts], None]:
    return lambda tables: tables[table].update({key: value})


_CHANGES: dict[str, Callable[[Artifacts], None]] = {
    "hardly_learned": _hardly_learned,
    "worse_than_untrained": _worse_than_untrained,
    "baselines": _baselines,
    "few_photographs": _value("metrics", "photographs", 99),
    "interval_without_width": _all_right,
    "few_identities": _few_identities,
    "one_photograph_each": _one_photograph_each,
    "random_weights": _value("model", "weights", "none"),
    "non_commercial": _value("model", "weights_licence", "cc-by-nc-4.0"),
    "always_new": _always_new,
    "no_known_photographs": _no_known_photographs,
    "no_threshold": _value("choice", "threshold", None),
    "no_unknown_label": _value("identifier", "threshold", None),
    "no_unknown_expected": _value("identifier", "unknown_share", 0.0),
    "excluded": _excluded,
    "label_table": _label_table,
    "broken_test_photograph": _broken_test,
}

TROUBLES = (*_CHANGES, "no_unknown_photographs", "no_test_photographs")


def warned(name: str) -> Artifacts:
    """Artifacts with one trouble, by its name in `TROUBLES`."""
    if name == "no_unknown_photographs":
        return artifacts(unknowns=False)
    if name == "no_test_photographs":
        return artifacts(test=False)
    tables = artifacts()
    _CHANGES[name](tables)
    return tables
