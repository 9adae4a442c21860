"""When a scored photograph was taken, against what was learned from."""

from __future__ import annotations

import pandas as pd

from longtail.evaluation.dates import add_dates

SPLIT = pd.DataFrame(
    [
        ("a1", "a", "train", "2020-01-01"),
        ("a2", "a", "train", "2020-03-01"),
        ("a3", "a", "train", "2020-09-01"),
        ("a4", "a", "train", ""),
        ("b1", "b", "train", "2020-05-01"),
        ("u1", "", "train", "2020-12-01"),
        ("c1", "c", "left_out", "2021-12-01"),
        ("a5", "a", "valid", "2020-04-01"),
        ("a6", "a", "valid", "2021-01-01"),
        ("b2", "b", "valid", "2020-04-01"),
        ("u2", "", "valid", "2020-12-01"),
        ("c2", "c", "valid", "2021-01-01"),
    ],
    columns=["image", "identity", "fold", "date"],
)
SCORED = SPLIT[SPLIT["fold"] == "valid"][["image", "identity"]].assign(ap=1.0)


def test_last_seen_is_the_last_learned_day_before_the_photograph() -> None:
    dated = add_dates(SCORED, SPLIT).set_index("image")
    assert dated["last_seen"].to_dict() == {"a5": "2020-03-01", "a6": "2020-09-01", "b2": "", "u2": "", "c2": ""}
    assert dated["date"]["a5"] == "2020-04-01"


def test_later_is_after_everything_that_was_learned_from() -> None:
    dated = add_dates(SCORED, SPLIT).set_index("image")
    assert dated["later"].to_dict() == {"a5": False, "a6": True, "b2": False, "u2": False, "c2": True}
    undated = SPLIT.assign(date=SPLIT["date"].where(SPLIT["image"] != "a6", ""))
    assert not add_dates(SCORED, undated).set_index("image")["later"]["a6"]
    nothing_dated = SPLIT.assign(date=SPLIT["date"].where(SPLIT["fold"] == "valid", ""))
    assert add_dates(SCORED, nothing_dated)["later"].all()


def test_without_dates_nothing_changes() -> None:
    pd.testing.assert_frame_equal(add_dates(SCORED, SPLIT.drop(columns="date")), SCORED)
