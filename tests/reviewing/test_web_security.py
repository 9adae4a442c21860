"""Who is let in, and what is refused."""

from __future__ import annotations

import pytest

from tests.reviewing.conftest import PORT, Served

OURS = f"http://127.0.0.1:{PORT}"


def test_a_link_opens_one_browser_once(served: Served) -> None:
    link = served.access.link()
    opened = served.client.get(link)
    cookie = opened.headers["set-cookie"]
    assert opened.status_code == 200
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert served.client.get("/").status_code == 200
    served.client.cookies.clear()
    again = served.client.get(link)
    assert (again.status_code, "set-cookie" in again.headers) == (401, False)
    assert served.client.get("/").status_code == 401


def test_a_browser_that_looks_ahead_does_not_use_the_link_up(served: Served) -> None:
    link = served.access.link()
    assert served.client.get(link, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    assert served.client.get(link).status_code == 200


@pytest.mark.parametrize("path", ["/", "/queue/conflicts", "/picture/labelled?image=a1.jpg", "/nowhere"])
def test_without_a_session_nothing_is_shown(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert answer.status_code == 401
    assert "Open the link" in answer.text


@pytest.mark.parametrize("token", ["", "x", "é", "../../etc/passwd"])
def test_another_token_opens_nothing(served: Served, token: str) -> None:
    served.access.link()
    assert served.client.get("/open", params={"token": token}).status_code == 401


@pytest.mark.parametrize(
    "host", ["example.org", f"whales.example:{PORT}", "127.0.0.1.example.org", "", "[::1", "0.0.0.0"]
)
def test_a_foreign_host_is_refused(served: Served, host: str) -> None:
    client = served.enter()
    assert client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", [f"localhost:{PORT}", "127.0.0.1:9000", "[::1]:9000"])
def test_a_forwarded_port_is_let_in(served: Served, host: str) -> None:
    client = served.enter()
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    assert client.get("/", headers={"Host": host, "Cookie": cookie}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://example.org"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{PORT + 1}", "Sec-Fetch-Site": "same-site"},
        {"Origin": f"https://127.0.0.1:{PORT}"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_a_cross_origin_post_is_refused(served: Served, headers: dict[str, str]) -> None:
    answer = served.enter().post("/", headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_foreign_page_cannot_read_a_picture(served: Served) -> None:
    client = served.enter()
    path = "/picture/labelled?image=a1.jpg"
    assert client.get(path, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    assert client.get(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_there_are_no_other_methods(served: Served, method: str) -> None:
    assert served.enter().request(method, "/").status_code == 405


def test_every_answer_says_what_a_page_may_do(served: Served) -> None:
    client = served.enter()
    for answer in (client.get("/"), client.get("/nowhere"), client.get("/", headers={"Host": "example.org"})):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_no_page_describes_the_application_to_strangers(served: Served) -> None:
    client = served.enter()
    assert {client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {404}
