"""A real browser without a network: pages must open from disk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import chromium
from tests.browser.chromium import Browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for the session; skipped with the reason where there is none."""
    if None in chromium.programs():
        pytest.skip("no browser on this machine: apt-get install chromium chromium-driver")
    with chromium.start(tmp_path_factory.mktemp("chromium")) as started:
        yield started
