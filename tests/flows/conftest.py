"""A toy project: real git, real DVC, four small steps that write down each time they run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import dvc
from longtail.errors import LongtailError
from tests import forks
from tests.flows.cloned import data, said, set_remote
from tests.forks import dvc_command
from tests.prefect_server import copy_database, shared_server

ROOT = Path(__file__).resolve().parents[2]

STEP = '''
"""python step.py NAME OUT IN...: joins the inputs and the parameter of its name."""
import json, os, sys, time
from pathlib import Path
from longtail import process_lock
from ruamel.yaml import YAML
name, out, *inputs = sys.argv[1:]
process_lock.end_with_flow()
with process_lock.holding_checkout(Path.cwd()):
    with open("runs.log", "a") as log:
        log.write(name + "\\n")
    print(f"{name} at work", flush=True)
    if Path(f"slow-{name}").exists():
        Path("pid").write_text(str(os.getpid()))
        time.sleep(60)
        Path("too-late").touch()
    if (trouble := Path(f"trouble-{name}.json")).exists():
        Path(".longtail/error.json").write_text(trouble.read_text())
        sys.exit(2)
    if Path(f"crash-{name}").exists():
        os.kill(os.getpid(), 9)
    value = YAML(typ="safe").load(Path("params.yaml").read_text()).get(name, {}).get("value", "")
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text("".join(Path(p).read_text() for p in inputs) + f"{name} {value}\\n")
    record = {"summary": {"line": f"{name} is done", "facts": {}, "warnings": []}}
    Path(f"artifacts/{name}.json").write_text(json.dumps(record))
'''

GRAPH = """
stages:
  train:  # stands before what it reads: the graph decides, not the file
    cmd: python step.py train artifacts/train/model artifacts/prepare/labelled
    params: [train]
    deps: [step.py, artifacts/prepare/labelled]
    outs: [artifacts/train/model]
  prepare:
    foreach:
      labelled: {table: data/raw/train.csv}
      test: {table: data/raw/test.csv}
    do:
      cmd: python step.py prepare artifacts/prepare/${key} ${item.table}
      deps: [step.py, '${item.table}']
      outs: ['artifacts/prepare/${key}']
  predict:
    cmd: python step.py predict artifacts/predict/answer artifacts/train/model artifacts/prepare/test
    params: [predict]
    deps: [step.py, artifacts/train/model, artifacts/prepare/test]
    outs: [artifacts/predict/answer]
"""


@dataclass(frozen=True)
class Toy:
    """The toy project, and what a test does to it."""

    root: Path

    def params(self, train: int = 1) -> None:
        (self.root / "params.yaml").write_text(f"train:\n  value: {train}\npredict:\n  value: 1\n")

    def runs(self) -> list[str]:
        """The steps that ran since the last question."""
        log = self.root / "runs.log"
        ran = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return ran

    def trouble(self, step: str, error: LongtailError) -> Path:
        path = self.root / f"trouble-{step}.json"
        path.write_text(json.dumps(error.to_dict()))
        return path

    def command(self, *arguments: str, **settings: Any) -> subprocess.Popen[str]:
        """A process in the toy's folder that finds this checkout's flows."""
        bin_folder = str(Path(sys.executable).parent)
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.Popen(arguments, cwd=self.root, env=environment, text=True, **settings)


@pytest.fixture(scope="session", autouse=True)
def forked_dvc(tmp_path_factory: pytest.TempPathFactory) -> None:
    """DVC by hand is imported once."""
    forks.use(tmp_path_factory, "dvc")


@pytest.fixture(scope="session")
def flow_python(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A command like `python` for flows that no test ends: they are forked, and so is the DVC that they call."""
    return forks.flow_python(forks.stage_python(tmp_path_factory))


