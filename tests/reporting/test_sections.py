from __future__ import annotations

import re

import pandas as pd
import pytest

from longtail.reporting.page import names
from tests.reporting import cases, comparing
from tests.reporting.building import VARIANTS, artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_every_section_is_there_and_in_the_contents(page: Page) -> None:
    assert [section.attributes["id"] for section in page.root.all("section")] == list(names())
    links = [link.attributes["href"] for link in page.root.all("a")]
    assert links == ["#summary", *(f"#{name}" for name in names())]


def test_summary_has_the_score_its_interval_the_baselines_and_the_photographs(page: Page) -> None:
    summary = page.section("summary")
    assert summary.one(field="open_map_at_5").text == "0.437"
    assert summary.one(field="interval").text == "0.381 to 0.492"
    assert (summary.one(field="known").text, summary.one(field="unknown").text) == ("409", "3")
    row = summary.one("tr", row="frozen_1nn")
    assert row.attributes["data-verdict"] == "better"
    assert row.cells()[1] == "0.301"
    assert row.cells()[3:] == ["0.150", "+0.136 +0.086 to +0.186 better"]
    assert summary.values("warning") == []


def test_summary_orders_the_baselines_and_highlights_the_identifier(page: Page) -> None:
    summary = page.section("summary")
    rows = [row for row in summary.values("row", "tr") if row not in ("post", "honest")]
    assert rows == ["identifier", "frozen_1nn", "duplicates_only", "all_new", "most_frequent"]
    assert summary.one("tr", row="identifier").attributes["class"] == "chosen"


def test_summary_shows_the_score_with_and_without_leakage(draw: Draw, page: Page) -> None:
    summary = page.section("summary")
    assert summary.one("tr", row="post").cells()[1:] == ["0.976", "0.983", "410", "1,640"]
    assert summary.one("tr", row="honest").cells()[1:3] == ["0.188", "0.300"]
    assert summary.text.count("not this run's score") == 2  # on the fold and in it
    tables = artifacts()
    tables["leakage_demo"] = tables["leakage_demo"].head(0)
    assert draw(tables).section("summary").all("tr", row="post") == []


@pytest.mark.parametrize(
    ("low", "high", "photographs", "verdict", "title"),
    [
        (0.1, 0.3, 412, "better", "significantly better"),
        (-0.3, -0.1, 412, "worse", "worse than the untrained"),
        (-0.1, 0.3, 412, "no difference shown", "not significantly different from the untrained"),
        (0.1, 0.3, 99, "too few to say", "99 photographs are too few"),
        (-0.3, -0.1, 1, "worse", "worse than the untrained network; 1 photograph is too few"),
    ],
)
def test_the_title_claims_what_the_intervals_show(
    draw: Draw, low: float, high: float, photographs: int, verdict: str, title: str
) -> None:
    tables = artifacts()
    cases.set_gain(tables, "frozen_1nn", low, high)
    tables["metrics"] |= {"photographs": photographs, "unknowns": 0}
    page = draw(tables)
    [heading] = page.root.all("h1")
    assert page.root.all("title")[0].text == f"Longtail report. {heading.text}"
    assert title in heading.text
    assert ("significantly better" in heading.text) == (verdict == "better")
    summary = page.section("summary")
    assert summary.one("tr", row="frozen_1nn").attributes["data-verdict"] == verdict
    assert ("training" in summary.values("warning")) == (verdict == "worse" or verdict == "no difference shown")


def test_a_network_that_hardly_learned_is_warned_of_above_the_score(draw: Draw) -> None:
    summary = draw(cases.warned("hardly_learned")).section("summary")
    elements = list(summary.walk())
    assert elements.index(summary.one(warning="training")) < elements.index(summary.one(field="open_map_at_5"))
    assert summary.all("h1")[0].text.startswith("The network hardly learned.")


def test_data_has_the_histogram_and_a_sample_with_grey_photographs_marked(draw: Draw) -> None:
    data = draw(artifacts(), gallery_size=34).section("data")
    assert data.one("tr", row="1").cells() == ["1", "3", "33%", "3", "10%"]
    assert data.one("tr", row="5–9").cells() == ["5–9", "2", "22%", "15", "52%"]
    assert len(data.all("img")) == 34
    assert [tag.text for tag in data.all("span") if tag.attributes.get("class") == "tag"] == ["greyscale"] * 6
    assert data.one(field="grey").text == "6 photographs are greyscale"
    assert data.one(field="sizes").text == "all 700 × 450 px"


