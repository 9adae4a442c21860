"""The report as a person meets it: opened from disk, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from longtail.reporting.page import names
from longtail.stages import report
from tests.browser.chromium import Browser
from tests.reporting import cases
from tests.reporting.building import artifacts, write

pytestmark = pytest.mark.slow
MARKS = """[...document.querySelectorAll('svg.over')].map(svg => {
    const picture = svg.parentElement.querySelector('img'), box = picture.getBoundingClientRect();
    const scale = Math.min(box.width / picture.naturalWidth, box.height / picture.naturalHeight);
    const width = scale * picture.naturalWidth, height = scale * picture.naturalHeight;
    const left = box.left + (box.width - width) / 2, top = box.top + (box.height - height) / 2;
    return [...svg.querySelectorAll('circle')].map(circle => {
        const at = circle.getBoundingClientRect();
        return [(at.left + at.width / 2 - left) / width, (at.top + at.height / 2 - top) / height];
    });
})"""
LONG = "an_identity_whose_name_is_far_longer_than_any_column_would_like_" * 3


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a warning, hostile text and a name that breaks no line by itself."""
    root = tmp_path_factory.mktemp("report")
    tables = artifacts(rename={"w_anna": LONG, "w_ben": "<script>document.title='owned'</script>"})
    tables["metrics"]["photographs"] = 60
    cases.add_marks(tables)
    write(root, tables)
    paths = report.Paths.at(root)
    report.run(report.Params(), paths)
    return paths.page


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_fetched_and_nothing_complained_of(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [page.resolve().as_uri()]
    assert browser.run("document.title").startswith("Longtail report. Open MAP@5 0.437")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_sticks_out_of_the_window(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    assert browser.run("document.documentElement.scrollWidth") == width
    outside = """[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && !e.closest('svg')
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className)"""
    assert browser.run(outside) == []


def test_a_printed_page_cuts_nothing_off(browser: Browser, page: Path) -> None:
    browser.open(
        page, width=700, dark=True, medium="print"
    )  # A4 without its margins; ink on white, whatever the screen
    assert browser.run("document.documentElement.scrollWidth") == 700
    hidden = "[...document.querySelectorAll('.folded')].filter(e => e.getBoundingClientRect().height < 10).length"
    assert browser.run(hidden) == 0
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [390, 1280])
def test_every_section_is_seen_and_every_picture_decoded(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    browser.unfold()
    heights = browser.run(
        "Object.fromEntries([...document.querySelectorAll('section')].map(s => [s.id, s.offsetHeight]))"
    )
    assert set(heights) == set(names())
    assert min(heights.values()) > 80
    assert browser.run("document.images.length") > 50
    assert browser.run("[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length") == 0
    heights = browser.run("[...document.querySelectorAll('svg.chart')].map(s => s.getBoundingClientRect().height)")
    assert min(heights) > 50


def test_the_score_and_its_warning_stand_on_the_first_screen(browser: Browser, page: Path) -> None:
    browser.open(page)
    for selector in (".run", ".warnings", ".big", '[data-rank="5"]', '[data-class-count="10+"]'):
        assert browser.run(f"document.querySelector('{selector}').getBoundingClientRect().bottom") < 900, selector


def test_details_are_closed_and_a_link_into_them_opens_them(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.run("document.querySelectorAll('details[open]').length") == 0
    assert browser.run("document.documentElement.scrollHeight") < 14_000
    browser.driver.execute_script("document.querySelector('#provenance .folded').id = 'x'; location.hash = 'x'")
    assert browser.run("document.querySelectorAll('details[open]').length") == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_the_scores_by_class_count_fit_the_window(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    for table in ("slices", "compared"):
        box = f"document.querySelector('.{table}').closest('.scroll')"
        assert browser.run(f"{box}.scrollWidth <= {box}.clientWidth"), table


def test_a_picture_is_enlarged_by_keyboard_and_closed_by_esc(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.unfold()
    picture = "document.querySelector('#examples [popover]')"
    height = "document.documentElement.scrollHeight"
    before = browser.run(height)
    browser.run("document.querySelector('#examples .picture button').focus({preventScroll: true})")
    browser.press("Enter")
    assert browser.run(f"{picture}.matches(':popover-open')")
    assert browser.run(f"{picture}.getBoundingClientRect().width") > 1200
    assert browser.run(height) == before, "the place of the picture is kept"
    browser.press("Escape")
    assert not browser.run(f"{picture}.matches(':popover-open')")
    browser.driver.execute_script(f"{picture}.scrollIntoView({{behavior: 'instant', block: 'center'}})")
    for is_open in (True, False):  # a tap opens and closes it: a phone has no Esc
        browser.driver.find_element("css selector", "#examples [popover] button").click()
        assert browser.run(f"{picture}.matches(':popover-open')") == is_open
    assert browser.run("document.activeElement.tagName") == "BUTTON"


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(browser: Browser, page: Path, dark: bool) -> None:
    """WCAG 2.1's contrast of at least 4.5 to 1, for every kind of text on the page."""
    browser.open(page, dark=dark)
    browser.unfold()
    contrasts = browser.run(
        """(() => {
        const curve = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        const light = c => { const [r, g, b] = c.map(v => curve(v / 255));
            return .2126 * r + .7152 * g + .0722 * b; };
        const parts = c => (c.match(/[\\d.]+/g) || []).map(Number);
        const ground = e => { for (; e; e = e.parentElement) {
            const c = parts(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; }
            return [255, 255, 255]; };
        const low = {};
        for (const e of document.querySelectorAll('main *, nav *')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
            if (e.tagName === 'title') continue;  // shown by the browser itself, on its own ground
            const style = getComputedStyle(e), svg = e.closest('svg');
            const outlined = svg && style.stroke !== 'none' && style.paintOrder.startsWith('stroke');
            const a = light(parts(svg ? style.fill : style.color));
            const b = light(outlined ? parts(style.stroke) : ground(svg ? svg.parentElement : e));
            const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            if (ratio < 4.5) low[e.tagName + '.' + (e.getAttribute('class') || '')] = ratio; }
        return low; })()"""
    )
    assert contrasts == {}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_axe_finds_nothing_serious(
    browser: Browser, axe: Callable[[], None], page: Path, width: int, dark: bool
) -> None:
    browser.open(page, width=width, dark=dark)
    browser.unfold()
    axe()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_marks_lie_in_their_places_also_where_a_picture_is_enlarged(
    browser: Browser, page: Path, width: int
) -> None:
    browser.open(page, width=width)
    browser.unfold()
    (query, match), at = browser.run(MARKS), [[[0.5, 0.5], [0.1, 0.2]], [[0.25, 0.5], [0.0, 0.2]]]
    assert query == pytest.approx(np.array(at[0]), abs=0.01)
    assert match == pytest.approx(np.array(at[1]), abs=0.01)
    browser.run("document.querySelector('svg.over').scrollIntoView({block: 'center', behavior: 'instant'})")
    (page.parent / f"marks-{width}.png").write_bytes(browser.screenshot())  # to look at
    browser.run("document.querySelector('svg.over').parentElement.showPopover()")
    assert browser.run(MARKS)[0] == pytest.approx(np.array(at[0]), abs=0.01)
    (page.parent / f"enlarged-{width}.png").write_bytes(browser.screenshot())
