from __future__ import annotations

import re

import pandas as pd
import pytest

from longtail.reporting.page import names
from tests.reporting.building import VARIANTS, artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_every_section_is_there_and_in_the_contents(draw: Draw) -> None:
    page = Page(draw())
    assert [attrs["id"] for tag, attrs in page.tags if tag == "section"] == list(names())
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert links == ["#summary", *(f"#{name}" for name in names())]
    assert not page.open


def test_first_screen_says_the_score_its_interval_the_baselines_and_on_what(draw: Draw) -> None:
    said = Page(draw()).sections["summary"]
    assert "Open MAP@5 0.437, clearly above every trivial baseline" in said
    assert "95% interval 0.381 to 0.492" in said
    assert (
        "Scored on 412 photographs it had never seen: 409 of 150 known identities, 3 of somebody it had never learned."
        in said
    )
    assert (
        "frozen 1-NN nearest neighbour on the backbone as it was before training 0.301 0.150 +0.136 "
        "+0.086 to +0.186 better" in said
    )
    assert "34 labelled photographs of 9 identities (3 seen once)" in said
    assert "Before you believe" not in said


def test_first_screen_says_when_a_baseline_is_not_beaten(draw: Draw) -> None:
    made = artifacts()
    made["baselines"]["gain_low"] = [-0.01, 0.1, 0.1, 0.1]
    made["model"]["weights"] = "none"
    said = Page(draw(made)).sections["summary"]
    assert "Open MAP@5 0.437: no difference shown to all new" in said
    assert "Before you believe the score" in said
    assert "random weights" in said


@pytest.mark.parametrize(
    ("low", "high", "photographs", "title", "verdict"),
    [
        (0.1, 0.3, 412, "Open MAP@5 0.437, clearly above every trivial baseline", "better"),
        (-0.3, -0.1, 412, "Open MAP@5 0.437: worse than the untrained network", "worse"),
        (-0.1, 0.3, 412, "Open MAP@5 0.437: no difference shown to the untrained network", "no difference shown"),
        (0.1, 0.3, 99, "Open MAP@5 0.437: 99 photographs are too few to say more", "too few to say"),
        (
            -0.3,
            -0.1,
            1,
            "Open MAP@5 0.437: worse than the untrained network; 1 photograph is too few to say more",
            "worse",
        ),
    ],
)
def test_the_title_claims_what_the_intervals_show(
    draw: Draw, low: float, high: float, photographs: int, title: str, verdict: str
) -> None:
    made = artifacts()
    rows = made["baselines"]["baseline"] == "frozen_1nn"
    made["baselines"].loc[rows, ["gain", "gain_low", "gain_high"]] = [(low + high) / 2, low, high]
    made["metrics"] |= {"photographs": photographs, "unknowns": 0}
    html = draw(made)
    assert f"<title>Longtail report. {title}</title>" in html
    assert f"<h1>{title}</h1>" in html
    assert f"<small>{verdict}</small>" in html
    said = Page(html).sections["summary"]
    assert ("Worse than the untrained network: −0.200" in said) == (verdict == "worse")
    assert ("clearly above" in said) == (verdict == "better")


def test_a_network_that_hardly_learned_stands_above_the_score(draw: Draw) -> None:
    made = artifacts()
    made["model"] |= {"hardly_learned": True, "train_right": 5, "train_images": 500}
    made["model"] |= {"train_accuracy": 0.01, "train_chance": 0.008}
    html = draw(made)
    assert html.index("The network hardly learned") < html.index("0.437")
    said = Page(html).sections["summary"]
    assert said.index("named 5 of 500 training images rightly (1.0%)") < said.index("95% interval")
    made["model"]["hardly_learned"] = False
    assert "hardly" not in Page(draw(made)).sections["summary"]


def test_data_shows_the_histogram_and_a_wall_with_grey_ones_marked(draw: Draw) -> None:
    page = draw(gallery_size=34)
    said = Page(page).sections["data"]
    assert "3 identities are seen once (33%)" in said
    assert "5–9 2 22% 15 52%" in said
    assert page.count('<span class="tag">grey</span>') == 6
    assert "6 photographs are grey (18%). Modes: L 6, RGB 28. Sizes: all 700 × 450 px." in said


