"""The application over a drawn run, called in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.testclient import TestClient

from longtail.params import DataParams
from longtail.reviewing.web import application
from longtail.reviewing.web.access import Access
from longtail.reviewing.web.state import Review
from tests.reviewing import drawn_run

PORT = 8123


class Served(NamedTuple):
    """The application, and a browser that has no session yet."""

    root: Path
    access: Access
    client: TestClient

    def enter(self) -> TestClient:
        """The browser, with a session."""
        assert self.client.get(self.access.link()).status_code == 200
        return self.client


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], Served]]:
    """Serves a project."""
    clients = []

    def start(root: Path) -> Served:
        access = Access(PORT)
        app = application.create(Review(root, DataParams()), access)
        client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False)
        clients.append(client)
        return Served(root, access, client)

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def served(tmp_path: Path, serve: Callable[[Path], Served]) -> Served:
    """The drawn run, served."""
    return serve(drawn_run.make(tmp_path))
