from __future__ import annotations

import pytest

from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw
from tests.reporting.parsing import Page

HOSTILE = '<script>alert("x")</script>'


def test_the_page_carries_everything_in_itself(draw: Draw) -> None:
    text = draw()
    page = Page(text)
    addresses = [
        attrs.get(name) or "" for _, attrs in page.tags for name in ("src", "href", "srcset", "action", "data")
    ]
    assert all(not address or address.startswith(("data:", "#")) for address in addresses)
    assert "url(" not in text
    assert "@import" not in text
    assert "http:" not in text
    assert "https:" not in text
    assert not {"script", "iframe", "object", "embed", "form"} & {tag for tag, _ in page.tags}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_every_picture_and_chart_says_what_it_shows(draw: Draw) -> None:
    page = Page(draw())
    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(pictures) > 50
    assert all(attrs["alt"] and attrs["width"] and attrs["height"] for attrs in pictures)
    charts = [attrs for tag, attrs in page.tags if tag == "svg" and attrs["class"] == "chart"]
    assert all(attrs["aria-label"] for attrs in charts)


@pytest.mark.parametrize("hostile", [HOSTILE, '"><img src=x onerror=alert(1)>', "a&b{{7*7}}{% raw %}", "‮evil\n\tid"])
def test_foreign_labels_and_file_names_stay_text(draw: Draw, hostile: str) -> None:
    made = artifacts(rename={"w_anna": hostile, "w_ben": hostile + "2"})
    made["findings"]["detail"] = hostile
    made["model"]["weights_note"] = hostile
    made["choice"]["why"] = hostile
    for name in ("labelled", "split", "findings", "predictions", "augmented", "plan"):
        table = made[name]
        for column in {"image", "other", "nearest"} & set(table.columns):
            table[column] = table[column].replace("photo-00.jpg", f"{hostile}.jpg")
    page = Page(draw(made, gallery_size=34))
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [attrs for tag, attrs in page.tags if tag == "img" and not (attrs["src"] or "").startswith("data:")]
    assert hostile.split()[0] in page.sections["data"]


def test_nothing_to_show_is_said_and_not_a_failure(draw: Draw) -> None:
    made = artifacts(unknowns=False, test=False, augmented=False, grey=False)
    made["findings"] = made["findings"].head(0)
    made["lr_find"] = made["lr_find"].head(0)
    made["history"] = made["history"].head(0)
    made["predictions"] = made["predictions"].head(0)
    for name in ("low", "high", "map_at_5", "accuracy", "balanced_accuracy"):
        made["scorecard"][name] = float("nan")
    said = Page(draw(made)).sections
    assert "No filtered variants were made" in said["balancing"]
    assert "no duplicates, no conflicting labels" in said["checks"]
    assert "The learning-rate finder was not run ( train.lr_find: false ), so there is no curve." in said["training"]
    assert "No epoch was trained" in said["training"]
    assert "None to show" in said["examples"]
    assert "There are no test photographs" in said["submission"]
    assert "no threshold was fitted" in said["summary"]
    assert "0 of somebody it had never learned" in said["summary"]
    assert "0 photographs are grey" in said["data"]


def test_a_broken_photograph_leaves_a_gap_and_not_a_broken_picture(draw: Draw) -> None:
    made = artifacts()
    made["labelled"].loc[4, ["file", "error"]] = ["", "the file is empty"]
    page = draw(made)
    assert page.count("no picture to show") >= 1
    assert "photo-04.jpg: the file is empty." in page
