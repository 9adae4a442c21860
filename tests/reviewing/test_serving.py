"""`longtail review --serve` as a process: a link, nothing secret beside it, and a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from longtail.cli import main
from longtail.reviewing.web import serving
from tests.conftest import ROOT
from tests.reviewing import drawn_run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(drawn_run.make(tmp_path))
    return tmp_path


@pytest.fixture
def server(project: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}
    command = [sys.executable, "-m", "longtail", "review", "--serve"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=project, env=environment, **pipes) as process:
        yield process
        process.kill()


@pytest.mark.slow
def test_a_link_is_printed_once_and_ctrl_c_ends_well(server: subprocess.Popen[str], project: Path) -> None:
    assert server.stdout is not None
    lines = [server.stdout.readline() for _ in range(4)]
    link = lines[1].strip()
    port = urlsplit(link).port
    assert lines[2] == f"From your own machine, first: ssh -L {port}:127.0.0.1:{port} USER@THIS-MACHINE\n"
    with httpx.Client(trust_env=False) as client:
        assert client.get(link).status_code == 200
        assert "Conflicts" in client.get(f"http://127.0.0.1:{port}/").text
    token = link.partition("token=")[2]
    assert len(token) > 30
    assert token not in Path(f"/proc/{server.pid}/cmdline").read_text() if Path("/proc").is_dir() else True
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=30)
    assert (server.returncode, out, err) == (0, "Stopped. What the screen has confirmed stands in edits.csv.\n", "")
    assert list((project / ".longtail").glob("review-*")) == []


def test_without_a_finished_run_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["review", "--serve", "--no-browser"]) == 2
    assert "They come with a run: make run" in capsys.readouterr().err


def test_a_port_that_is_taken_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert main(["review", "--serve", "--no-browser", "--port", port]) == 2
    stderr = capsys.readouterr().err
    assert re.search(rf"port {port} cannot be used: .*in use", stderr)
    assert main(["review", "--serve", "--port", "70000"]) == 2


def test_what_belongs_to_the_server_is_refused_without_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--port", "80"]) == 2
    assert "--port without --serve" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["review", "--serve", "--accept", "0"])


def test_the_browser_is_given_a_file_of_its_owner_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with serving._opened(tmp_path, "http://127.0.0.1:1/open?token=secret") as is_open:
        file = next((tmp_path / ".longtail").iterdir())
        assert is_open
        assert file.stat().st_mode & 0o777 == 0o600
        assert "url=http://127.0.0.1:1/open?token=secret" in file.read_text()
    assert opened == [file.as_uri()]
    assert not file.exists()


@pytest.mark.parametrize(
    ("environment", "seen"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "x"}, False),
        ({"WAYLAND_DISPLAY": "w"}, True),
    ],
)
def test_a_browser_is_opened_only_where_it_is_seen(
    environment: dict[str, str], seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "environ", environment)
    assert serving.has_screen() is seen
