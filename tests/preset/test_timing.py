"""The minutes of a run, as a person reads them."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pandas as pd
import pytest

from longtail.params import ComputeParams
from longtail.preset import shares
from longtail.preset.survey import Facts
from longtail.preset.timing import Minutes, Speed, estimate
from longtail.splitting.assignment import Shares, assign
from longtail.stages import oversample, split, train


@pytest.mark.parametrize(
    ("minutes", "line"),
    [
        (Minutes(0.3, 3.5, 0.6, 0.8), "about 5 minutes on this machine (train 3, embed 1, prepare 0, other 1)"),
        (Minutes(0.4, 4.4, 1.4, 0.6), "about 7 minutes on this machine (train 5, embed 1, prepare 0, other 1)"),
        (Minutes(0.0, 0.1, 0.0, 0.2), "about 1 minute on this machine (train 0, embed 0, prepare 0, other 1)"),
        (Minutes(2.0, 60.0, 20.0, 8.0), "about 90 minutes on this machine (train 60, embed 20, prepare 2, other 8)"),
        (Minutes(0.5, 0.5, 0.5, 0.5), "about 2 minutes on this machine (train 1, embed 1, prepare 0, other 0)"),
    ],
)
def test_the_parts_sum_to_the_whole(minutes: Minutes, line: str) -> None:
    assert str(minutes) == line
    total, *parts = map(int, re.findall("[0-9]+", str(minutes)))
    assert sum(parts) == total


def sections(**params: object) -> dict[str, Any]:
    shown = {"split": split.Params(discover_share=0.15), "oversample": oversample.Params(), "train": train.Params()}
    return shown | params


def test_a_second_network_takes_its_time() -> None:
    """An epoch of the second one shows every photograph of a known individual."""
    facts = Facts(600, 100, 0, 100, 50, 300, 0.0, 2, "cpu", class_counts={5: 100})
    speed = Speed(0.01, 0.02, 0.005)
    one, both = (
        estimate(facts, sections(train=train.Params(fold=fold)), ComputeParams(), speed) for fold in ("train", "all")
    )
    assert both.train > one.train * (1 + 500 / 340) * 0.95
    assert both.embed > 1.5 * one.embed
    assert (both.prepare, both.other) == (one.prepare, one.other)


def test_networks_side_by_side_take_as_many_times() -> None:
    facts = Facts(600, 100, 0, 100, 50, 300, 0.0, 2, "cpu", class_counts={5: 100})
    speed = Speed(0.01, 0.02, 0.005)
    one, three = (
        estimate(facts, sections(train=train.Params(networks=count)), ComputeParams(), speed) for count in (1, 3)
    )
    assert three.train == pytest.approx(3 * one.train)
    assert 2 * one.embed < three.embed < 3 * one.embed  # the untrained network embeds once
    assert (three.prepare, three.other) == (one.prepare, one.other)


def test_the_pretrained_network_beside_is_embedded_and_not_trained() -> None:
    facts = Facts(600, 100, 0, 100, 50, 300, 0.0, 2, "cpu", class_counts={5: 100})
    one, beside, two = (
        estimate(facts, sections(train=own), ComputeParams(), Speed(0.01, 0.02, 0.005))
        for own in (train.Params(), train.Params(pretrained_beside=True), train.Params(networks=2))
    )
    assert beside.train == pytest.approx(one.train + 600 * 2 * 0.005 / 60)  # the whitening
    assert (beside.embed, beside.prepare, beside.other) == (two.embed, one.prepare, one.other)


@pytest.mark.parametrize("counts", [{6: 100}, {1: 300, 2: 90, 3: 40, 7: 20, 30: 4}], ids=["few each", "long tail"])
def test_what_is_expected_is_what_split_makes(counts: dict[int, int]) -> None:
    """A set where every individual has few photographs has five filtered copies of each, a long tail fewer."""
    names = [f"w{size}_{at}" for size, individuals in counts.items() for at in range(individuals) for _ in range(size)]
    groups = pd.DataFrame({"image": [f"{at}.jpg" for at in range(len(names))], "identity": names, "conflict": False})
    groups["group"] = [hashlib.md5(image.encode()).hexdigest() for image in groups["image"]]
    made = assign(groups, 0, Shares(0.15, 0.15, 0.2, 0.15))
    found = shares.expected(counts, sections(train=train.Params(min_groups=1)))
    in_train = made[made["fold"] == "train"]
    assert found.images == pytest.approx(len(in_train), rel=0.05)
    minority = in_train.groupby("identity")["image"].transform("size") < oversample.Params().min_count
    assert found.variants == pytest.approx(5 * minority.sum(), rel=0.06)
    assert found.scored == pytest.approx((made["scored"] & made["known"]).sum(), rel=0.12)
    assert found.images_of_all == len(names)


def test_identities_of_few_groups_are_not_counted_where_they_are_not_learned() -> None:
    few = shares.expected({1: 50, 2: 50, 5: 10}, sections(train=train.Params(min_groups=2)))
    assert few.images == pytest.approx(10 * 0.85 * 4)
    assert few.images_of_all == 150


def test_of_images_that_oversample_planned_each_pass_counts() -> None:
    plain, planned = (
        shares.expected({5: 10}, sections(train=train.Params(images=images))).images
        for images in ("originals", "augmented")
    )
    assert planned == pytest.approx(plain * (1 + 5 * oversample.Params().passes))