def test_checks_count_findings_by_kind_and_show_the_pairs(draw: Draw) -> None:
    checks = draw(cases.full()).section("checks")
    assert checks.one("tr", expectation="ids_trimmed").cells()[1:] == [
        "warning",
        "2",
        "row 7: photo-05.jpg w_anna",
        "Trim them.",
    ]
    assert checks.values("kind") == ["conflict", "exact_duplicate", "grey", "near_duplicate"]
    assert checks.one("tr", kind="conflict").cells()[1:4] == ["warning", "1", "2"]
    assert checks.values("album") == ["conflict", "near_duplicate", "exact_duplicate"]
    captions = [caption.text for caption in checks.one("li", finding="a0000003").all("figcaption")]
    assert captions == ["w_anna photo-04.jpg", "w_ben photo-10.jpg"]
    assert "1.40 of 255" in checks.one("li", finding="a0000002").text


def test_balancing_shows_every_variant_of_one_photograph(page: Page) -> None:
    balancing = page.section("balancing")
    assert balancing.values("variant") == ["original", *VARIANTS]
    assert len(balancing.all("img")) == 6
    assert balancing.one(field="files").text == "45 files"
    assert balancing.one(field="added").text == "90 added images"
    assert balancing.one("tr", row="red").cells()[2:] == ["9", "18"]


def test_training_has_the_rate_and_every_epoch(page: Page) -> None:
    training = page.section("training")
    assert (training.one(field="lr").text, training.one(field="lr_suggested").text) == ("0.002", "0.0048")
    assert training.one("tr", epoch="4").cells() == ["2", "unfrozen", "0.710", "2.150", "0.450", "0.539"]
    assert len([svg for svg in training.all("svg") if svg.attributes["class"] == "chart"]) == 3
    assert "used 0.002" in training.all("svg")[0].text


def test_training_lists_its_settings(draw: Draw, page: Page) -> None:
    training = page.section("training")
    assert "0.3 radians" in training.cells("head and loss")[1]
    assert training.cells("mirror images")[1].startswith("separate identities")
    assert training.cells("image size")[1] == "96 px, greyscale"
    assert training.cells("augmentation")[1] == "rotation up to 10°, random erasing in 30% of the images", (
        "zoom 1 is off"
    )
    assert training.cells("base learning rate")[1].startswith("0.002; backbone 3 times lower")
    tables = artifacts()
    tables["model"] |= {"head": "softmax", "mirror_as_identity": False}
    training = draw(tables).section("training")
    assert training.cells("head and loss")[1].startswith("softmax")
    assert training.cells("mirror images")[1] == "not used in training"


def test_the_finders_curve_ends_where_the_loss_diverges(draw: Draw) -> None:
    tables = artifacts()
    tables["lr_find"].loc[30:, "loss"] = [10.0, 50.0, 200.0, 900.0, float("nan"), float("inf"), 1e9]
    chart = draw(tables).section("training").all("svg")[0]
    ticks = [float(text.text) for text in chart.all("text") if text.attributes["class"] == "tick end"]
    assert max(ticks) < 10


def test_scores_mark_slices_with_few_photographs(page: Page) -> None:
    scores = page.section("scores")
    assert scores.one("tr", slice="1").cells()[1:3] == ["104 90 identities", "0.241 0.181 to 0.301"]
    marked = [row.attributes["data-slice"] for row in scores.all("tr") if "few photographs" in row.text]
    assert marked == ["unknown", "5-9", "10+"]


def test_few_identities_each_have_their_recall(page: Page) -> None:
    scores = page.section("scores")
    assert scores.one("tr", identity="w_dora").cells()[:4] == ["w_dora", "4", "2", "0.000"]
    assert scores.one("tr", identity="007").cells()[:4] == ["007", "5", "2", "0.500"], (
        "a label that looks like a number"
    )


def test_a_recall_of_1_is_none_of_the_lowest(draw: Draw) -> None:
    tables = artifacts()
    tables["recall"] = comparing.recall([f"w_{index:03d}" for index in range(90)]).assign(recall="1.0")
    scores = draw(tables).section("scores")
    assert scores.one(field="all").text == "90"
    assert "The lowest recalls" not in scores.text
    assert scores.values("identity") == []


