"""Photographs that say in EXIF when they were taken: by time, from `prepare` to the report."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ExifTags, Image

from tests.any_data.chain import Ran, run_all
from tests.any_data.drawn import Drawn, Save

pytestmark = pytest.mark.slow

DAYS = ("2019-05-01", "2019-05-01", "2020-03-01", "2020-06-01", "2020-06-01", "2021-08-01")
"""Of the photographs of each identity, in the order in which they were taken."""
CUTOFF = "2020-06-01"


def taken_on(day: str) -> Save:
    """Saves a JPEG as a camera does on that day."""

    def save(picture: Image.Image, target: Path) -> None:
        exif = Image.Exif()
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{day.replace('-', ':')} 09:30:00"
        picture.save(target, format="JPEG", quality=90, exif=exif)

    return save


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Six identities, six photographs each on four days, and six unknown ones."""
    saves = [(".jpg", taken_on(day)) for day in DAYS]
    drawn = Drawn({f"w{number}": 6 for number in range(6)}, unknown=6, test=["w0", ""], saves=saves)
    by_time = {"strategy": "time", "cutoff": CUTOFF}
    evaluated = {"classifiers": ["nearest_neighbour"], "strategies": ["none"], "seeds": 1, "resamples": 100}
    return run_all(tmp_path_factory.mktemp("dated"), drawn, split=by_time, evaluate=evaluated)


def test_what_was_taken_from_the_cutoff_on_is_scored_a_day_once(dated: Ran) -> None:
    assert "42 by EXIF's capture time, 2019-05-01 to 2021-08-01, 0 undated" in dated.said["prepare@labelled"].line
    assert "; 24 on one day with others of their identity: one group" in dated.said["audit"].line
    split = dated.table("split/split.parquet")
    assert ((split["fold"] == "valid") == (split["date"] >= CUTOFF)).all()
    named = split[split["identity"] != ""]
    assert named.groupby(["identity", "date"])["group"].nunique().max() == 1
    assert named[named["scored"]].groupby("identity")["date"].apply(list).tolist() == [[CUTOFF, "2021-08-01"]] * 6
    assert set(split.loc[split["scored"] & ~split["known"], "identity"]) == {""}


def test_the_predictions_know_when_the_individual_was_last_seen(dated: Ran) -> None:
    predictions = dated.table("evaluate/predictions.parquet")
    known = predictions[predictions["known"]]
    assert set(known["last_seen"]) == {"2020-03-01"}
    assert (predictions.loc[~predictions["known"], "last_seen"] == "").all()
    assert predictions["later"].all()


def test_the_report_says_that_it_is_a_score_by_time(dated: Ran) -> None:
    assert f"taken on {CUTOFF} or later" in dated.page()
    assert "Months since last seen" in dated.page()
    assert f"taken on {CUTOFF} or later" in dated.card()
