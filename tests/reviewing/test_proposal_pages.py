"""Proposed new individuals on the pages: a page each, and a way there from every photograph that belongs to one."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.reviewing import answered_run, proposed_run, scored_run
from tests.reviewing.conftest import Served

DECIDE = "/decide/new-individuals"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return proposed_run.add(scored_run.add(answered_run.make(tmp_path)))


@pytest.fixture
def client(project: Path, serve: Callable[[Path], Served]) -> TestClient:
    return serve(project).enter()


def test_a_proposal_has_a_page_with_all_its_photographs(client: TestClient) -> None:
    assert '<a href="/proposals">1 proposed new individual</a>' in client.get("/individuals").text
    assert "3 photographs, 2 of them test photographs" in client.get("/proposals").text
    page = client.get("/proposal?name=new_12").text
    assert page.count("test photograph</span>") == 2
    assert "85% of such pairs show one" in page
    for link in (f"{DECIDE}/0123abcd", "/answer?image=t1.jpg", "/answer?image=t2.jpg", "/individual?name=bea"):
        assert f'href="{link}"' in page, link
        assert client.get(link).status_code == 200, link
    pictures = re.findall(r'src="(/picture/[^"]+)"', page)
    assert {client.get(html.unescape(url)).status_code for url in pictures} == {200}
    assert client.get("/proposal?name=new_13").status_code == 404


def test_every_photograph_of_it_leads_there(client: TestClient) -> None:
    there = 'href="/proposal?name=new_12"'
    for page in (f"{DECIDE}/0123abcd", "/answer?image=t1.jpg", "/answers?show=proposed"):
        assert there in client.get(page).text, page
    undecided = client.get("/decide/doubtful-answers").headers["location"]
    assert there in client.get(undecided).text
    assert "2 photographs" in client.get("/answers?show=proposed").text
    assert there not in client.get("/answer?image=t3.jpg").text


def test_a_test_photograph_takes_the_name_that_the_individual_was_accepted_under(client: TestClient) -> None:
    assert ">It is new_12<" in client.get("/answer?image=t2.jpg").text
    client.post(f"{DECIDE}/0123abcd", data={"answer": "name", "value": "nova"})
    assert ">It is nova<" in client.get("/answer?image=t2.jpg").text
    said = client.post("/answer", data={"image": "t2.jpg", "action": "label", "value": "nova"})
    assert said.status_code == 303
    page = client.get("/proposal?name=new_12").text
    assert "<h1>nova</h1>" in page
    assert [word in page for word in ("name nova", "label nova", "Proposed as new_12")] == [True] * 3
    assert 'class="button first"' not in page
    assert "1 undecided" in client.get("/proposals").text


def test_a_probability_is_said_with_the_share_that_it_holds_for(client: TestClient) -> None:
    share = "31% of the photographs show new individuals"
    for page in ("/answers", "/answer?image=t1.jpg", client.get("/decide/doubtful-answers").headers["location"]):
        assert share in client.get(page).text, page


def test_a_run_without_proposals_says_so(tmp_path: Path, serve: Callable[[Path], Served]) -> None:
    client = serve(answered_run.make(tmp_path)).enter()
    assert "/proposals" not in client.get("/individuals").text
    assert "proposes nobody" in client.get("/proposals").text