def test_checks_count_findings_by_kind_and_picture_the_pairs(draw: Draw) -> None:
    made = artifacts()
    finding = {"expectation": "ids_trimmed", "severity": "warning", "what": "ids with spaces", "count": 2}
    finding |= {"examples": [{"row": 7, "image": "photo-05.jpg", "value": " w_anna"}], "remedy": "Trim them."}
    made["verdict"]["findings"] = [finding]
    said = Page(draw(made)).sections["checks"]
    assert "ids with spaces ids_trimmed warning 2 row 7: photo-05.jpg w_anna Trim them." in said
    assert "two names for one picture conflict warning 1 2" in said
    assert "Pairs: two names for one picture" in said
    assert "w_anna photo-04.jpg w_ben photo-10.jpg" in said
    assert "alike to the pixels. Mean grey difference 1.40 of 255." in said


def test_balancing_shows_every_variant_of_one_photograph(draw: Draw) -> None:
    page = draw()
    said = Page(page).sections["balancing"]
    assert "45 files of filtered variants were made from 9 photographs of 6 rare identities" in said
    assert "They stand for 90 added images" in said
    alts = re.findall(
        r'alt="(\S+) of photo-\d+\.jpg"',
        page.replace("gaussian blur", "gaussian_blur").replace("unsharp mask", "unsharp_mask"),
    )
    assert alts == ["original", *VARIANTS]
    assert "red red channel alone, as grey 9 18" in said


def test_training_shows_the_rate_and_why_and_every_epoch(draw: Draw) -> None:
    page = draw()
    said = Page(page).sections["training"]
    assert "Used: 0.002 ; the finder suggested 0.0048. Set by train.base_lr." in said
    assert "used 0.002" in said
    assert "2 unfrozen 0.710 2.150 0.450 0.539" in said
    assert len(re.findall(r'class="chart"', page.split('id="training"')[1].split("</section>")[0])) == 3


def test_training_says_how_the_network_learned(draw: Draw) -> None:
    said = Page(draw()).sections["summary"]
    assert "(those of 7 identities with fewer than 2 groups are left to what is fitted on its embeddings)" in said
    said = Page(draw()).sections["training"]
    assert "ArcFace (Deng 2019): the angle to the own identity must be smaller by 0.3 radians; scale 30" in said
    assert "mirror images identities of their own" in said
    assert "96 px, grey" in said
    assert "150 identities learned from; 7 of fewer than 2 groups left out" in said
    assert "100: 25 images in each of 2 frozen and 2 unfrozen epochs" in said
    assert "0.002; the backbone 3 times slower" in said
    assert "turned by up to 10°, part of it hidden in 30% of the images" in said, "zoom 1.0 is off and is not told"
    made = artifacts()
    made["model"] |= {"head": "softmax", "mirror_as_identity": False}
    said = Page(draw(made)).sections["training"]
    assert "softmax: a linear layer over all identities" in said
    assert "mirror images not used in training" in said


def test_the_finders_curve_ends_where_the_loss_explodes(draw: Draw) -> None:
    made = artifacts()
    made["lr_find"].loc[30:, "loss"] = [10.0, 50.0, 200.0, 900.0, float("nan"), float("inf"), 1e9]
    chart = re.findall(r'<svg class="chart".*?</svg>', draw(made))[1]
    ticks = [float(text) for text in re.findall(r'class="tick end"[^>]*>([^<]+)<', chart)]
    assert max(ticks) < 10


@pytest.mark.parametrize(
    ("threshold", "words"),
    [(2.0, "always “new” first"), (-2.0, "“new” only after every name"), (None, "never “new”")],
)
def test_a_threshold_beyond_all_scores_is_put_in_words(draw: Draw, threshold: float | None, words: str) -> None:
    made = artifacts()
    made["choice"]["chosen_on_half_a"] = {
        "strategy": "random_oversampling",
        "classifier": "linear_probe",
        "threshold": threshold,
    }
    said = Page(draw(made)).sections["comparison"]
    assert (
        f"On half a of the held-out photographs the choice was linear probe with random oversampling, {words}" in said
    )


