"""Days are read as they are written; what could mean two days is not read."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.errors import BadInput
from longtail.labels.dates import UNDATED, dates_of_capture, day_of, days_of, describe_dates
from longtail.labels.label_csv import names_only, read_as_written, read_labels
from longtail.params import DataParams

DATA = DataParams(date_column="when")


@pytest.mark.parametrize(
    "written",
    [
        "2021-03-04",
        " 2021-03-04 ",
        "2021-3-4",
        "2021/03/04",
        "20210304",
        "2021.03.04",
        "2021:03:04",
        "2021:03:04 23:59:59",
        "2021-03-04 23:59:59.123",
        "2021-03-04T23:59:59,5",
        "2021-03-04t23:59z",
        "2021-03-04T23:59:59+13:00",
        "2021-03-04T23:59:59-0330",
        "2021-03-04 23:59 UTC",
        "20210304T235959Z",
    ],
)
def test_a_day_is_the_one_that_is_written(written: str) -> None:
    assert day_of(written) == "2021-03-04"


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2021",
        "3.4.2021",
        "03-04-21",
        "04 March 2021",
        "2021",
        "2021-03",
        "2021-02-30",
        "2021-13-01",
        "2021-03/04",
        "2021-03-04 3:15 PM",
        "2021-03-04 25:00",
        "2021-03-04 23:59 CET",
        "44259",
        "1614816000",
        "0000:00:00 00:00:00",
        "1601-01-01",
        "04032021",
        "nan",
        "unknown",
    ],
)
def test_what_could_be_another_day_or_is_none_is_not_read(written: str) -> None:
    assert day_of(written) is None


@given(st.dates(min_value=datetime.date(1826, 1, 1)))
def test_every_calendar_day_is_read_in_each_form(day: datetime.date) -> None:
    forms = [day.isoformat(), day.strftime("%Y%m%d"), f"{day.year:04}:{day.month:02}:{day.day:02} 12:00:00"]
    assert [day_of(form) for form in forms] == [day.isoformat()] * 3


@given(st.text(max_size=20))
def test_any_text_is_a_day_a_blank_or_not_read(text: str) -> None:
    day = day_of(text)
    assert day in (None, UNDATED) or datetime.date.fromisoformat(str(day)).isoformat() == day
    assert (day == UNDATED) == (not text.strip())


def test_a_clock_that_was_never_set_dates_nothing() -> None:
    taken = pd.Series(["2021:03:04 10:00:00", "0000:00:00 00:00:00", "    :  :     :  :  ", ""])
    assert list(dates_of_capture(taken)) == ["2021-03-04", "", "", ""]
    assert list(days_of(taken)) == ["2021-03-04", None, None, ""]


def test_the_source_of_the_dates_is_named() -> None:
    days = pd.Series(["2021-03-04", "", "2019-01-01"])
    text, facts = describe_dates(days, "")
    assert text == "dates of 2 by EXIF's capture time, 2019-01-01 to 2021-03-04, 1 undated"
    assert facts["undated"] == 1
    assert describe_dates(days, "when")[0].startswith("dates of 2 by column 'when', ")


def table(tmp_path: Path, *days: str) -> Path:
    path = tmp_path / "train.csv"
    rows = [f"{number}.jpg,w,{day}\n" for number, day in enumerate(days)]
    path.write_text("".join(["Image,Id,when\n", *rows]), encoding="utf-8")
    return path


def test_the_table_has_a_day_a_row_only_where_a_column_is_named(tmp_path: Path) -> None:
    path = table(tmp_path, "2021-03-04 10:00", "")
    assert list(read_labels(path, DATA)["date"]) == ["2021-03-04", ""]
    assert list(read_as_written(path, DATA)["date"]) == ["2021-03-04 10:00", ""]
    assert "date" not in read_labels(path, DataParams())
    assert "date" not in read_as_written(path, names_only(DATA))


def test_dates_that_cannot_be_read_are_counted_with_the_first_row(tmp_path: Path) -> None:
    path = table(tmp_path, "2021-03-04", "03/04/2021", "4.3.2021")
    with pytest.raises(BadInput, match=r"^2 x date .*e\.g\. '03/04/2021' of '1\.jpg' \(.*row 3\)\. Write YYYY-MM-DD"):
        read_labels(path, DATA)


def test_a_date_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no column 'When'.*Set data.date_column .* perhaps to 'when'"):
        read_labels(table(tmp_path, ""), DataParams(date_column="When"))
