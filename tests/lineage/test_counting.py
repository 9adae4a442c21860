"""What the tables name is counted against what is versioned: count, example, place, remedy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from longtail.errors import BadInput, LongtailError
from longtail.lineage import counting, store
from longtail.lineage.checkout import Checkout
from longtail.lineage.verifying import Fault, verify
from longtail.params import DataParams
from tests.flows import rawset
from tests.lineage.making import keep_folder, project

LISTED = {f"train/{name}.jpg": name * 32 for name in "abcd"} | {f"test/{name}.jpg": name * 32 for name in "tu"}
LISTED |= {"train.csv": "1" * 32, "sample_submission.csv": "2" * 32}


def without(*names: str) -> dict[str, str]:
    return {name: md5 for name, md5 in LISTED.items() if name not in names}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    rawset.fill(tmp_path / "data/raw")
    for part, names in (("labelled", "abcd"), ("test", "tu")):
        table = pd.DataFrame({"image": [f"{name}.jpg" for name in names], "md5": [name * 32 for name in names]})
        path = tmp_path / f"artifacts/prepare/{part}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(path)
    return tmp_path


def test_a_set_that_is_versioned_whole_passes(here: Path) -> None:
    counting.check_tables(here, LISTED, DataParams())
    counting.check_prepared(here, LISTED)


def test_photographs_and_a_table_that_are_left_out_are_counted_before_anything_runs(here: Path) -> None:
    listed = without("train/b.jpg", "train/d.jpg", "test/u.jpg", "sample_submission.csv")
    with pytest.raises(BadInput) as caught:
        counting.check_tables(here, listed, DataParams())
    labelled, table, test = (str(problem) for problem in caught.value.problems)
    assert labelled == (
        "2 x photograph of 4 that train.csv names, which DVC does not version: no clone would have it, "
        "e.g. data/raw/train/b.jpg (data/raw/train.csv, row 3). Does .dvcignore name it "
        "(dvc check-ignore --details data/raw/train/b.jpg)? Take that line out and run again."
    )
    assert "table that DVC does not version, e.g. data/raw/sample_submission.csv" in table
    assert "photograph of 2 that sample_submission.csv names" in test
    assert "data/raw/sample_submission.csv, row 3" in test


def test_what_is_not_in_the_folder_either_is_left_to_the_stage_that_says_it_better(here: Path) -> None:
    (here / "data/raw/train/b.jpg").unlink()
    counting.check_tables(here, without("train/b.jpg"), DataParams())


def test_columns_are_called_as_the_parameters_say(here: Path) -> None:
    table = here / "data/raw/train.csv"
    table.write_text(
        table.read_text().replace("Image,Id", "file,whale,day").replace("\n", ",1\n").replace("day,1", "day")
    )
    submission = here / "data/raw/sample_submission.csv"
    submission.write_text(submission.read_text().replace("Image,Id", "file,whale"))
    data = DataParams(image_column="file", identity_column="whale", group_column="day")
    with pytest.raises(BadInput, match=r"photograph of 4 .*train/c\.jpg"):
        counting.check_tables(here, without("train/c.jpg"), data)


def test_what_the_run_used_is_counted_before_it_is_published(here: Path) -> None:
    listed = without("train/a.jpg") | {"test/t.jpg": "0" * 32}
    with pytest.raises(LongtailError) as caught:
        counting.check_prepared(here, listed)
    missing, other = (str(problem) for problem in caught.value.problems)
    assert "photograph of 4 that the run used, which is not versioned" in missing
    assert "e.g. data/raw/train/a.jpg (artifacts/prepare/labelled.parquet against data/raw.dvc)" in missing
    assert "photograph of 2 that changed since the raw set was versioned, e.g. data/raw/test/t.jpg" in other
    assert "Run it again" in other
    assert caught.value.exit_code == 1


def test_a_receipt_whose_raw_set_lacks_a_photograph_does_not_verify(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    raw = dict(store.Store.of(tmp_path).listing(receipt.raw["md5"]) or {})
    receipt.raw["md5"] = keep_folder(tmp_path, {name: name.encode() for name in raw if name != "train/a.jpg"})
    assert Fault("data/raw/train/a.jpg", "not versioned") in verify(Checkout(tmp_path), receipt).faults
