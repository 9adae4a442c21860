from __future__ import annotations

import pytest

from tests.reporting import cases
from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page

HOSTILE = '<script>alert("x")</script>'


def test_the_page_carries_everything_in_itself(page: Page) -> None:
    elements = list(page.root.walk())
    addresses = [
        element.attributes.get(name, "") for element in elements for name in ("src", "href", "srcset", "action", "data")
    ]
    assert all(not address or address.startswith(("data:", "#")) for address in addresses)
    for forbidden in ("url(", "@import", "http:", "https:"):
        assert forbidden not in page.html
    assert not {"script", "iframe", "object", "embed", "form"} & {element.tag for element in elements}
    assert not [name for element in elements for name in element.attributes if name.startswith("on")]
    [policy] = [
        meta for meta in page.root.all("meta") if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.attributes["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_every_picture_and_chart_has_a_text(page: Page) -> None:
    pictures = [element.attributes for element in page.root.all("img")]
    assert len(pictures) > 50
    assert all(attributes["alt"] and attributes["width"] and attributes["height"] for attributes in pictures)
    charts = [svg.attributes for svg in page.root.all("svg") if svg.attributes["class"] == "chart"]
    assert all(attributes["aria-label"] for attributes in charts)


@pytest.mark.parametrize("hostile", [HOSTILE, '"><img src=x onerror=alert(1)>', "a&b{{7*7}}{% raw %}", "‮evil\n\tid"])
def test_foreign_labels_and_file_names_stay_text(draw: Draw, hostile: str) -> None:
    tables = artifacts(rename={"w_anna": hostile, "w_ben": hostile + "2"})
    tables["findings"]["detail"] = hostile
    tables["model"]["weights_note"] = hostile
    tables["choice"]["why"] = hostile
    for name in ("labelled", "split", "findings", "predictions", "augmented", "plan"):
        table = tables[name]
        for column in {"image", "other", "nearest"} & set(table.columns):
            table[column] = table[column].replace("photo-00.jpg", f"{hostile}.jpg")
    page = draw(tables, gallery_size=34)
    assert page.root.all("script") == []
    assert all(picture.attributes["src"].startswith("data:") for picture in page.root.all("img"))
    assert hostile.split()[0] in page.section("data").text


def test_sections_with_nothing_to_show_are_no_failure(draw: Draw) -> None:
    page = draw(cases.empty())
    states = {section.attributes["id"]: section.values("state") for section in page.root.all("section")}
    assert {name: state for name, state in states.items() if state} == {
        "checks": ["no-findings"],
        "balancing": ["no-variants"],
        "training": ["no-finder", "no-epochs"],
        "scores": ["no-known"],
        "class_count": ["not-compared"],
        "last_seen": ["no-dates"],
        "open_set": ["no-threshold"],
        "examples": ["no-best", "no-worst"],
        "label_issues": ["no-findings"],
        "discover": ["not-measured"],
        "submission": ["no-test"],
    }
    assert page.section("summary").one(field="unknown").text == "0"
    assert " nan" not in page.root.text


def test_a_warning_is_never_folded_away(draw: Draw) -> None:
    page = draw(cases.full())
    folded = [element for details in page.root.all("details") for element in details.walk()]
    warnings = [element for element in page.root.walk() if "warnings" in element.attributes.get("class", "")]
    assert warnings
    assert page.section("checks").one("tr", expectation="ids_trimmed") not in folded
    assert not [element for element in warnings if element in folded]


def test_an_unreadable_photograph_leaves_a_gap_and_no_broken_picture(draw: Draw) -> None:
    tables = artifacts()
    tables["labelled"].loc[4, ["file", "error"]] = ["", "the file is empty"]
    page = draw(tables)
    gaps = [element for element in page.root.all("div") if element.attributes.get("class") == "gap"]
    assert gaps
    assert "photo-04.jpg: the file is empty." in page.section("summary").one(warning="unreadable_photographs").text
