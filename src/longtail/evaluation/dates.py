"""When the scored photographs were taken, against what was learned from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import pandas as pd

from longtail.labels.dates import DATE, UNDATED


def add_dates(predictions: pd.DataFrame, split: pd.DataFrame) -> pd.DataFrame:
    """`predictions` with three columns more, where the set has dates; else as it is.

    Args:
        predictions: image, identity of the scored photographs.
        split: as in split.parquet.

    Returns:
        `date`: of the photograph; `last_seen`: day of the last photograph of its individual in the train fold that was
        taken before it, UNDATED where there is none; `later`: it was taken after every dated photograph of the train
        fold.
    """
    if DATE not in split:
        return predictions
    days = predictions["image"].map(split.set_index("image")[DATE]).astype("str")
    train = split[(split["fold"] == "train") & (split[DATE] != UNDATED)]
    last_of_all = train[DATE].max() if len(train) else UNDATED
    last_seen = pd.Series(list(_last_seen(predictions["identity"], days, train)), index=days.index, dtype="str")
    return predictions.assign(date=days, last_seen=last_seen, later=(days != UNDATED) & (days > last_of_all))


def _last_seen(identities: pd.Series, days: pd.Series, train: pd.DataFrame) -> Iterator[str]:
    learned = {name: sorted(rows) for name, rows in train[train["identity"] != ""].groupby("identity")[DATE]}
    for identity, day in zip(identities, days, strict=True):
        own: list[str] = learned.get(identity, [])
        before = bisect_left(own, day)  # UNDATED comes before every day
        yield own[before - 1] if before else UNDATED
