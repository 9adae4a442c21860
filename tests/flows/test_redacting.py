"""Nothing secret is shown: addresses, foreign errors, logs, and what a person keeps in a configuration."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path

import httpx
import pytest

from flows import redacting
from longtail import redaction
from longtail.errors import BadInput, LongtailError, Problem, from_dict
from longtail.lineage import store
from longtail.redaction import redacted

SECRET = "s3cr3t-" + "vEry0wn"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"https://ada:{SECRET}@github.com/team/repo.git", "https://github.com/..."),
        (f"https://{SECRET}@github.com", "https://github.com"),
        (f"cannot push to 'https://ada:{SECRET}@host:8443/x': 403", "cannot push to 'https://host:8443/...': 403"),
        (f"https://hooks.example.org/services/T0/B0/{SECRET}", "https://hooks.example.org/..."),
        (f"http://127.0.0.1:4200/api?token={SECRET}", "http://127.0.0.1:4200/..."),
        (f"https://ada:{SECRET}/tail@host/x", "https://..."),  # a slash in a password
        (f"https://ada:{SECRET}?tail@host/x", "https://..."),
        (f"s3://AKIA:{SECRET}@bucket/dvc?sig={SECRET}", "s3://bucket/dvc"),
        (f"ssh://ada:{SECRET}@host:22/srv/dvc", "ssh://host:22/srv/dvc"),
        (f"postgresql+asyncpg://ada:{SECRET}@db/prefect", "postgresql+asyncpg://db/prefect"),
        (f"slack://{SECRET}/{SECRET}/{SECRET}", "slack://..."),  # of these even the host is a token
        (f"tgram://{SECRET}", "tgram://..."),
        (f"Authorization: Basic {SECRET}", "Authorization: ***"),
        (f"{{'Authorization': 'Bearer {SECRET}'}}", "{'Authorization': '***'}"),
        (f"password={SECRET}; user=ada", "password=***; user=ada"),
        (f"secret_access_key: '{SECRET}'", "secret_access_key: ***"),
        (f"AccountName=a;AccountKey={SECRET};x=1", "AccountName=a;AccountKey=***;x=1"),
    ],
)
def test_what_opens_a_door_is_left_out(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com",
        "s3://longtail/dvc",
        "ssh://host/srv/dvc",
        "git@github.com:team/repo.git",
        "/srv/dvc",
        "tcp://scheduler:8786",
        "file:///srv/report.html",
        "http://127.0.0.1:4200/runs/flow-run/0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d0a1b",
        "there are no credentials for Kaggle. Set KAGGLE_USERNAME and KAGGLE_KEY.",
        "data/raw/train.csv, row 7: 'a,b' (2 cells)",
        "found a token that cannot start any key",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redacted(text) == text


def test_a_secret_of_the_environment_is_known_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    assert redacted(f"the answer was <{SECRET}>") == "the answer was <***>"


def test_every_error_of_ours_is_clean_also_in_the_error_file() -> None:
    text = f"https://ada:{SECRET}@host/x"
    error = BadInput(Problem(text, text, where=text, example=text))
    assert SECRET not in str(error) + repr(error.problems) + str(error.to_dict())
    assert str(from_dict(error.to_dict())) == str(error)


def test_a_log_record_is_clean_with_its_arguments_and_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    redacting.redact_logs()
    log = logging.getLogger("someone.elses")
    try:
        raise ValueError(f"no answer from https://ada:{SECRET}@host/x")
    except ValueError:
        log.exception("asked %s", f"https://host/{SECRET}")
    assert "asked https://host/..." in caplog.text
    assert "no answer from https://host/..." in caplog.text
    assert SECRET not in caplog.text


def test_what_configurations_keep_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", set())
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    kept = [f"{SECRET}-{number}" for number in range(3)]
    (tmp_path / "kaggle.json").write_text(f'{{"username": "ada", "key": "{kept[0]}"}}')
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("['remote \"team\"']\n    url = webdavs://host/x\n")
    (tmp_path / ".dvc/config.local").write_text(f"['remote \"team\"']\n    password = {kept[1]}\n    user = lovelace\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    url = f"https://lovelace:{kept[2]}@host/x.git"
    subprocess.run(["git", "remote", "add", "origin", url], cwd=tmp_path, check=True)
    redacting.hide_credentials(tmp_path)
    assert redacted(f"lovelace {' '.join(kept)}") == "lovelace *** *** ***"


def test_the_address_of_a_remote_is_shown_without_credentials(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text(f"['remote \"team\"']\n    url = s3://AKIA:{SECRET}@bucket/dvc\n")
    assert list(store.Store.of(tmp_path).remotes) == ["team (s3://bucket/dvc)"]


def test_the_parts_of_an_address_are_known_each_by_itself() -> None:
    token = "ab12" * 5
    url = f"https://ada:pa55word@host:80/team/{token}/repo.git?sig={token}x#top"
    assert redaction.secrets_of(url) == ["pa55word", token, f"{token}x"]
    assert redaction.secrets_of(f"https://{token}@host") == [token]
    assert redaction.secrets_of("s3://longtail/dvc") == redaction.secrets_of("no address") == []


def test_an_error_of_a_client_is_told_by_type_and_status() -> None:
    request = httpx.Request("POST", f"https://hooks.example.org/{SECRET}")
    error = httpx.HTTPStatusError(f"404 for {request.url}", request=request, response=httpx.Response(404))
    assert redaction.kind_of(error) == "HTTPStatusError, status 404"
    words = r"the flow failed \(HTTPStatusError, status 404\)"
    with pytest.raises(LongtailError, match=words) as caught, redacting.wrap_foreign_errors():
        raise error
    assert SECRET not in str(caught.value)