@pytest.fixture(scope="session")
def new_project(forked_dvc: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy before any run; copied, never used itself."""
    root = tmp_path_factory.mktemp("new")
    (root / "step.py").write_text(STEP)
    (root / "dvc.yaml").write_text(GRAPH)
    (root / ".gitignore").write_text("/artifacts/\n/data/raw/\n/.longtail/\n/.prefect/\n/published/\n")
    for name in ("prefect.toml", ".dvcignore"):
        shutil.copy(ROOT / name, root / name)
    raw = root / "data/raw"
    raw.mkdir(parents=True)
    (raw / "train.csv").write_text("flukes\n")
    (raw / "test.csv").write_text("more flukes\n")
    (root / ".longtail").mkdir()
    Toy(root).params()
    for command in (["git", "init", "-q"], [*dvc_command(), "init", "-q"]):
        subprocess.run(command, cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture(scope="session")
def finished_project(new_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy after a run of everything; copied, never used itself."""
    root = tmp_path_factory.mktemp("finished") / "toy"
    shutil.copytree(new_project, root)
    for arguments in (("add", "-q", "data/raw"), ("repro", "-q")):
        dvc = Toy(root).command(*dvc_command(), *arguments)
        assert dvc.wait() == 0
    (root / "runs.log").unlink()
    return root


@pytest.fixture(scope="session")
def shared_project(finished_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run and a remote that has its bytes; copied, never used itself."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(finished_project, folder / "toy")
    set_remote(folder / "toy", "../../remote")
    assert Toy(folder / "toy").command(*dvc_command(), "push", "-q", "--run-cache").wait() == 0
    return folder


@pytest.fixture
def shared(shared_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A finished run whose bytes are in a remote."""
    shutil.copytree(shared_project / "remote", tmp_path / "remote")
    return _copied(shared_project / "toy", tmp_path / "toy", monkeypatch)


@pytest.fixture
def toy(new_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    return _copied(new_project, tmp_path / "toy", monkeypatch)


@pytest.fixture
def finished_toy(finished_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    return _copied(finished_project, tmp_path / "toy", monkeypatch)


@pytest.fixture
def served_toy(finished_toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """A toy whose flows start a Prefect server of their own, on a database that is there."""
    copy_database(tmp_path_factory, finished_toy.root / ".prefect")
    return finished_toy


def _copied(source: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    shutil.copytree(source, target)
    monkeypatch.chdir(target)
    return Toy(target)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks a Prefect server is slow: it starts in some seconds."""
    for item in items:
        if "prefect_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The tests' own Prefect server, which flows within this process speak to; its address."""
    address = shared_server(tmp_path_factory)
    with temporary_settings({PREFECT_API_URL: address}):
        yield address


@pytest.fixture(scope="session")
def new_clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bare repository, a remote of DVC's and two clones; copied, never used itself."""
    folder = tmp_path_factory.mktemp("clones")
    with pytest.MonkeyPatch.context() as patch:
        _be_ada(patch)
        said(folder, "git", "init", "--quiet", "--bare", "--initial-branch=main", "there")
        said(folder, "git", "clone", "--quiet", "there", "person")
        person, worker = folder / "person", folder / "worker"
        said(person, "git", "switch", "--quiet", "-c", "main")
        said(person, *dvc_command(), "init", "--quiet")
        said(person, *dvc_command(), "remote", "add", "--default", "team", "../remote")
        (person / "params.yaml").write_text("share:\n  commit: true\n")
        (person / ".gitignore").write_text("/data/raw\n/.longtail/\n")
        data(person, "one")
        said(folder, "git", "clone", "--quiet", "there", "worker")
        dvc.restore(worker, dvc.RAW)
    return folder


def _be_ada(patch: pytest.MonkeyPatch) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        patch.setenv(f"GIT_{name}_NAME", "ada")
        patch.setenv(f"GIT_{name}_EMAIL", "ada@example.org")


@pytest.fixture
def clones(new_clones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A person's clone, and a worker's that has the data too."""
    _be_ada(monkeypatch)
    shutil.copytree(new_clones, tmp_path, dirs_exist_ok=True, symlinks=True)
    for name in ("person", "worker"):
        said(tmp_path / name, "git", "remote", "set-url", "origin", str(tmp_path / "there"))
    return tmp_path / "person", tmp_path / "worker"