def test_of_many_identities_the_lowest_recalls_are_listed(draw: Draw) -> None:
    tables = artifacts()
    tables["recall"] = comparing.recall([f"w_{index:03d}" for index in range(90)])
    scores = draw(tables).section("scores")
    assert (scores.one(field="all").text, scores.one(field="none").text) == ("30", "30")
    assert scores.values("identity") == [f"w_{index:03d}" for index in range(0, 30, 3)]


@pytest.mark.parametrize(
    ("threshold", "text"),
    [(0.61, "above identities that score under 0.61"), (2.0, "always"), (-2.0, "after all"), (None, "never")],
)
def test_the_choice_of_each_half_is_shown_with_its_threshold(draw: Draw, threshold: float | None, text: str) -> None:
    tables = artifacts()
    tables["choice"]["chosen_on_half_a"] = {
        "strategy": "random_oversampling",
        "classifier": "linear_probe",
        "threshold": threshold,
    }
    half = draw(tables).section("comparison").one("li", half="a")
    assert "linear probe with random oversampling" in half.text
    assert text in half.text


def test_the_reason_of_the_choice_has_the_names_of_the_page(draw: Draw) -> None:
    tables = artifacts()
    tables["choice"]["why"] = "trained_head under as_trained has the highest score. Next is linear_probe under none"
    comparison = draw(tables).section("comparison")
    assert "Trained head has the highest score. Next is linear probe with no balancing." in comparison.text


def test_re_ranking_is_told_where_it_was_tried(draw: Draw) -> None:
    tables = artifacts()
    assert "Re-ranking" not in draw(tables).section("comparison").text
    tables["choice"]["reranking"] = {
        "method": "local_scaling",
        "why": "local_scaling is used; compared with none: +0.011",
    }
    tables["choice"]["chosen_on_half_b"]["reranking"] = "local_scaling"
    comparison = draw(tables).section("comparison").text
    assert "Re-ranking: local scaling is used; compared with none: +0.011." in comparison
    assert comparison.count(", local scaling;") == 1


def test_which_networks_answer_is_told_where_there_was_a_choice(draw: Draw) -> None:
    tables = artifacts()
    assert "pretrained network" not in draw(tables).section("comparison").text
    why = "the pretrained network alone, with linear_probe under none: +0.100"
    tables["choice"]["network_choice"] = {"used": "pretrained", "backbone": "a_net", "why": why}
    tables["choice"]["chosen_on_half_a"]["network_choice"] = "trained"
    tables["choice"]["chosen_on_half_b"]["network_choice"] = "both"
    section = draw(tables).section("comparison")
    words = "Used: the pretrained network alone, with linear probe with no balancing: +0.100."
    assert words in section.one("p", field="networks").text
    assert ", by the trained network; " in section.one("li", half="a").text
    assert ", by the trained and the pretrained network; " in section.one("li", half="b").text


def test_of_many_strategies_the_best_are_open_and_the_chosen_with_them(draw: Draw) -> None:
    tables = artifacts()
    table = tables["leaderboard"]
    others = [table.assign(strategy=table["strategy"] + f"_{copy}", chosen=False) for copy in range(2)]
    tables["leaderboard"] = pd.concat([*others, table.assign(open_map_at_5=0.01)])
    comparison = draw(tables).section("comparison")
    assert comparison.all("summary")[0].text == "18 more rows"
    visible, folded = (table.values("row", "tr") for table in comparison.all("table")[:2])
    assert (len(visible), len(folded)) == (6, 18)
    assert "nearest_neighbour none" in visible


def test_several_seeds_are_averaged(draw: Draw) -> None:
    tables = artifacts()
    again = tables["leaderboard"].assign(seed=1, open_map_at_5=tables["leaderboard"]["open_map_at_5"] + 0.02)
    tables["leaderboard"] = pd.concat([tables["leaderboard"], again])
    row = draw(tables).section("comparison").one("tr", row="linear_probe augmented_oversampling")
    assert "2 seeds, range 0.020" in row.text
    assert row.cells()[1].startswith("0.412")


