"""The page of `longtail identify --html` as a person meets it: opened from disk, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from longtail.cli import main
from tests.browser.chromium import Browser
from tests.commands import known

pytestmark = pytest.mark.slow
HOSTILE = "<script>document.title='owned'</script>.jpg".replace("/", "∕")  # no file name holds a slash
LONG = "a_photograph_whose_name_is_far_longer_than_any_column_would_like_" * 3 + ".png"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photographs: one named, one of a labelled picture, one with hostile names, one that cannot be opened."""
    root = known.make(tmp_path_factory.mktemp("known"))
    known.remember(root, threshold=0.99, calibration={"slope": 0.0, "intercept": -3.0, "share": 0.2})
    for name in (HOSTILE, LONG):
        with Image.open(root / "data/raw/test/eve.tif") as image:
            image.save(root / name)
    (root / "broken.jpg").write_text("no photograph")
    files = ["data/raw/test/large.jpg", "data/raw/test/recompressed.jpg", HOSTILE, LONG, "broken.jpg"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["identify", *files, "--html", "page.html"]) == 2
    return root / "page.html"


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_fetched_and_nothing_sticks_out(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [page.resolve().as_uri()]
    assert browser.run("document.title") == "Longtail: candidates for 5 photographs"
    assert browser.run("document.documentElement.scrollWidth") == width
    outside = """[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .map(e => e.tagName + '.' + e.className)"""
    assert browser.run(outside) == []


def test_each_photograph_stands_beside_its_five_candidates(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.run("document.querySelectorAll('section').length") == 5
    assert browser.run("document.querySelectorAll('.answers-table tbody tr').length") == 5
    assert browser.run("[...document.querySelectorAll('ol.answers')].map(list => list.children.length)") == [5] * 4
    assert browser.run("[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length") == 0
    assert (
        browser.run("document.querySelector('[data-field=same_picture]').innerText")
        == "Same picture as fay_0.jpg (fay)."
    )
    assert browser.run("document.querySelector('[data-field=probability_new]').innerText") == "5%"
    assert "not an image" in browser.run("document.querySelector('[data-field=error]').innerText")
    assert HOSTILE in browser.run("document.body.innerText")


def test_pictures_are_made_from_the_originals(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.run("document.querySelector('#query-1 img').naturalWidth") == 480, (
        "of 1,600; its working copy has 64"
    )
    assert browser.run("document.querySelector('.answers img').naturalWidth") == 160, "all that this original has"


def test_a_picture_is_enlarged_by_keyboard_and_closed_by_esc(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.run("document.querySelector('[popovertarget=query-1]').focus()")
    browser.press("Enter")
    assert browser.run("document.querySelector('#query-1').matches(':popover-open')")
    assert browser.run("document.querySelector('#query-1').getBoundingClientRect().width") > 1200
    browser.press("Escape")
    assert not browser.run("document.querySelector('#query-1').matches(':popover-open')")


def test_photographs_are_sorted_and_filtered(browser: Browser, page: Path) -> None:
    script = "[...document.querySelectorAll('section.query')].filter(e => !e.hidden).map(e => e.dataset.photo)"

    def choose(control: str, value: str) -> list[str]:
        field = f"document.getElementById('{control}')"
        browser.driver.execute_script(f"{field}.value = '{value}'; {field}.dispatchEvent(new Event('input'))")
        return list(browser.run(script))

    browser.open(page)
    photographs = browser.run(script)
    assert len(photographs) == 5
    assert choose("sort", "name") != photographs
    assert sorted(choose("sort", "name"), key=str.casefold) == sorted(photographs, key=str.casefold)
    assert choose("sort", "similarity")[0] == "data/raw/test/recompressed.jpg", "a known picture"
    assert choose("sort", "doubt")[-1] in ("broken.jpg", "data/raw/test/recompressed.jpg")
    assert choose("sort", "given") == photographs
    assert choose("show", "error") == ["broken.jpg"]
    assert choose("show", "copy") == ["data/raw/test/recompressed.jpg"]
    new, known = choose("show", "new"), choose("show", "known")
    assert sorted([*new, *known, "broken.jpg"]) == sorted(photographs)
    assert set(known) >= {"data/raw/test/recompressed.jpg"}
    choose("show", "all")
    browser.run("document.getElementById('name').focus()")
    browser.press("RECOMPRESSED")
    assert browser.run(script) == ["data/raw/test/recompressed.jpg"]
    assert browser.run("document.getElementById('shown').innerText") == "1 of 5 photographs"


def test_every_picture_says_what_it_shows(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.run("[...document.images].every(image => image.alt.length > 3)")
    assert browser.run("[...document.querySelectorAll('h1')].length") == 1


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_axe_finds_nothing_serious(
    browser: Browser, axe: Callable[[], None], page: Path, width: int, dark: bool
) -> None:
    browser.open(page, width=width, dark=dark)
    browser.unfold()
    axe()
