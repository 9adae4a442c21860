from __future__ import annotations

import pytest

from longtail.labels.measured import Measured
from longtail.reporting.sections import label_issues
from tests.reporting import comparing
from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_a_doubted_label_is_pictured_with_the_command_that_accepts_it(draw: Draw) -> None:
    said = Page(draw()).sections["label_issues"]
    assert "3 findings that only a trained network could make" in said
    assert "w_anna photo-00.jpg w_ben photo-10.jpg Its 5 nearest all say w_ben." in said
    assert 'Proposed: relabel as w_ben , by longtail review --accept d0000001 --why "…"' in said
    assert "3 photographs of w_ben are taken for w_cleo." in said


def test_a_confident_mistake_says_on_its_card_how_sure_it_was(draw: Draw) -> None:
    assert "average precision 0; surer than 93% of the right answers" in Page(draw()).sections["examples"]


def test_a_decided_finding_is_shown_no_more(draw: Draw) -> None:
    made = artifacts()
    keep = ["photo-00.jpg", "keep", "likely_label_error d0000001", "Rae", "", "same notch"]
    made["edits"].loc[0] = keep
    said = Page(draw(made)).sections["label_issues"]
    assert "2 findings that only a trained network could make" in said
    assert "d0000001" not in said
    assert "3 photographs of w_ben are taken for w_cleo." in said


def test_a_kind_says_how_often_it_was_right_where_that_was_counted(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_issues, "measured", {"likely_label_error": Measured(36, 31, 0.713)}.get)
    said = Page(draw()).sections["label_issues"]
    assert said.count("Findings of this kind were right in 31 of 36 on drawn data, not measured on yours") == 1


def test_no_doubt_is_said(draw: Draw) -> None:
    made = artifacts()
    made["label_issues"] = made["label_issues"].head(0)
    said = Page(draw(made)).sections["label_issues"]
    assert "Nothing to doubt was found" in said
    assert "longtail review" not in said


def test_few_identities_each_have_their_recall(draw: Draw) -> None:
    said = Page(draw()).sections["scores"]
    assert "With 6 identities this says more than MAP@5" in said
    assert "w_dora 4 2 0.000" in said
    assert "007 5 2 0.500" in said, "a name that looks like a number stays a name"


def test_of_many_identities_the_least_found_are_listed(draw: Draw) -> None:
    made = artifacts()
    made["recall"] = comparing.recall([f"w_{index:03d}" for index in range(90)])
    said = Page(draw(made)).sections["scores"]
    assert "Of 90 identities with 180 photographs between them, 30 (33%) are named rightly every time" in said
    assert "w_027 28 2 0.000" in said
    assert "w_030" not in said, "ten are enough"


def test_the_leaked_and_the_honest_score_stand_side_by_side_on_the_first_screen(draw: Draw) -> None:
    said = Page(draw()).sections["summary"]
    assert "with copies on both sides, it has an accuracy of 0.976 and MAP@5 0.983" in said
    assert "scored honestly, 0.188 and 0.300" in said
    assert "a head refitted on the same embeddings" in said
    assert "99.5% show a photograph that was learned from 0.976 0.983 410 1,640" in said
    made = artifacts()
    made["leakage_demo"] = made["leakage_demo"].head(0)
    assert "with copies on both sides" not in Page(draw(made)).sections["summary"]