def test_examples_put_match_and_correct_identity_beside_the_query(draw: Draw) -> None:
    tables = artifacts()
    wrong = tables["predictions"][tables["predictions"]["ap"] == 0]
    assert len(wrong) == 3
    examples = draw(tables).section("examples")
    assert [examples.one(field=name).text for name in ("first", "among_five", "missing")] == ["3", "6", "3"]
    first = wrong.sort_values("score", ascending=False).iloc[0]
    card = examples.one("li", photo=first["image"])
    assert card.values("match") == [first["nearest"]]
    assert len(card.values("truth")) == 1
    assert "surer than 93% of the right answers" in card.text, "the detail of the confident mistake"


def test_the_marks_that_match_are_numbered_on_query_and_best_match(draw: Draw) -> None:
    tables = artifacts()
    cases.add_marks(tables)
    image = tables["marks"]["image"].iloc[0]
    section = draw(tables).section("examples")
    card = section.one("li", photo=image)
    assert (
        "; 4 marks match, 2 of them with other candidates too (dashed and paler, because they count less)" in card.text
    )
    query, match = (figure.all("circle") for figure in card.all("figure")[:2])
    assert len(query) == len(match) == 2
    assert len(section.all("circle")) == 4, "no other pair shares marks"
    paler = [mark.attributes.get("opacity") for mark in card.all("g")]
    assert paler == [None, "0.5", None, "0.5"], "on both pictures the second, which counts less"
    assert "shares most marks" not in section.text, "marks that are drawn only do not choose the best match"
    tables["choice"]["chosen_on_half_a"] |= {"local_matching": True}
    assert "shares most marks with the query" in draw(tables).section("examples").text
    assert [picture.attributes["alt"].partition(", ")[2] for picture in card.all("img")[:2]] == [
        "2 marks numbered that match",
        "the same marks numbered",
    ]


def test_without_keypoints_no_marks_are_drawn(page: Page) -> None:
    assert page.section("examples").all("circle") == []
    assert "marks match" not in page.section("examples").text


def test_the_choice_of_a_half_names_every_step(draw: Draw) -> None:
    tables = artifacts()
    steps = {"reranking": "local_scaling", "local_matching": True, "ranking": "probability"}
    tables["choice"]["chosen_on_half_a"] |= steps
    section = draw(tables).section("comparison")
    assert ", local scaling, marks that match; ranked by probability" in section.one("li", half="a").text
    assert "marks that match" not in section.one("li", half="b").text


def test_the_correct_identity_is_shown_from_the_side_of_the_query(draw: Draw) -> None:
    tables = artifacts()
    split, wrong = tables["split"], tables["predictions"][tables["predictions"]["ap"] == 0]
    query = wrong.sort_values("score", ascending=False).iloc[0]
    own = split.loc[(split["fold"] == "train") & (split["identity"] == query["identity"]), "image"]
    last = own.max()
    assert own.min() != last
    left = tables["labelled"]["image"].isin([query["image"], last])
    tables["labelled"]["side"] = left.map({True: "left", False: "right"})
    card = draw(tables).section("examples").one("li", photo=query["image"])
    assert card.values("truth") == [last]


def test_a_prediction_of_fewer_than_five_has_no_empty_ranks(draw: Draw) -> None:
    tables = artifacts()
    tables["predictions"][["third", "fourth", "fifth"]] = None
    tables["predictions"]["nearest"] = None
    examples = draw(tables).section("examples")
    assert "nan" not in examples.text.lower()
    assert examples.values("match") == []
    assert {len(ranks.all("li")) for ranks in examples.all("ol")} == {2}


def test_submission_counts_its_first_candidates(draw: Draw, page: Page) -> None:
    submission = page.section("submission")
    assert [submission.one(field=name).text for name in ("new_first", "duplicates")] == ["1", "1"]
    tables = artifacts()
    tables["candidates"].loc[1, "identity"] = ""  # the same picture as a photograph that is labelled unknown
    submission = draw(tables).section("submission")
    assert submission.one(field="new_first").text == "2"
    assert submission.one(field="most_frequent").text == "w_anna (1)"


def test_provenance_has_parameters_versions_and_hashes(page: Page) -> None:
    provenance = page.section("provenance")
    assert provenance.cells("backbone") == ["backbone", "efficientnet_lite0"]
    assert "evaluate : defaults" in provenance.text
    assert "elsewhere" not in provenance.text, "publish: changes nothing on the page"
    assert provenance.cells("pillow")
    assert re.fullmatch("[0-9a-f]{32}", provenance.cells("artifacts/predict/submission.csv")[1])
