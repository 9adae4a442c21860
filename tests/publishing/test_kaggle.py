"""Kaggle's own client against a server on this machine that speaks its protocol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from longtail.errors import BadParameter, LongtailError, Unreachable
from longtail.publishing import kaggle

COMPETITION, MD5 = "whale-categorization-playground", "0123456789abcdef"


@dataclass
class Kaggle:
    """What the server knows, and how it behaves."""

    submissions: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    looks: int = 0
    pending_looks: int = 0
    status: int = 200
    silent_after_sending: bool = False
    score: str = "0.51234"
    verdict: str = "COMPLETE"
    slow: float = 0.0


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kaggle]:
    state = Kaggle()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            state.uploads.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer({})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            time.sleep(state.slow)
            if state.status != 200:
                self.answer({"code": state.status, "message": "no"}, state.status)
            elif self.path.endswith("/ListSubmissions"):
                state.looks += 1
                done = state.looks > state.pending_looks
                told = {"status": state.verdict, "publicScore": state.score} if done else {"status": "PENDING"}
                self.answer({"submissions": [one | told for one in state.submissions]})
            elif self.path.endswith("/StartSubmissionUpload"):
                self.answer({"token": "token", "createUrl": f"http://{self.headers['Host']}/upload"})
            elif self.path.endswith("/CreateSubmission"):
                description = asked["submissionDescription"]
                state.submissions.append({"ref": 7, "description": description, "date": "2026-01-01T00:00:00Z"})
                if state.silent_after_sending:
                    state.silent_after_sending = False
                    self.connection.close()
                    return
                self.answer({"message": "Successfully submitted", "ref": 7})

        def answer(self, value: object, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    from kagglesdk import kaggle_env  # here: every process that collects this file would import it

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, address)
    for name, value in {"USERNAME": "ada", "KEY": "secret"}.items():
        monkeypatch.setenv(f"KAGGLE_{name}", value)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    yield state
    server.shutdown()
    server.server_close()


def submit(folder: Path, timeout_s: float = 5) -> dict[str, Any]:
    (folder / "submission.csv").write_text("Image,Id\na.jpg,w_1\n")
    kaggle.submit(folder / "submission.csv", MD5, COMPETITION, "longtail")
    return kaggle.wait_for_score(MD5, COMPETITION, timeout_s, every=0.01)


def test_it_is_sent_and_its_score_comes_back(there: Kaggle, tmp_path: Path) -> None:
    there.pending_looks = 3
    told = submit(tmp_path)
    assert (told["ref"], told["status"], told["public_score"], told["private_score"]) == (7, "COMPLETE", 0.51234, None)
    assert there.uploads == [b"Image,Id\na.jpg,w_1\n"]
    assert [one["description"] for one in there.submissions] == [f"longtail (md5 {MD5})"]


def test_the_same_bytes_are_not_sent_again(there: Kaggle, tmp_path: Path) -> None:
    first = submit(tmp_path)
    assert submit(tmp_path) == first
    assert len(there.uploads) == 1


def test_an_answer_that_never_came_is_no_second_submission(there: Kaggle, tmp_path: Path) -> None:
    there.silent_after_sending = True
    with pytest.raises(Unreachable, match=r"Kaggle did not answer .*it will not be sent twice") as caught:
        submit(tmp_path)
    assert caught.value.can_retry
    assert submit(tmp_path)["status"] == "COMPLETE"
    assert (len(there.uploads), len(there.submissions)) == (1, 1)


def test_a_score_that_takes_too_long_is_not_waited_for(there: Kaggle, tmp_path: Path) -> None:
    there.pending_looks = 10_000
    told = submit(tmp_path, timeout_s=0.05)
    assert (told["status"], told["public_score"]) == ("PENDING", None)


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, LongtailError, r"Kaggle refuses the credentials \(401\)"),
        (404, BadParameter, "Kaggle has no such competition"),
        (503, Unreachable, r"Kaggle is out of order \(503\)"),
    ],
)
def test_what_it_refuses_is_told_in_words(
    there: Kaggle, tmp_path: Path, status: int, kind: type[LongtailError], said: str
) -> None:
    there.status = status
    with pytest.raises(kind, match=said) as caught:
        submit(tmp_path)
    assert caught.value.can_retry == (kind is Unreachable)
    assert there.uploads == []


def test_a_submission_that_cannot_be_scored_is_told(there: Kaggle, tmp_path: Path) -> None:
    there.verdict = "ERROR"
    assert submit(tmp_path)["status"] == "ERROR"


def test_a_server_that_says_nothing_is_not_waited_for(
    there: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kaggle, "_SECONDS_FOR_AN_ANSWER", 0.2)
    there.slow = 5.0
    began = time.monotonic()
    with pytest.raises(Unreachable, match="Kaggle did not answer"):
        submit(tmp_path)
    assert time.monotonic() - began < 4


def test_without_credentials_it_says_which(there: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USERNAME", "KEY"):
        monkeypatch.delenv(f"KAGGLE_{name}")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(LongtailError, match=r"no credentials for Kaggle\. Set KAGGLE_USERNAME"):
        submit(tmp_path)
