"""A secret is planted wherever one can be kept; nothing that a run says, logs or leaves behind holds it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.tiny import Project
from tests.forks import flow_python
from tests.prefect_server import start_server

pytestmark = pytest.mark.slow

KEEPERS = ("WEBHOOK", "BLOCK", "REMOTEUSER", "REMOTEPATH", "REMOTECONFIG", "GITTOKEN", "KAGGLE", "APIUSER", "APIKEY")
SECRETS = {keeper: f"sEcret{keeper}0f1e2d" for keeper in KEEPERS}
PLANTED = (".dvc/config", ".dvc/config.local", ".git/config", "kaggle/kaggle.json")

RUN = """
import sys
import flows.stages
flows.stages.RETRY_AFTER_SECONDS[:] = [0.0]  # nobody is waited for here
from kagglesdk import kaggle_env
kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = sys.argv[1]
from flows import retrain
sys.exit(retrain.main(sys.argv[2:]))
"""
BLOCKS = """
import sys
from flows import server
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret
with server.temporary():
    url, token, secret = sys.argv[1:]
    # Prefect writes a custom webhook's url into its events as it is, and masks `secrets` (docs/how-to/team.md).
    webhook = CustomWebhookNotificationBlock(
        name="team", url=url, secrets={"token": token}, json_data={"text": "{{body}}"}
    )
    webhook.save("team")
    Secret(value=secret).save("longtail")
"""


@pytest.fixture
def address() -> Iterator[str]:
    """A server that refuses everything, and repeats what it was asked in its answer."""

    class Refuses(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = f"refused: {self.path} {dict(self.headers)}".encode()
            self.send_response(403, f"refused {self.path}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.refuse
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def own_server(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that writes its database into the project, as a flow's own does: it is looked at too."""
    server, api = start_server(project.root, tmp_path / "server.log")
    monkeypatch.setenv("PREFECT_API_URL", api)
    yield api
    server.end()


def ran(project: Project, address: str, **more: str) -> str:
    """A run in which nothing succeeds that asks a server; all that it says."""
    kept = {
        "KAGGLE_USERNAME": "ada",
        "KAGGLE_KEY": SECRETS["KAGGLE"],
        "KAGGLE_CONFIG_DIR": str(project.root / "kaggle"),
    }
    environment = {**os.environ, "PYTHONPATH": f"src{os.pathsep}.", **kept, **more}
    done = subprocess.run(
        [*flow_python(project.python), "-c", RUN, f"http://{address}"],
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    return said


def plant(project: Project, address: str) -> None:
    (project.root / "kaggle").mkdir()
    credentials = {"username": "ada", "key": SECRETS["KAGGLE"]}
    (project.root / "kaggle/kaggle.json").write_text(json.dumps(credentials))
    url = f"http://{address}/services/T0/{{{{token}}}}"
    kept = project.command(*flow_python(project.python), "-c", BLOCKS, url, SECRETS["WEBHOOK"], SECRETS["BLOCK"])
    assert kept.returncode == 0, kept.stdout + kept.stderr
    remote = f"http://ada:{SECRETS['REMOTEUSER']}@{address}/{SECRETS['REMOTEPATH']}"
    for command in (
        ("dvc", "remote", "add", "--default", "team", remote),
        ("dvc", "remote", "modify", "--local", "team", "password", SECRETS["REMOTECONFIG"]),
        ("git", "remote", "add", "origin", f"http://ada:{SECRETS['GITTOKEN']}@{address}/team/repo.git"),
    ):
        assert project.command(*command).returncode == 0
    project.set_params(notify={"block": "custom-webhook/team"})


def secrets_in(folder: Path) -> dict[str, list[str]]:
    """{file: secrets in it}, those left out that keep one."""
    holding = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in PLANTED and not name.startswith(("src/", ".dvc/cache/")):
            content = path.read_bytes()
            if there := [keeper for keeper, secret in SECRETS.items() if secret.encode() in content]:
                holding[name] = there
    return holding


@pytest.mark.usefixtures("own_server")
def test_no_secret_is_said_logged_or_left_behind(project: Project, address: str) -> None:
    plant(project, address)
    for receipt in (project.root / "receipts").iterdir():
        receipt.unlink()
    said = {}

    project.set_params(publish={"to": "kaggle", "competition": "flukes"})
    said["kaggle"] = ran(project, address)
    assert "Kaggle refuses the credentials (403)" in said["kaggle"]
    assert "custom-webhook/team did not accept it (" in said["kaggle"]
    assert "status 403" in said["kaggle"]

    project.set_params(publish={"to": "directory"}, share={"push": True})
    said["push"] = ran(project, address)
    assert "push" in said["push"]
    assert "DVC's remote" in said["push"]

    project.set_params(share={"push": False, "commit": True})
    said["commit"] = ran(project, address)
    assert "git" in said["commit"] or "push" in said["commit"]

    api = {"PREFECT_API_URL": f"http://ada:{SECRETS['APIUSER']}@{address}/api", "PREFECT_API_KEY": SECRETS["APIKEY"]}
    said["server"] = ran(project, address, **api)
    source = "the environment variable PREFECT_API_URL"
    assert f"Prefect's server does not answer (http://{address}/..., from {source}" in said["server"]

    for verb in (("lineage", "--verify"), ("lineage", "--json"), ("review",)):
        done = project.verb(*verb)
        said[" ".join(verb)] = done.stdout + done.stderr
    image = project.table("split/split.parquet")["image"].iloc[0]
    for verb in (("lineage", "--image", image), ("purge", image, "--why", "asked")):
        done = project.verb(*verb)
        said[" ".join(verb)] = done.stdout + done.stderr
        assert f"remote team (http://{address}/...)" in said[" ".join(verb)]

    assert list((project.root / "receipts").iterdir())
    leaked = {name: [k for k, secret in SECRETS.items() if secret in text] for name, text in said.items()}
    assert {name: keepers for name, keepers in leaked.items() if keepers} == {}
    assert secrets_in(project.root) == {}
