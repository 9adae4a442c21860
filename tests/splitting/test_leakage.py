"""The last look sees each way in which folds could be wrong."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from longtail.errors import StageFailed
from longtail.splitting.leakage import check

GROUPS = pd.DataFrame(
    {
        "image": ["1", "2", "3", "4", "5"],
        "identity": ["w", "w", "w", "v", "u"],
        "group": ["a", "b", "b", "c", "c"],
        "conflict": [False, False, False, True, True],
    }
)
SPLIT = pd.DataFrame(
    {
        "image": ["1", "2", "3", "4", "5"],
        "identity": ["w", "w", "w", "v", "u"],
        "group": ["a", "b", "b", "c", "c"],
        "fold": ["train", "valid", "valid", "left_out", "left_out"],
        "known": [True, True, True, False, False],
        "scored": [False, True, False, False, False],
    }
)


def test_what_is_right_passes() -> None:
    check(SPLIT, GROUPS)


def setting(column: str, row: int, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(split: pd.DataFrame) -> pd.DataFrame:
        changed = split.copy()
        changed.loc[row, column] = value
        return changed

    return change


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (setting("fold", 2, "train"), r"group in two folds, e\.g\. b"),
        (setting("fold", 2, "discover"), r"group in two folds, e\.g\. b"),
        (setting("fold", 0, "discover"), r"individual that is in another fold too, e\.g\. 1"),
        (setting("fold", 1, "discover"), r"photograph scored outside of valid, e\.g\. 2"),
        (lambda split: split.drop(index=0), r"photograph lost, added or twice, e\.g\. 1"),
        (lambda split: pd.concat([split, split.tail(1)]), r"photograph lost, added or twice, e\.g\. 5"),
        (setting("fold", 3, "train"), r"photograph with two names that is used, e\.g\. 4"),
        (setting("scored", 1, False), r"group not scored by one photograph, e\.g\. b"),
        (setting("scored", 2, True), r"group not scored by one photograph, e\.g\. b"),
        (setting("scored", 0, True), r"photograph scored outside of valid, e\.g\. 1"),
        (setting("known", 1, False), r"identity called known that is not learned, e\.g\. 2"),
        (setting("fold", 0, "test"), r"photograph in no fold, e\.g\. 1"),
    ],
)
def test_each_fault_is_told(spoil: Callable[[pd.DataFrame], pd.DataFrame], match: str) -> None:
    with pytest.raises(StageFailed, match=match):
        check(spoil(SPLIT), GROUPS)
