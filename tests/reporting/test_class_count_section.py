from __future__ import annotations

import re

from longtail.reporting.sections import class_count
from tests.reporting import comparing
from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_a_lead_is_told_with_its_size_its_interval_and_its_cost(draw: Draw) -> None:
    said = Page(draw()).sections["class_count"]
    assert (
        "Identities seen once 104 photographs leads here linear probe with logit adjustment , 0.270, "
        "+0.030 (+0.004 to +0.055) before nearest neighbour with no balancing, the next. "
        "Cost: 22 rows to learn from, no image added, its seeds 0.012 apart." in said
    )
    assert "one network" in said
    assert "wins" not in said
    assert "winner" not in said.replace("none is a winner by that", "")


def test_a_lead_within_the_noise_is_called_noise_and_few_photographs_too_few(draw: Draw) -> None:
    said = Page(draw()).sections["class_count"]
    assert (
        "Identities seen 2 to 4 times 120 photographs noise Highest is linear probe with logit adjustment, 0.390, "
        "+0.002 (−0.020 to +0.055) before nearest neighbour with no balancing, the next: within the noise" in said
    )
    assert "Identities seen 5 to 9 times 77 photographs too few" in said


def test_what_helps_against_no_balancing_is_named(draw: Draw) -> None:
    said = Page(draw()).sections["class_count"]
    assert (
        "Against no balancing under the same scorer: helped by linear probe with logit adjustment (+0.080); "
        "1 loses by more." in said
    )
    made = artifacts()
    made["per_class_count"]["gain_low"] = -0.1
    made["per_class_count"]["gain_high"] = 0.1
    assert "no approach helps by more than noise; none lose by more" in Page(draw(made)).sections["class_count"]


def test_what_an_approach_adds_and_skips_is_its_cost(draw: Draw) -> None:
    made = artifacts()
    made["winners"].loc[made["winners"]["slice"] == "1", "strategy"] = "smote"
    said = Page(draw(made)).sections["class_count"]
    assert "31 rows to learn from, 9 images added, nothing done for 4 identities that it cannot help" in said


def test_a_scorer_has_a_grid_with_a_row_an_approach_and_one_axis_a_class_count() -> None:
    panels = class_count.panels(comparing.by_class_count(), {})
    assert [panel["name"] for panel in panels] == ["nearest neighbour", "linear probe", "trained head"]
    drawn = [str(panel["svg"]) for panel in panels]
    assert [len(re.findall("<circle", one)) for one in drawn] == [8, 20, 4]
    ticks = [re.findall(r'class="tick"[^>]*>([^<]+)<', one) for one in drawn]
    assert ticks[0] == ticks[1] == ticks[2]
    rows = re.findall(r'class="row end"[^>]*>([^<]+)<', drawn[1])
    assert rows == ["no balancing", "random oversampling", "augmented oversampling", "SMOTE", "logit adjustment"]


def test_a_dot_says_whether_it_leads_and_whether_it_is_noise() -> None:
    panels = class_count.panels(comparing.by_class_count(), {"1": ("logit_adjustment", "linear_probe")})
    dots = re.findall(r'<circle class="([^"]+)"[^>]*><title>([^<]+)<', str(panels[1]["svg"]))
    told = {words: kind for kind, words in dots}
    assert told["linear probe with logit adjustment: 0.270 (0.230 to 0.310)"] == "point leads"
    assert told["linear probe with random oversampling: 0.210 (0.170 to 0.250)"] == "point noise"
    assert told["linear probe with no balancing: 0.190 (0.150 to 0.230)"] == "point"
    assert told["linear probe with random oversampling: 0.580 (0.540 to 0.620)"] == "point faint noise", (
        "under 100 photographs"
    )


def test_without_a_comparison_that_is_said(draw: Draw) -> None:
    made = artifacts()
    for name in ("per_class_count", "winners"):
        made[name] = made[name].head(0)
    assert "Nothing was compared by class count" in Page(draw(made)).sections["class_count"]
