"""`identify --serve`: the answers of the command over HTTP, and nothing for other sites."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from longtail.cli import main
from longtail.identifying.pictures import picture_source
from longtail.identifying.project import open_project
from longtail.identifying.web import application
from longtail.identifying.web.desk import Desk
from longtail.stages import audit, prepare
from tests.commands import known
from tests.made_once import made_once

PORT = 8124
OURS = f"http://127.0.0.1:{PORT}"
TEST = Path("data/raw/test")
HOSTILE = "<script>alert(1)</script>.jpg"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "known", lambda folder: known.make(folder) and None)


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[TestClient]:
    project = open_project(root, root / "artifacts/predict/identifier", lambda: prepare.Params, lambda: audit.Params)
    desk = Desk(project, picture_source(project, root, 240))
    started = TestClient(application.create(desk), base_url=OURS)
    yield started
    started.close()


def send(client: TestClient, name: str, data: bytes, path: str = "/identify", **more: str) -> dict[str, object]:
    answer = client.post(path, params={"name": name, **more}, content=data)
    return {"status": answer.status_code, **json.loads(answer.text)}


@pytest.mark.parametrize("name", ["eve.tif", "turned.jpg", "recompressed.jpg"])
def test_the_answer_is_that_of_the_command(
    client: TestClient, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(root)
    before = sorted(root.rglob("*"))
    assert main(["identify", str(TEST / name), "--json"]) == 0
    wanted = json.loads(capsys.readouterr().out)
    got = send(client, name, (root / TEST / name).read_bytes())
    assert got == {"status": 200, **wanted, "photograph": name}
    assert sorted(root.rglob("*")) == before


def test_a_part_of_the_page_shows_the_photograph_and_its_candidates(client: TestClient, root: Path) -> None:
    data = (root / TEST / "large.jpg").read_bytes()
    part = client.post("/answer", params={"name": HOSTILE}, content=data).text
    assert "<script" not in part
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.jpg" in part
    assert part.count("<li") == 5
    pictures = [line.split('"')[1] for line in part.splitlines() if line.startswith("<img")]
    assert len(pictures) == 6
    for address in pictures:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert max(Image.open(io.BytesIO(answer.content)).size) <= 240


def test_the_page_says_what_answers_and_what_new_means(client: TestClient) -> None:
    page = client.get("/").text
    assert "12 labelled photographs</strong>" in page or "12 labelled photographs of 6 individuals" in page
    assert "shows none of the individuals that this identifier knows" in page
    about = client.get("/about").json()
    assert (about["individuals"], about["photographs"], about["runtime"]) == (6, 12, "onnxruntime")
    for name in ("report.css", "answers.css", "drop.css", "drop.js", "icon.svg"):
        assert f"/static/{name}" in page
        assert client.get(f"/static/{name}").status_code == 200
    assert client.get("/static/../application.py").status_code == 404


def test_what_is_no_photograph_is_told(client: TestClient) -> None:
    told = send(client, "note.txt", b"seen at sea")
    assert told == {"status": 422, "photograph": "note.txt", "error": "not an image: it begins with b'seen at sea'"}
    assert "cannot be opened: not an image" in client.post("/answer?name=note.txt", content=b"seen at sea").text
    assert client.post("/identify").status_code == 400


def test_a_body_that_is_larger_than_any_photograph_is_not_read(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "most_bytes", 1000)
    answer = client.post("/identify", content=b"x" * 1001)
    assert answer.status_code == 413
    assert "1,000 bytes at most" in answer.text


def test_a_side_that_the_data_does_not_have_is_told(client: TestClient, root: Path) -> None:
    answer = client.post("/identify?side=left", content=(root / TEST / "eve.tif").read_bytes())
    assert answer.status_code == 422
    assert "this identifier was made without a side" in answer.text


@pytest.mark.parametrize("image", ["nobody.jpg", "../../train.csv", "/etc/passwd", ""])
def test_a_picture_is_asked_for_by_a_name_that_the_table_has(client: TestClient, image: str) -> None:
    assert client.get("/labelled", params={"image": image}).status_code == 404
    assert client.get("/photograph/nothing").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "whales.example"}, 421),
        ({"Origin": "http://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, 400),
        ({}, 400),
    ],
)
def test_other_sites_are_refused(client: TestClient, headers: dict[str, str], status: int) -> None:
    for path in ("/identify", "/answer"):
        assert client.post(path, headers=headers).status_code == status


def test_there_are_no_other_methods_and_every_answer_says_what_a_page_may_do(client: TestClient) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        assert client.request(method, "/identify").status_code == 405
    for answer in (client.get("/"), client.get("/nowhere"), client.post("/identify")):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--serve", "eve.tif"], "photographs with --serve"),
        (["--serve", "--json"], "--json with --serve"),
        (["eve.tif", "--port", "8000"], "--port without --serve"),
        (["eve.tif", "--no-browser"], "--no-browser without --serve"),
        ([], "no photograph is named"),
        (["--serve", "--port", "99999"], "port 99999 cannot be used"),
    ],
)
def test_options_that_do_not_go_together_are_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.chdir(root)
    assert main(["identify", *words]) == 2
    assert said in capsys.readouterr().err
