"""The score by months since last seen: which row a photograph is in, and what is said of the split."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.metrics.intervals import bootstrap
from longtail.reporting.sections import last_seen
from tests.reporting import cases
from tests.reporting.building import PARAMS, artifacts
from tests.reporting.conftest import Draw


def seen(days: list[int], ap: list[float], identities: str) -> pd.DataFrame:
    """Photographs of one day, whose individuals were last seen so many days before."""
    day = pd.Timestamp("2021-06-01")
    before = [(day - pd.Timedelta(days=gap)).strftime("%Y-%m-%d") for gap in days]
    return pd.DataFrame({"date": "2021-06-01", "last_seen": before, "ap": ap, "identity": list(identities)})


def test_a_photograph_counts_in_the_row_of_its_months() -> None:
    # A month has 365.25 / 12 = 30.4375 days: 30 days are under 1 month, 31 over; 1461 days are 48 months.
    rows = last_seen._rows(seen([1, 30, 31, 92, 1460, 1461], [1, 0, 0.5, 1, 0, 1], "abcabc"))
    assert [row["photographs"] for row in rows] == [2, 1, 1, 0, 0, 1, 1]
    assert [row["map_at_5"] for row in rows] == [0.5, 0.5, 1.0, None, None, 0.0, 1.0]
    assert rows[0]["middle"] == pytest.approx(15.5 / 30.4375)
    assert rows[3]["middle"] is None


def test_the_interval_is_over_individuals() -> None:
    [row, *_] = last_seen._rows(seen([1, 2, 3, 4], [1, 1, 0, 0.5], "aabc"))
    interval = bootstrap(np.array([1, 1, 0, 0.5]), np.array(list("aabc")), seed=0)
    assert (row["low"], row["high"]) == interval
    assert row["identities"] == 3


def test_the_page_shows_the_rows_and_counts_those_that_are_in_none(draw: Draw) -> None:
    tables = cases.full()
    page = draw(tables)
    section = page.section("last_seen")
    rows = {row.attributes["data-row"]: row for row in section.all("tr") if "data-row" in row.attributes}
    assert list(rows) == [name for name, _ in last_seen._BINS]
    counted = sum(int(row.all("td")[0].text) for row in rows.values())
    assert counted == int((tables["predictions"]["last_seen"] != "").sum())
    assert "random" in section.one(field="held-out").text
    assert section.values("chart") == ["last_seen"]


def test_the_page_names_the_cutoff_of_a_split_by_time(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    by_time = PARAMS + "split: {strategy: time, cutoff: '2021-01-01'}\n"
    monkeypatch.setattr("tests.reporting.building.PARAMS", by_time)
    page = draw(cases.full())
    assert "2021-01-01" in page.section("last_seen").one(field="held-out").text
    assert page.section("summary").one(field="cutoff").text == "2021-01-01"


def test_without_dates_nothing_is_claimed(draw: Draw) -> None:
    section = draw(artifacts()).section("last_seen")
    assert section.values("state") == ["no-dates"]
    assert section.all("table") == []
