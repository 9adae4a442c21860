"""The pages of the catalogue in a browser: readable for all, on a desk and on a phone, and an answer by keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from longtail.labels.edit_log import rows_of
from longtail.publishing import receipt
from tests.browser import review_project
from tests.browser.chromium import Browser
from tests.browser.review_project import Server
from tests.reviewing import answered_run, proposed_run, scored_run
from tests.reviewing.test_runs import made

pytestmark = pytest.mark.slow
PAGES = ("/individuals", "/individual?name=ada", "/map?name=ada", "/answers", "/answer?image=t1.jpg", "/runs",
         "/proposals", "/proposal?name=new_12")  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = proposed_run.add(scored_run.add(answered_run.make(tmp_path_factory.mktemp("catalogue"))))
    (folder / "receipts").mkdir()
    for one in (made(1), made(2, 0.7, raw={"md5": "cc.dir"}), made(3, 0.3, outcome="refused")):
        receipt.write(folder / "receipts" / one.file_name, one)
    return folder


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    with review_project.serving(root) as started:
        yield started


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (390, 844, True)])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(
    browser: Browser, axe: Callable[[], None], server: Server, width: int, height: int, dark: bool
) -> None:
    browser.visit(server.link)
    for path in PAGES:
        browser.visit(server.address + path, width=width, height=height, dark=dark)
        assert browser.run("document.documentElement.scrollWidth") == width, path
        assert browser.run("document.querySelector('.you').textContent") == "Rae", path
        axe()
        assert browser.complaints() == [], path


def test_an_answer_is_given_by_the_button_and_taken_back(browser: Browser, server: Server, root: Path) -> None:
    browser.visit(server.link)
    browser.visit(server.address + "/answer?image=t1.jpg")
    browser.run("document.querySelector('.candidates button').click()")
    browser.visit(server.address + "/answer?image=t1.jpg")
    assert [row[:3] for row in rows_of(root / "answers.csv")] == [["t1.jpg", "label", "bea"]]
    assert browser.run("document.querySelectorAll('.candidates button').length") == 0
    browser.run("document.querySelector('form.search button').click()")
    browser.visit(server.address + "/answer?image=t1.jpg")
    assert [row[1] for row in rows_of(root / "answers.csv")] == ["label", "undo"]