def test_scores_name_no_winner_on_few_photographs(draw: Draw) -> None:
    said = Page(draw()).sections
    assert "1 group in the train fold 104 90 0.241 0.181 to 0.301" in said["scores"]
    assert "10 groups or more there few: says little 15 5 0.610" in said["scores"]
    assert "Identities seen 10 times or more 15 photographs too few Under 100 photographs" in said["class_count"]
    half = "On half a of the held-out photographs the choice was nearest neighbour with no balancing, "
    assert half + "“new” before whatever scores under 0.61" in said["comparison"]


def test_the_reason_of_the_choice_is_told_in_the_pages_words(draw: Draw) -> None:
    made = artifacts()
    made["choice"]["why"] = "trained_head under as_trained has the highest score. Next is linear_probe under none"
    said = Page(draw(made)).sections["comparison"]
    assert "Trained head as trained has the highest score. Next is linear probe with no balancing." in said


def test_of_many_approaches_the_best_stand_open_and_the_chosen_with_them(draw: Draw) -> None:
    made = artifacts()
    table = made["leaderboard"]
    others = [table.assign(strategy=table["strategy"] + f"_{copy}", chosen=False) for copy in range(2)]
    made["leaderboard"] = pd.concat([*others, table.assign(open_map_at_5=0.01)])
    page = draw(made)
    assert "11 more rows" in page
    assert page.index('<span class="tag">chosen</span>') < page.index("11 more rows")


def test_approaches_over_several_seeds_are_told_as_means(draw: Draw) -> None:
    made = artifacts()
    again = made["leaderboard"].assign(seed=1, open_map_at_5=made["leaderboard"]["open_map_at_5"] + 0.02)
    made["leaderboard"] = pd.concat([made["leaderboard"], again])
    said = Page(draw(made)).sections["comparison"]
    assert "means over seeds" in said
    assert "augmented oversampling, linear probe 112 rows, 90 added; 2 seeds, 0.020 apart 0.412" in said


def test_examples_put_the_matched_and_the_right_photograph_beside(draw: Draw) -> None:
    made = artifacts()
    wrong = made["predictions"][made["predictions"]["ap"] == 0]
    assert len(wrong) == 3
    said = Page(draw(made)).sections["examples"]
    assert "3 (33%) had the right answer first, 6 (67%) had it among the five, and 3 (33%) not at all" in said
    first = wrong.sort_values("score", ascending=False).iloc[0]
    assert f"asked : {first['identity']} {first['image']} matched : {first['first']} {first['nearest']}" in said
    assert "would be right" in said


def test_an_answer_of_fewer_than_five_has_no_empty_places(draw: Draw) -> None:
    made = artifacts()
    made["predictions"][["third", "fourth", "fifth"]] = None
    made["predictions"]["nearest"] = None
    page = draw(made)
    said = Page(page).sections["examples"]
    assert "nan" not in said.lower()
    assert "matched :" not in said
    lists = re.findall(r'<ol class="candidates">.*?</ol>', page, re.S)
    assert {found.count("<li") for found in lists} == {2}


def test_submission_parameters_versions_and_hashes(draw: Draw) -> None:
    said = Page(draw()).sections
    assert "“New” comes first for 1 (33%); 1 (33%) show the same picture as a labelled photograph" in said["submission"]
    assert "backbone efficientnet_lite0" in said["provenance"]
    assert "evaluate : defaults" in said["provenance"]
    assert "elsewhere" not in said["provenance"], "publish: is no part of what was made"
    assert "pillow" in said["provenance"]
    assert re.search(r"artifacts/predict/submission\.csv [0-9a-f]{32}", said["provenance"])


def test_a_test_photograph_of_an_unknown_picture_counts_as_new(draw: Draw) -> None:
    made = artifacts()
    made["candidates"].loc[1, "identity"] = ""  # a duplicate of a photograph that is labelled unknown
    said = Page(draw(made)).sections["submission"]
    assert "“New” comes first for 2 (67%)" in said
    assert "Named first most often: w_anna (1)." in said
