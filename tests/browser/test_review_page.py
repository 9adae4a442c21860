"""The review as a person meets it: by keys, in two browsers at once, with a server that dies, with HEIC and TIFF."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from longtail.labels.edit_log import in_force, rows_of
from longtail.reviewing import findings_table
from longtail.reviewing.queues import sort_findings
from tests.browser import chromium, review_project
from tests.browser.chromium import Browser
from tests.browser.review_project import Server
from tests.made_once import made_once

pytest.importorskip("pillow_heif").register_heif_opener()
pytestmark = pytest.mark.slow
QUEUE = "/decide/label-errors"
ACTIONS = {"s": "relabel", "d": "keep", "c": "unsure", "x": "drop"}
# Answers what is shown, over and over, and keeps what the screen has confirmed.
DECIDE_ALL = """
const pause = arguments[0];
window.confirmed = [];
const status = document.getElementById("status");
const press = () => { const button = document.querySelector("[data-key='s']"); if (button) button.click(); };
new MutationObserver(() => {
    if (status.textContent.startsWith("Saved: ")) confirmed.push(status.textContent);
    setTimeout(press, pause);
}).observe(status, {childList: true});
press();
"""


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of the project of pairs."""
    project = made_once(tmp_path_factory, "review_project", lambda root: review_project.make(root) and None)
    shutil.copytree(project, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the tests that decide nothing."""
    project = made_once(tmp_path_factory, "review_project", lambda root: review_project.make(root) and None)
    with review_project.serving(project) as started:
        yield started


@pytest.fixture
def server(project: Path) -> Iterator[Server]:
    with review_project.serving(project) as started:
        yield started


def enter(browser: Browser, server: Server, path: str = QUEUE, **window: int | bool) -> None:
    browser.visit(server.link, **window)
    browser.visit(server.address + path, **window)


def until(browser: Browser, condition: str, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not browser.run(condition):
        assert time.monotonic() < ends, f"{condition}: {browser.run('document.body.innerText')}"
        time.sleep(0.02)


def until_shown(browser: Browser, name: str) -> None:
    until(browser, f"document.querySelector('[data-finding=\"{name}\"]') && !document.querySelector('[aria-busy]')")


def press(browser: Browser, key: str) -> None:
    ActionChains(browser.driver, duration=0).send_keys(key).perform()


def finding(browser: Browser) -> str:
    return str(browser.run("(document.querySelector('.asked') || {dataset: {}}).dataset.finding || ''"))


def decide(browser: Browser, key: str) -> str:
    """Press a key and wait until the screen has confirmed it; the finding that it answered."""
    answered = finding(browser)
    press(browser, key)
    until(
        browser, f"!document.querySelector('[data-finding=\"{answered}\"]') && !document.querySelector('[aria-busy]')"
    )
    assert browser.run("document.getElementById('status').innerText").startswith("Saved: ")
    return answered


def held(project: Path) -> list[list[str]]:
    rows = rows_of(project / "edits.csv")
    return [rows[number][:4] for number in in_force(rows)]


def test_twenty_findings_by_keys_alone(browser: Browser, server: Server, project: Path) -> None:
    review_project.find_errors(project, "after the first training")
    names = [one.finding for one in sort_findings(findings_table.read(project))["label-errors"][0]]
    enter(browser, server, "/")
    for _ in range(20):  # from the address bar to the first queue's button by tab
        press(browser, Keys.TAB)
        if browser.run("document.activeElement.getAttribute('href')") == QUEUE:
            break
    press(browser, Keys.ENTER)
    until(browser, "document.querySelector('.asked')")
    keys = {decide(browser, key): key for key in "sdcxsdsdsd"}
    for taken in reversed([*keys][-2:]):
        press(browser, "u")
        until_shown(browser, taken)
        assert browser.run("document.getElementById('status').innerText").startswith("Taken back: ")
        del keys[taken]
    for key, finding_name in (("n", names[9]), ("p", names[8])):
        press(browser, key)
        until_shown(browser, finding_name)
    keys |= {decide(browser, "c"): "c" for _ in range(2)}
    finding_name = finding(browser)
    browser.driver.refresh()
    until(browser, "document.querySelector('.asked')")
    assert finding(browser) == finding_name
    while len(keys) < 20:
        keys[decide(browser, "d")] = "d"
    assert set(keys) == set(names[:20])
    assert sorted(row[1] for row in held(project)) == sorted(ACTIONS[key] for key in keys.values())
    assert [row[1] for row in rows_of(project / "edits.csv")].count("undo") == 2
    browser.visit(server.address + QUEUE)
    assert finding(browser) == names[20]

    identity = review_project.run_audit(project)
    for row in held(project):
        if row[1] == "relabel":
            assert identity[row[0]] == row[2]
        if row[1] == "drop":
            assert row[0] not in identity
    review_project.find_errors(project, "after another training")
    time.sleep(2.1)  # the server looks at its tables every two seconds
    browser.visit(server.address + "/queue/label-errors")
    listed = set(browser.run("[...document.querySelectorAll('.findings code')].map(code => code.innerText)"))
    assert not listed & {name for name, key in keys.items() if key in "dcx"}
    assert set(names[20:]) <= listed


def test_two_browsers_at_once_lose_no_decision(browser: Browser, server: Server, project: Path, tmp_path: Path) -> None:
    enter(browser, server)
    browser.visit(server.address + "/you")
    browser.driver.find_element("css selector", "form[action='/you/link'] button").click()
    until(browser, "document.querySelector('code.link')")
    link = browser.driver.find_element("css selector", "code.link").text
    with chromium.start(tmp_path / "second") as second:
        second.visit(link)
        second.visit(server.address + "/you")
        field = second.driver.find_element("id", "who")
        field.clear()
        field.send_keys("Kim", Keys.ENTER)
        until(second, "document.querySelector('a.you').innerText === 'Kim'")
        for one in (browser, second):
            one.visit(server.address + QUEUE)
        begin = [threading.Thread(target=one.driver.execute_script, args=(DECIDE_ALL, 0)) for one in (browser, second)]
        for thread in begin:
            thread.start()
        for one in (browser, second):
            until(one, "document.querySelector('.nothing')", 120)
        messages = [text for one in (browser, second) for text in one.run("window.confirmed")]
    rows = held(project)
    assert len(messages) == len(rows)
    assert len({row[0] for row in rows}) == len(rows) > 10
    assert {row[3] for row in rows} == {"Rae", "Kim"}


def test_a_server_that_is_killed_loses_nothing_that_the_screen_confirmed(
    browser: Browser, server: Server, project: Path
) -> None:
    enter(browser, server)
    browser.driver.execute_script(DECIDE_ALL, 100)
    until(browser, "confirmed.length >= 5")
    server.process.kill()
    until(browser, "document.querySelector('.status.error') || document.querySelector('.nothing')")
    assert "The server does not answer: this was not saved" in browser.run(
        "document.getElementById('status').innerText"
    )
    on_disk = [f"Saved: {row[1]} {row[0]} {row[2]}" for row in held(project)]
    assert set(browser.run("confirmed")) <= set(on_disk)
    with review_project.serving(project) as again:
        enter(browser, again)
        assert finding(browser) == review_project.find_errors(project, "x")[len(on_disk)]


def test_a_heic_and_a_tiff_are_shown_and_nothing_is_fetched_from_elsewhere(browser: Browser, reading: Server) -> None:
    enter(browser, reading)
    for name in ("a00.heic", "a01.tif"):
        until(browser, "[...document.querySelectorAll('.layer img')].every(image => image.complete)")
        assert browser.run("document.querySelector('.side.left img').alt") == name
        assert browser.run("document.querySelector('.side.left img').naturalWidth") == 160
        press(browser, "n")
        until(browser, f"document.querySelector('.side.left img').alt !== '{name}'")
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith((reading.address, "data:", "devtools:"))] == []


def test_zoom_mirror_blink_and_another_photograph(browser: Browser, reading: Server) -> None:
    enter(browser, reading, height=900)
    transforms = "[...document.querySelectorAll('.layer')].map(layer => layer.style.transform)"
    press(browser, "+")
    left, right = browser.run(transforms)
    assert left == right == "translate(0%, 0%) scale(1.5)"
    press(browser, Keys.ARROW_RIGHT)
    assert browser.run(transforms) == ["translate(-10%, 0%) scale(1.5)"] * 2
    press(browser, "0")
    press(browser, "f")
    assert browser.run(
        "[...document.querySelectorAll('.layer')].map(layer => layer.classList.contains('mirrored'))"
    ) == [
        False,
        True,
    ]
    press(browser, "b")
    visible = "[...document.querySelectorAll('.side')].map(side => getComputedStyle(side).visibility)"
    assert sorted(browser.run(visible)) == ["hidden", "visible"]
    press(browser, "b")
    press(browser, "o")
    assert browser.run("document.querySelector('.side.right img').alt") == "b00.jpg"
    press(browser, "?")
    assert browser.run("document.getElementById('help').open")


@pytest.mark.parametrize(("width", "height", "dark"), [(1440, 900, False), (390, 844, True)])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(
    browser: Browser, axe: Callable[[], None], reading: Server, width: int, height: int, dark: bool
) -> None:
    browser.visit(reading.link)
    for path in ("/", "/queue/label-errors", QUEUE, "/you", "/decide/label-errors/-", "/next-run", "/individuals"):
        browser.visit(reading.address + path, width=width, height=height, dark=dark)
        assert browser.run("document.documentElement.scrollWidth") == width, path
        axe()


def test_the_photographs_take_what_the_window_has(browser: Browser, reading: Server) -> None:
    enter(browser, reading, width=1440, height=900)
    heights = browser.run("[...document.querySelectorAll('.view')].map(view => view.getBoundingClientRect().height)")
    assert min(heights) > 380
    answers = browser.run("document.querySelector('.answers').getBoundingClientRect().bottom")
    assert answers <= 900
