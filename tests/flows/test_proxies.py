"""Behind a proxy, even a dead one, what is on this machine is reached directly."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows import proxies
from longtail.errors import BadParameter
from tests.flows.test_one_run import FLOW

if TYPE_CHECKING:
    from conftest import Toy

DEAD = "127.0.0.1:9"  # the discard port, which nothing listens on
VARIABLES = [
    {"http_proxy": f"http://{DEAD}"},
    {"HTTP_PROXY": DEAD, "https_proxy": f"http://{DEAD}", "no_proxy": "example.org"},
    {"all_proxy": f"http://{DEAD}", "NO_PROXY": "example.org"},
    {"ALL_PROXY": f"socks5://{DEAD}"},
]
ASK = """
import asyncio, sys, urllib.request
import httpx, requests, websockets
import flows  # which excepts this machine's addresses
address = sys.argv[1]
async def ask_without_waiting():
    async with httpx.AsyncClient() as client:
        print("async", (await client.get(f"http://{address}")).text)
    try:
        async with websockets.connect(f"ws://{address}"):
            pass
    except websockets.InvalidStatus as answer:
        print("websocket", answer.response.body.decode())
print("httpx", httpx.get(f"http://{address}").text)
print("requests", requests.get(f"http://{address}").text)
with urllib.request.urlopen(f"http://{address}") as answer:
    print("urllib", answer.read().decode())
asyncio.run(ask_without_waiting())
"""
"""What asks on behalf of the flow: Prefect's client and its events, and what DVC and Kaggle ask with."""


def without_proxies() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def run(toy: Toy, variables: dict[str, str], *, home: Path | None = None) -> tuple[int, str]:
    """The toy's whole flow in a process of its own: its exit code and all it said."""
    environment = {
        **without_proxies(),
        **variables,
        "PYTHONPATH": f"{os.pathsep.join(str(Path(__file__).parents[2] / name) for name in ('', 'src'))}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for name in [name for name in environment if name.startswith("PREFECT_") and name not in variables]:
        del environment[name]
    if home is not None:
        environment["HOME"] = str(home)
    done = subprocess.run(
        [sys.executable, "-c", FLOW],
        cwd=toy.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def address() -> Iterator[str]:
    """A server on this machine that answers `here`."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # which a websocket's client asks for

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("variables", VARIABLES, ids=lambda variables: "+".join(variables))
def test_every_client_reaches_this_machine_behind_a_dead_proxy(
    address: str, root: Path, variables: dict[str, str]
) -> None:
    environment = {**without_proxies(), **variables, "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"}
    done = subprocess.run(
        [sys.executable, "-c", ASK, address], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.split() == [
        word for client in ("httpx", "requests", "urllib", "async", "websocket") for word in (client, "here")
    ], done.stderr


@pytest.mark.slow
def test_the_flow_ends_behind_dead_proxies_and_beside_a_dead_server_that_is_passed_over(
    served_toy: Toy, tmp_path: Path
) -> None:
    served_toy.params(train=2)
    both_spellings = {name: value for variables in VARIABLES for name, value in variables.items()}
    code, output = run(served_toy, both_spellings | {"PREFECT_API_URL": ""}, home=with_profile(tmp_path))
    assert code == 0, output
    assert "prepare@labelled=Cached train=Completed prepare@test=Cached predict=Completed publish=Cached" in output
    assert "Traceback" not in output


def test_loopback_is_added_to_what_the_user_excepts_and_stays_once() -> None:
    environment = {"https_proxy": "http://proxy.example:3128", "NO_PROXY": "intern.example", "no_proxy": "localhost"}
    for _ in range(2):
        proxies.reach_loopback_directly(environment)
        assert environment["NO_PROXY"] == environment["no_proxy"] == "localhost,intern.example,127.0.0.1,::1"


def test_without_a_proxy_nothing_is_set() -> None:
    environment = {"NO_PROXY": "intern.example", "http_proxy": ""}
    proxies.reach_loopback_directly(environment)
    assert environment == {"NO_PROXY": "intern.example", "http_proxy": ""}


def test_a_proxy_that_no_client_can_use_is_refused_without_its_password() -> None:
    with pytest.raises(BadParameter, match="the proxy in all_proxy cannot be used") as raised:
        proxies.check({"all_proxy": "gopher://user:secret@proxy.example:70", "http_proxy": "http://proxy.example:3128"})
    assert "secret" not in str(raised.value)
    assert raised.value.exit_code == 2


def with_profile(folder: Path) -> Path:
    """A home whose profile of Prefect's names a server that does not answer."""
    home = folder / "home"
    (home / ".prefect").mkdir(parents=True)
    profile = f'active = "work"\n[profiles.work]\nPREFECT_API_URL = "http://{DEAD}/api"\n'
    (home / ".prefect/profiles.toml").write_text(profile)
    return home


@pytest.mark.slow
def test_a_dead_server_is_named_with_what_names_it_and_the_way_round(finished_toy: Toy, tmp_path: Path) -> None:
    home = with_profile(tmp_path)
    code, output = run(finished_toy, {}, home=home)
    assert code == 1, output
    source = f"the profile 'work' in {home}/.prefect/profiles.toml"
    assert f"Prefect's server does not answer (http://{DEAD}/..., from {source})" in output
    assert "PREFECT_API_URL= make run" in output
    assert "Traceback" not in output
