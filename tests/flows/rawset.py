"""A small raw set in a real git and DVC repository, for tests of what is versioned."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from longtail.lineage import store
from longtail.publishing import receipt as receipts
from longtail.publishing.receipt import Receipt
from tests.forks import dvc_command

PROJECT = Path(__file__).resolve().parents[2]


def dvc(root: Path, *arguments: str, ok: bool = True) -> str:
    """DVC by hand; what it said."""
    command = [*dvc_command(), *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert not ok or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def fill(raw: Path) -> None:
    """Four labelled photographs and two for testing; no two have the same bytes."""
    for folder, names in (("train", ("a", "b", "c", "d")), ("test", ("t", "u"))):
        (raw / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            (raw / folder / f"{name}.jpg").write_bytes(b"photograph " + name.encode())
    (raw / "train.csv").write_text("Image,Id\na.jpg,moby\nb.jpg,moby\nc.jpg,ishmael\nd.jpg,ishmael\n")
    (raw / "sample_submission.csv").write_text("Image,Id\nt.jpg,new_whale\nu.jpg,new_whale\n")


def started(root: Path, remote: str = "") -> Path:
    """A project with that raw set, not versioned yet, and a default remote."""
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", root], check=True)
    dvc(root, "init", "--quiet")
    dvc(
        root, "remote", "add", "--quiet", "--default", "team", remote or "../remote"
    )  # beside each copy, one of its own
    (root / ".gitignore").write_text("/data/raw\n/.longtail/\n")
    (root / "params.yaml").write_text("data: {}\n")
    fill(root / "data/raw")
    return root


def published(root: Path) -> Path:
    """A receipt that names the raw set and nothing else; its path from the root."""
    raw = {"path": "data/raw", "md5": store.locked(root)["data/raw"]}
    when = "2026-01-02T03:04:05+00:00"
    values = {"md5": "0", "values": {}}
    receipt = Receipt(
        {"md5": "a" * 32, "rows": 2}, raw, {}, {}, {"commit": "", "dirty": False}, values, {}, {"id": ""}, {}, when, "x"
    )
    receipts.write(root / receipts.REGISTER / receipt.file_name, receipt)
    return receipts.REGISTER / receipt.file_name


def clone(root: Path, target: Path) -> Path:
    """A clone of what git has of it, with everything that the remote gives."""
    git = ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for arguments in (["add", "--all"], ["commit", "--quiet", "--allow-empty", "-m", "A set"]):
        subprocess.run([*git, *arguments], cwd=root, check=True)
    subprocess.run(["git", "clone", "--quiet", root, target], check=True)
    dvc(target, "pull", "--quiet")
    return target


def photographs(root: Path) -> dict[str, bytes]:
    """{path: bytes} of all that lies in the raw set."""
    raw = root / "data/raw"
    return {path.relative_to(raw).as_posix(): path.read_bytes() for path in raw.rglob("*") if path.is_file()}


def module(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m ...` in that project, with this checkout's code."""
    environment = {**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{PROJECT / 'src'}"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
