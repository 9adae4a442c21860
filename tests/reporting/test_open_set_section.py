from __future__ import annotations

import re

from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_what_the_threshold_trades_is_said_and_marked(draw: Draw) -> None:
    page = draw()
    said = Page(page).sections["open_set"]
    assert "Chosen: “new” before whatever scores under 0.6. That finds 77% of the new ones and sends 22% of" in said
    assert "chosen 0.6" in said
    assert page.count('class="point chosen" cx="') >= 2  # the chosen point of the curve, and that of the first table


def test_a_threshold_beyond_all_scores_is_put_in_words(draw: Draw) -> None:
    made = artifacts()
    made["threshold_curve"].loc[made["threshold_curve"]["chosen"], "threshold"] = 2.0
    assert "Chosen: always “new” first." in Page(draw(made)).sections["open_set"]


def test_with_nobody_known_held_out_the_trade_has_one_side_only(draw: Draw) -> None:
    made = artifacts()
    made["threshold_curve"]["known_called_new"] = float("nan")
    page = draw(made)
    said = Page(page).sections["open_set"]
    assert "That finds 77% of the new ones. Nobody known was held out to set against them" in said
    assert "<li>by chance</li>" not in page


def test_another_share_of_unknowns_is_told_with_both_scores(draw: Draw) -> None:
    said = Page(draw()).sections["open_set"]
    assert "Among the held-out photographs 23% are new; the answers are made for a share of 23%" in said
    assert "Were it 90%, the threshold of here would score 0.580 and one made for that share 0.877" in said
    made = artifacts()
    made["identifier"]["unknown_share"] = 0.4
    drawn = draw(made)
    assert "a share of 40%" in Page(drawn).sections["open_set"]
    assert re.search(r">expected</text>", drawn)


def test_the_probability_is_told_beside_what_was_so(draw: Draw) -> None:
    said = Page(draw()).sections["open_set"]
    assert "Brier score 0.121; always saying the share alone would give 0.178" in said
    assert "10% to 20% 41 15% 12%" in said
    assert "80% to 90%" not in said, "an empty bin says nothing"
    assert "Of 3 test photographs, 1 (42%) are new if the probabilities are right." in said


def test_the_threshold_is_told_before_and_after_the_refit(draw: Draw) -> None:
    said = Page(draw()).sections["open_set"]
    assert "fitted on valid, against the gallery of the train fold “new” before whatever scores under 0.61" in said
    assert (
        "after the refit, against the gallery of all labelled photographs “new” before whatever scores under 0.64"
        in said
    )


def test_without_unknowns_nothing_is_drawn_and_that_is_said(draw: Draw) -> None:
    page = draw(artifacts(unknowns=False))
    assert "no threshold was fitted, nothing is ever said to be new" in Page(page).sections["open_set"]
    assert "<li>by chance</li>" not in page
