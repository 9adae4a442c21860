"""A disk that is too small for the environment is refused before pip starts, and one that is large enough never is."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy import disk

ROOT = Path(__file__).resolve().parents[2]
LINUX = ("Linux", "x86_64")


def ask(patch: pytest.MonkeyPatch, environment: Path, free: float, machine: tuple[str, str] = LINUX) -> None:
    """`make setup` asks on such a machine, whose disk has so many GB free."""
    patch.setattr(platform, "system", lambda: machine[0])
    patch.setattr(platform, "machine", lambda: machine[1])
    patch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free * 1e9))
    disk.main(environment)


def test_what_is_needed_and_what_is_free_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as refused:
        ask(monkeypatch, tmp_path / "not/there/.venv", 3.14)
    words = str(refused.value)
    assert words.startswith(
        f"The environment in {tmp_path}/not/there/.venv needs 7.2 GB, and its disk has 3.1 GB free."
    )
    assert "LONGTAIL_VENV=" in words
    assert "\n" not in words


@pytest.mark.parametrize(
    ("machine", "free"),
    [(LINUX, 7.3), (("Linux", "aarch64"), 3.7), (("Darwin", "arm64"), 0.6), (("Plan9", "x86_64"), 0.1)],
)
def test_a_disk_that_is_large_enough_is_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: tuple[str, str], free: float
) -> None:
    ask(monkeypatch, tmp_path, free, machine)


def test_what_is_installed_is_not_needed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(disk.NEEDED, LINUX, disk.Needed(0.003, 0))
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/torch.so").write_bytes(bytes(2_000_000))
    (tmp_path / "link").symlink_to("lib/torch.so")
    ask(monkeypatch, tmp_path, 0.0011)
    with pytest.raises(SystemExit, match="needs 0"):
        ask(monkeypatch, tmp_path, 0.0009)


@pytest.mark.parametrize(("free", "warned"), [(10.6, True), (10.8, False)])
def test_downloads_on_the_same_disk_are_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free: float, warned: bool
) -> None:
    """Wheels of a folder on this machine are not downloaded: it may be enough."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ask(monkeypatch, tmp_path / ".venv", free)
    words = capsys.readouterr().err
    assert words.count("\n") == warned
    assert ("TMPDIR" in words) == warned


def test_make_asks_before_anything_is_installed(tmp_path: Path) -> None:
    environment = tmp_path / ".venv"
    command = ("make", "--dry-run", "--no-print-directory", "setup", f"LONGTAIL_VENV={environment}")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    asks = done.stdout.index(f"deploy/disk.py {environment}")
    assert asks < done.stdout.index("-m venv") < done.stdout.index("deploy/install.py")
