"""Headless Chromium without a network, for the tests of pages and for the pictures of README."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # every name is unknown at once: no test waits
)


@dataclass(frozen=True)
class Browser:
    """Chromium, and what a test asks of it."""

    driver: Any

    def open(self, page: Path, *, width: int = 1280, height: int = 900, dark: bool = False, medium: str = "") -> None:
        """Load a page from disk, in a window of that size."""
        self._window(width, height, dark, medium)
        self.driver.get(page.resolve().as_uri())

    def visit(self, address: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a page of a server on this machine, in a window of that size."""
        self._window(width, height, dark)
        self.driver.get(address)

    def _window(self, width: int, height: int, dark: bool, medium: str = "") -> None:
        """Forget the page before, and set the window."""
        self.requests()
        self.driver.get_log("browser")
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme], "media": medium})

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression on the page."""
        return self.driver.execute_script(f"return {script}")

    def unfold(self) -> None:
        """Open every `<details>` of the page."""
        self.driver.execute_script("document.querySelectorAll('details').forEach(each => { each.open = true; })")

    def press(self, key: str) -> None:
        """Press a key, by its name among selenium's, or type a text, where the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        ActionChains(self.driver).send_keys(getattr(Keys, key.upper(), key)).perform()

    def complaints(self) -> list[str]:
        """What the console has logged since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses requested since this was last called."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [item["params"]["request"]["url"] for item in events if item["method"] == "Network.requestWillBeSent"]

    def screenshot(self) -> bytes:
        """What the window shows, as PNG."""
        return bytes(self.driver.get_screenshot_as_png())


def programs() -> tuple[str | None, str | None]:
    """Where Chromium and its driver are; None for one that is not installed."""
    return shutil.which("chromium"), shutil.which("chromedriver")


@contextmanager
def start(profile: Path) -> Iterator[Browser]:
    """Chromium until the end of the block.

    Args:
        profile: an empty folder for its settings and cache.

    Yields:
        The browser.
    """
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    chromium, driver = programs()
    options = Options()
    options.binary_location = str(chromium)
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(str(driver)))
    try:
        started.set_page_load_timeout(60)
        yield Browser(started)
    finally:
        started.quit()
