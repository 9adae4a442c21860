from __future__ import annotations

import re

from longtail.reporting.sections import class_count
from tests.reporting import comparing
from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_a_lead_has_its_size_its_interval_and_its_cost(page: Page) -> None:
    section = page.section("class_count")
    assert section.one("dt", slice="1").attributes["data-verdict"] == "leads"
    text = section.one("dd", slice="1").text
    assert "linear probe with logit adjustment , 0.270; +0.030 (+0.004 to +0.055) above the next, nearest" in text
    text = section.one("dd", cost="1").text
    assert "22 training rows, no images added, range over seeds 0.012" in text
    assert "higher with linear probe with logit adjustment (+0.080); 1 scores lower" in text


def test_slices_are_in_order_with_their_verdicts(page: Page) -> None:
    terms = [term for term in page.section("class_count").all("dt") if "data-slice" in term.attributes]
    assert {term.attributes["data-slice"]: term.attributes["data-verdict"] for term in terms} == {
        "1": "leads",
        "2-4": "noise",
        "5-9": "too_few",
        "10+": "too_few",
        "known (closed)": "leads",
        "all (open)": "leads",
    }


def test_an_equal_score_is_not_called_the_highest(draw: Draw) -> None:
    tables = artifacts()
    tables["winners"].loc[tables["winners"]["slice"] == "2-4", "lead"] = 0.0
    text = draw(tables).section("class_count").one("dd", slice="2-4").text
    assert "Highest" not in text
    assert "Equal: " in text
    assert "; as high as " in text


def test_without_a_significant_gain_none_is_named(draw: Draw) -> None:
    tables = artifacts()
    tables["per_class_count"]["gain_low"] = -0.1
    tables["per_class_count"]["gain_high"] = 0.1
    text = draw(tables).section("class_count").one("dd", cost="1").text
    assert "no strategy scores significantly higher; none score lower" in text


def test_what_a_strategy_adds_and_skips_is_its_cost(draw: Draw) -> None:
    tables = artifacts()
    tables["winners"].loc[tables["winners"]["slice"] == "1", "strategy"] = "smote"
    text = draw(tables).section("class_count").one("dd", cost="1").text
    assert "31 training rows, 9 images added, 4 identities skipped" in text


def test_a_classifier_has_a_grid_with_a_row_a_strategy_and_one_axis_a_class_count() -> None:
    panels = class_count.panels(comparing.per_class_count(), {})
    assert [panel["name"] for panel in panels] == ["nearest neighbour", "linear probe", "trained head"]
    charts = [str(panel["svg"]) for panel in panels]
    assert [len(re.findall("<circle", chart)) for chart in charts] == [8, 20, 4]
    ticks = [re.findall(r'class="tick"[^>]*>([^<]+)<', chart) for chart in charts]
    assert ticks[0] == ticks[1] == ticks[2]
    rows = re.findall(r'class="row end"[^>]*>([^<]+)<', charts[1])
    assert rows == ["no balancing", "random oversampling", "augmented oversampling", "SMOTE", "logit adjustment"]


def test_a_dot_shows_whether_it_leads_and_whether_it_is_noise() -> None:
    panels = class_count.panels(comparing.per_class_count(), {"1": ("logit_adjustment", "linear_probe")})
    dots = re.findall(r'<circle class="([^"]+)"[^>]*><title>([^<]+)<', str(panels[1]["svg"]))
    class_of = {title: css_class for css_class, title in dots}
    assert class_of["linear probe with logit adjustment: 0.270 (0.230 to 0.310)"] == "point leads"
    assert class_of["linear probe with random oversampling: 0.210 (0.170 to 0.250)"] == "point noise"
    assert class_of["linear probe with no balancing: 0.190 (0.150 to 0.230)"] == "point"
    faint = class_of["linear probe with random oversampling: 0.580 (0.540 to 0.620)"]
    assert faint == "point faint noise", "under 100 photographs"
