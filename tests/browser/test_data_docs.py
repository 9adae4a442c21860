"""The Data Docs site of `validate`: readable from disk, though its pages ask for styles that a network would bring."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from longtail.stages import validate
from tests.browser.chromium import Browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data Docs of three photographs of two whales, and a file without a row."""
    root = tmp_path_factory.mktemp("docs")
    paths = validate.Paths.at(root)
    paths.photographs.mkdir(parents=True)
    for name in ("one.jpg", "two.jpg", "three.jpg", "stray.jpg"):
        Image.new("L", (8, 8)).save(paths.photographs / name)
    paths.table.write_text("Image,Id\none.jpg,w_a\ntwo.jpg,w_a\nthree.jpg,w_b\n", encoding="utf-8")
    validate.run(validate.Params(), paths)
    return paths.docs


def test_the_index_leads_to_the_results_of_every_suite(browser: Browser, site: Path) -> None:
    for suite in ("labels", "files", "identities"):
        browser.open(site / "index.html")
        browser.run(f"[...document.links].find(link => link.innerText === '{suite}').click()")
        assert f"Expectation Suite: {suite}" in browser.run("document.body.innerText")


def test_a_result_says_what_was_expected_and_what_did_not_hold(browser: Browser, site: Path) -> None:
    pages = {page.relative_to(site / "validations").parts[0]: page for page in (site / "validations").rglob("*.html")}
    assert set(pages) == {"labels", "files", "identities"}
    browser.open(pages["files"])
    text = browser.run("document.body.innerText")
    assert "Failed" in text
    assert "stray.jpg" in text
    browser.open(pages["labels"])
    assert "Evaluated Expectations" in browser.run("document.body.innerText")
