"""Who is told what, through a webhook block and a server that listens on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from prefect.blocks.notifications import CustomWebhookNotificationBlock

from flows import notify
from flows.stages import Outcome
from longtail.errors import BadInput, Problem


@pytest.fixture
def heard(prefect_server: object) -> Iterator[list[dict[str, Any]]]:
    """What a webhook was told; the block `custom-webhook/team` calls it."""
    messages: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    template = {"subject": "{{subject}}", "body": "{{body}}"}
    block = CustomWebhookNotificationBlock(
        name="team", url=f"http://127.0.0.1:{server.server_port}/", json_data=template
    )
    block.save("team", overwrite=True)
    yield messages
    server.shutdown()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("notify:\n  block: custom-webhook/team\n")
    return tmp_path


@flow(name="fails", on_failure=[notify.failed])
def fails() -> None:
    error = BadInput(Problem("the table is empty", "Fill it."))
    error.add_note("validate")
    raise error


def test_a_failure_is_told_with_its_stage_and_remedy(here: Path, heard: list[dict[str, Any]]) -> None:
    with pytest.raises(BadInput):
        fails()
    [message] = heard
    assert message["subject"].startswith("Longtail: fails failed (")
    assert message["body"] == "validate: the table is empty. Fill it."


@pytest.mark.parametrize(
    ("state", "subject"),
    [("Completed", "Longtail published (brave-whale)"), ("Refused", "Longtail refused a challenger (brave-whale)")],
)
def test_a_publication_and_a_refusal_are_told(
    here: Path, heard: list[dict[str, Any]], state: str, subject: str
) -> None:
    notify.ended(here, [Outcome("train", "Completed", 1, "x"), Outcome("publish", state, 1, "the line")], "brave-whale")
    assert heard == [{"subject": subject, "body": "the line"}]


def test_a_run_that_made_nothing_new_is_not_told(here: Path, heard: list[dict[str, Any]]) -> None:
    notify.ended(here, [Outcome("publish", "Cached", 0, "")], "brave-whale")
    (here / "params.yaml").write_text("notify:\n  block: ''\n")
    notify.send(here, "subject", "body")
    assert heard == []


def test_a_block_that_is_not_there_fails_no_run(
    here: Path, heard: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    (here / "params.yaml").write_text("notify:\n  block: custom-webhook/nobody\n")
    notify.send(here, "subject", "body")
    assert "no notification of 'subject'" in caplog.text
    assert heard == []
