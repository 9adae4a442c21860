from __future__ import annotations

import pytest

from longtail.labels.measured import MeasuredPrecision
from longtail.reporting.sections import label_issues
from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page


def test_a_label_issue_has_its_photographs_and_the_command_that_accepts_it(page: Page) -> None:
    section = page.section("label_issues")
    assert section.one(field="findings").text == "3 findings"
    assert section.values("album") == ["likely_label_error", "confusion"]
    card = section.one("li", finding="d0000001")
    assert [caption.text for caption in card.all("figcaption")] == ["w_anna photo-00.jpg", "w_ben photo-10.jpg"]
    assert "relabel as w_ben" in card.text
    assert [code.text for code in card.all("code")] == ['longtail review --accept d0000001 --why "…"']
    assert section.one("li", finding="d0000002").all("code") == [], "nothing is proposed"


def test_a_decided_finding_is_not_shown(draw: Draw) -> None:
    tables = artifacts()
    tables["edits"].loc[0] = ["photo-00.jpg", "keep", "likely_label_error d0000001", "Rae", "", "same notch"]
    section = draw(tables).section("label_issues")
    assert section.one(field="findings").text == "2 findings"
    assert section.values("finding") == ["d0000002"]


def test_a_kind_has_its_measured_precision(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        label_issues, "measured_precision", {"likely_label_error": MeasuredPrecision(36, 31, 0.713)}.get
    )
    assert "31 of 36" in draw(artifacts()).section("label_issues").one(field="measured").text


def test_without_findings_no_command_is_shown(draw: Draw) -> None:
    tables = artifacts()
    tables["label_issues"] = tables["label_issues"].head(0)
    section = draw(tables).section("label_issues")
    assert section.values("state") == ["no-findings"]
    assert "longtail review" not in section.text
