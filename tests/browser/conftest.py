"""A real browser without a network: pages must open from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser import axe as axe_core
from tests.browser import chromium
from tests.browser.chromium import Browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for the session; skipped with the reason where there is none."""
    if None in chromium.programs():
        pytest.skip("no browser on this machine: apt-get install chromium chromium-driver")
    with chromium.start(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="session")
def axe(browser: Browser) -> Callable[[], None]:
    """A function that fails where axe-core finds a serious or critical violation on the page that `browser` shows."""
    if reason := axe_core.install():
        pytest.skip(reason)

    def check() -> None:
        violations = axe_core.violations(browser)
        assert not violations, "axe-core: " + "\n".join(violations)

    return check
