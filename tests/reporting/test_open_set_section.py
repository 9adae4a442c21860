from __future__ import annotations

from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_what_the_threshold_trades_is_written_and_marked(page: Page) -> None:
    section = page.section("open_set")
    assert section.one(field="threshold").text.endswith("score under 0.6")
    assert (section.one(field="new_detected").text, section.one(field="known_called_new").text) == ("77%", "22%")
    assert "chosen 0.6" in section.one(chart="thresholds").text
    points = [dot for dot in section.one(chart="roc").all("circle") if dot.attributes["class"] == "point chosen"]
    assert len(points) == 1


def test_where_probabilities_rank_no_threshold_is_shown(draw: Draw) -> None:
    tables = artifacts()
    tables["choice"]["ranking"] = {"rule": "probability", "why": "compared with ranking by the threshold: +0.010"}
    tables["threshold_curve"] = tables["threshold_curve"].head(0)
    section = draw(tables).section("open_set")
    assert "+0.010" in section.one(field="why_ranked").text
    assert section.all(field="threshold") == section.all(chart="thresholds") == []
    assert (section.one(field="new_detected").text, section.one(field="known_called_new").text) == ("48%", "1%")
    assert len(section.all(chart="roc")) == 1
    assert "after refitting" not in section.text


def test_where_the_threshold_ranks_the_reason_is_shown(draw: Draw) -> None:
    tables = artifacts()
    tables["choice"]["ranking"] = {"rule": "threshold", "why": "ranking by probability scored lower: -0.030"}
    assert "-0.030" in draw(tables).section("open_set").one(field="why_ranked").text


def test_a_threshold_beyond_all_scores_is_put_in_words(draw: Draw) -> None:
    tables = artifacts()
    tables["threshold_curve"].loc[tables["threshold_curve"]["chosen"], "threshold"] = 2.0
    assert "always first" in draw(tables).section("open_set").one(field="threshold").text


def test_without_known_photographs_only_the_detection_is_shown(draw: Draw) -> None:
    tables = artifacts()
    tables["threshold_curve"]["known_called_new"] = float("nan")
    section = draw(tables).section("open_set")
    assert section.one(field="new_detected").text == "77%"
    assert section.all(field="known_called_new") == section.all(chart="roc") == []


def test_another_share_of_unknowns_has_both_scores(draw: Draw, page: Page) -> None:
    section = page.section("open_set")
    assert (section.one(field="valid_share").text, section.one(field="expected_share").text) == ("23%", "23%")
    assert "0.580" in section.text
    assert "0.877" in section.text
    tables = artifacts()
    tables["identifier"]["unknown_share"] = 0.4
    section = draw(tables).section("open_set")
    assert section.one(field="expected_share").text == "40%"
    assert "expected" in section.one(chart="shares").text


def test_probabilities_are_compared_with_the_share_that_was_new(page: Page) -> None:
    section = page.section("open_set")
    brier = section.one("tr", row="new_brier").cells()
    assert brier[1:] == [
        "Brier score", "0.121 [0.100 to 0.140]", "constant share: 0.178", "−0.057 [−0.070 to −0.040]"
    ]  # fmt: skip
    assert section.one("tr", row="first_candidate_calibration_error").cells()[3:] == ["–", "–"]
    assert section.one("tr", bin="new 2").cells() == ["12% to 18%", "27", "15%", "16%"]
    assert len(section.all(chart="reliability_new")) == len(section.all(chart="reliability_first_candidate")) == 1
    assert section.one(field="calibrated_share").text == "23%"
    assert section.one(field="expected_new").text == "1 (42%)"


def test_the_threshold_is_shown_before_and_after_refitting(page: Page) -> None:
    section = page.section("open_set")
    assert section.cells("fitted on valid")[1].endswith("0.61")
    assert section.cells("after refitting")[1].endswith("0.64")


def test_without_unknowns_nothing_is_drawn(draw: Draw) -> None:
    section = draw(artifacts(unknowns=False)).section("open_set")
    assert section.values("state") == ["no-threshold"]
    assert section.all("svg") == []
