"""The photographs of the 2018 challenge, imported, prepared and grouped once: what is known of them is found."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from longtail.cli import main
from longtail.labels import rawset
from longtail.labels.label_csv import read_labels
from longtail.params import DataParams
from longtail.stages import audit, prepare

pytestmark = [pytest.mark.real, pytest.mark.slow]


class Whales(NamedTuple):
    """The project's root, the words of the import, and the facts of `prepare`."""

    root: Path
    imported: str
    facts: dict[str, Any]

    @property
    def table(self) -> pd.DataFrame:
        return pd.read_parquet(prepare.Paths.at(self.root, "labelled").table)


@pytest.fixture(scope="module")
def whales(whales_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whales]:
    root, stdout = tmp_path_factory.mktemp("whales"), io.StringIO()
    with chdir(root), redirect_stdout(stdout):
        assert main(["import", str(whales_zip)]) == 0
    summary = prepare.run(prepare.Params(), prepare.Paths.at(root, "labelled"))
    yield Whales(root, stdout.getvalue(), dict(summary.facts))
    shutil.rmtree(root)  # pytest would keep three of them


def test_they_arrive_with_the_facts_of_the_challenge(whales: Whales, whales_zip: Path) -> None:
    assert "4,250 identities, 2,220 of them seen once" in whales.imported
    raw = whales.root / "data/raw"
    rawset.check(raw, DataParams())
    with zipfile.ZipFile(whales_zip) as archive:
        assert (raw / "train.csv").read_bytes() == archive.read("whales/train.csv")
    counts = Counter(read_labels(raw / "train.csv", DataParams())["label"])
    assert len(counts) == 4_251  # new_whale among them
    assert sum(count == 1 for count in counts.values()) == 2_220
    assert (counts.total(), counts[""]) == (9_850, 810)
    assert len(list((raw / "train").iterdir())) == 9_850
    assert len(list((raw / "test").iterdir())) == 15_610


def test_they_have_1469_photographs_in_mode_l(whales: Whales) -> None:
    assert whales.facts == {"photographs": 9_850, "broken": 0, "grey": 4_937, "mode_l": 1_469, "tinted": 0}
    for name in whales.table.iloc[::1_000]["file"]:
        copied = whales.root / "artifacts/prepare/labelled" / name
        assert copied.read_bytes() == (whales.root / "data/raw/train" / name).read_bytes()
    byte_equal = whales.table.groupby("md5")["label"].agg(["size", "nunique"])
    assert (byte_equal["size"] > 1).sum() == 733
    assert ((byte_equal["size"] > 1) & (byte_equal["nunique"] > 1)).sum() == 176


def test_they_group_as_the_seed_says(whales: Whales) -> None:
    paths = audit.Paths.at(whales.root)
    whales.table.head(0).to_parquet(paths.test, index=False)
    paths.edits.write_text("image,action,value,who,when,why\n", "utf-8")
    facts = audit.run(audit.Params(), paths).facts
    assert (facts["photographs"], facts["exact_groups"], facts["exact_groups_in_conflict"]) == (9_850, 733, 176)
    assert facts["pictures_left_out"] == 10  # the byte-equal ones: no pair that only the pixels join has two names
    assert facts["left_out"] == 20
    assert (facts["near_pairs"], facts["groups"]) == (117, 8_999)  # looked at, every pair: no false one among them
    assert pd.read_parquet(paths.groups)["group"].value_counts().max() == 3  # no chains
