"""The helper that runs axe-core: it sees what is wrong, and only that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import axe as axe_core
from tests.browser.chromium import Browser

pytestmark = pytest.mark.slow
_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Whales</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:"></head>
<body><main><h1>Whales</h1><img src="data:," {}></main></body></html>"""


def test_a_serious_violation_fails_with_rule_element_and_help(
    browser: Browser, axe: Callable[[], None], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text(_PAGE.format("id=fluke"))
    browser.open(page)
    with pytest.raises(AssertionError, match=r"image-alt .critical.: Images must have alternative text") as failure:
        axe()
    assert '<img src="data:," id="fluke">' in str(failure.value)
    assert "does not have an alt attribute" in str(failure.value)
    page.write_text(_PAGE.format('alt="a fluke"'))
    browser.open(page)
    axe()


def test_another_package_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text('#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done\necho other >"$2/axe.tgz"\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(axe_core, "FILE", tmp_path / "axe.min.js")
    with pytest.raises(SystemExit, match="brought another axe-core"):
        axe_core.install()
    npm.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    assert axe_core.install() == f"npm cannot bring axe-core {axe_core.VERSION}: no network"
    monkeypatch.setenv("PATH", "")
    assert axe_core.install().endswith("apt-get install npm")
    assert not axe_core.FILE.exists()
