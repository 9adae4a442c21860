"""`longtail identify --serve` as a person meets it: photographs dropped on a page, answered beside their candidates."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.commands import known
from tests.conftest import ROOT
from tests.made_once import made_once

pytestmark = pytest.mark.slow
TEST = Path("data/raw/test")
DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], arguments[1]));
document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "known", lambda folder: known.make(folder) and None)


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "longtail", "identify", "--serve", "--no-browser"]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Open this page in a browser:\n"
        yield process.stdout.readline().strip()
        process.kill()


def until(browser: Browser, condition: str, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not browser.run(condition):
        assert time.monotonic() < ends, f"{condition}: {browser.run('document.body.innerText')}"
        time.sleep(0.02)


def choose(browser: Browser, *files: Path) -> None:
    """Choose files, and wait for their answers and pictures."""
    browser.driver.find_element("id", "files").send_keys("\n".join(str(file) for file in files))
    until(browser, "document.getElementById('status').innerText.endsWith('the last one first')")
    until(browser, "[...document.images].every(image => image.complete && image.naturalWidth)")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_an_answer_stands_beside_its_five_candidates(
    browser: Browser, axe: Callable[[], None], address: str, root: Path, width: int, dark: bool
) -> None:
    browser.visit(address, width=width, dark=dark)
    axe()
    choose(browser, root / TEST / "eve.tif", root / TEST / "recompressed.jpg")
    assert browser.complaints() == []
    names = browser.run("[...document.querySelectorAll('section h2')].map(title => title.innerText)")
    assert names == ["recompressed.jpg", "eve.tif"]
    assert browser.run("[...document.querySelectorAll('ol.answers')].map(list => list.children.length)") == [5, 5]
    assert (
        browser.run("document.querySelector('[data-field=same_picture]').innerText")
        == "Same picture as fay_0.jpg (fay)."
    )
    assert browser.run("document.querySelectorAll('section img').length") == 12
    assert browser.run("document.documentElement.scrollWidth") == width
    axe()


def test_a_file_that_is_dropped_is_answered_and_one_that_is_no_photograph_is_told(
    browser: Browser, address: str, root: Path, tmp_path: Path
) -> None:
    browser.visit(address)
    browser.driver.execute_script(DROP, "c2VlbiBhdCBzZWE=", "<b>note.txt")
    until(browser, "document.querySelector('[data-field=error]')")
    assert "not an image" in browser.run("document.querySelector('[data-field=error]').innerText")
    assert browser.run("document.querySelector('section h2').innerText") == "<b>note.txt"
    choose(browser, root / TEST / "large.jpg")
    browser.run("document.querySelector('ol.answers button').click()")
    assert browser.run("document.querySelectorAll('ol.answers :popover-open').length") == 1
    browser.press("escape")
    assert browser.run("document.querySelectorAll(':popover-open').length") == 0
