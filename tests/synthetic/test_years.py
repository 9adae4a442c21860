"""A sample with years: days, marks that fade, scars that appear; and nothing of it in a sample without."""

from __future__ import annotations

import csv
import datetime
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from longtail.cli import main
from longtail.labels.rawset import is_drawn
from longtail.params import ComputeParams
from longtail.synthetic.fluke import draw_fluke
from longtail.synthetic.plan import Plan, plan_sample
from longtail.synthetic.rawset import draw_shot, write_sample
from longtail.synthetic.years import Life, date_of, draw_life, with_days

YEARS, SEED = 5, 3


@pytest.fixture(scope="module")
def plan() -> Plan:
    return with_days(plan_sample(20, 200, 20, SEED), YEARS, SEED)


def life(whale: int) -> Life:
    return draw_life(SEED, np.random.default_rng([SEED, 1, whale]), whale, YEARS)


def test_a_sample_without_years_has_no_days() -> None:
    plan = plan_sample(4, 10, 3, SEED)
    assert with_days(plan, 0, SEED) is plan
    assert {shot.day for shot in [*plan.labelled, *plan.test]} == {None}


def test_every_photograph_has_a_day_and_copies_are_of_one_day(plan: Plan) -> None:
    shots = [*plan.labelled, *plan.test]
    assert {0 <= (shot.day or 0) < YEARS * 365 and shot.day is not None for shot in shots} == {True}
    days: dict[tuple[int, int], set[int | None]] = {}
    for shot in shots:
        days.setdefault((shot.whale, shot.photograph), set()).add(shot.day)
    assert max(map(len, days.values())) == 1
    assert [replace(shot, day=None) for shot in plan.labelled] == plan_sample(20, 200, 20, SEED).labelled


def test_some_whales_are_photographed_more_than_once_a_day(plan: Plan) -> None:
    pictures = {(shot.whale, shot.photograph, shot.day) for shot in plan.labelled}
    a_day = Counter((whale, day) for whale, _, day in pictures)
    assert 0 < sum(count > 1 for count in a_day.values()) < len(a_day) / 2


@pytest.mark.parametrize("whale", range(3))
def test_a_whale_begins_as_it_is_in_a_sample_without_years(whale: int) -> None:
    began = draw_fluke(np.random.default_rng([SEED, 1, whale]))
    assert life(whale).at(0.0).outline.tolist() == began.outline.tolist()
    assert [stroke.tone for stroke in life(whale).at(0.0).strokes] == pytest.approx(
        [stroke.tone for stroke in began.strokes]
    )


@pytest.mark.parametrize("whale", range(3))
def test_marks_fade_towards_the_skin_and_scars_come_one_after_the_other(whale: int) -> None:
    one = life(whale)
    began = len(one.fluke.strokes)
    contrast = [[abs(s.tone - one.fluke.dark) for s in one.at(year).strokes[:began]] for year in (0, 1, 4)]
    assert all(late <= middle <= early for early, middle, late in zip(*contrast, strict=True))
    assert sum(contrast[2]) < 0.5 * sum(contrast[0])
    whens = [when for when, _, _ in one.scars]
    assert whens == sorted(whens)
    assert all(0 <= when <= YEARS for when in whens)
    for year in (0.0, 1.0, 4.0):
        lines = sum(len(strokes) for when, _, strokes in one.scars if when <= year)
        assert len(one.at(year).strokes) == began + lines
    assert len(one.at(YEARS).strokes) > began


def test_the_same_photograph_years_later_shows_another_whale_surface(plan: Plan) -> None:
    shot = replace(plan.labelled[0], day=0, look="grey")
    early, late = (np.asarray(draw_shot(replace(shot, day=day), SEED, YEARS), float) for day in (0, 4 * 365))
    assert early.shape == late.shape  # pose, sea and light are the photograph's own
    assert np.abs(early - late).mean() > 1
    assert (np.abs(early - late) < 1).mean() > 0.3


def test_the_table_has_the_dates_and_equal_seeds_give_equal_bytes(tmp_path: Path) -> None:
    plan = with_days(plan_sample(4, 12, 3, SEED), YEARS, SEED)
    for name in ("one", "other"):
        write_sample(plan, tmp_path / name / "raw", tmp_path / name / "solution.csv", SEED, ComputeParams(workers=1))
    one, other = (sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    raw = tmp_path / "one" / "raw"
    with (raw / "train.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert {row["Image"]: row["Date"] for row in rows} == {shot.name: date_of(shot.day or 0) for shot in plan.labelled}
    assert all(datetime.date.fromisoformat(row["Date"]).year in range(2015, 2020) for row in rows)
    assert json.loads((raw / ".drawn.json").read_text("utf-8"))["years"] == YEARS
    assert is_drawn(raw)
    assert (raw / "sample_submission.csv").read_text("utf-8").startswith("Image,Id\n")


def test_the_command_says_which_parameter_reads_the_dates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--identities", "4", "--images", "10", "--test", "3", "--workers", "1"]
    assert main(["sample", str(tmp_path / "raw"), *small, "--years", "2"]) == 0
    assert "in params.yaml set data.date_column: Date" in capsys.readouterr().out
    assert main(["sample", str(tmp_path / "raw"), *small, "--years", "101"]) == 2
    assert "--years 101 is out of range" in capsys.readouterr().err
