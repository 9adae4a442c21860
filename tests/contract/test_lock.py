"""requirements.lock is whole on every Python and platform that we name: nothing is missing, everything has a wheel.

Only an index is asked; nothing is installed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11.5", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin")
PAIRS = [
    (python, platform)
    for python in PYTHONS
    for platform in PLATFORMS
    if platform == PLATFORMS[0] or python in (PYTHONS[0], PYTHONS[-1])
]
"""Every Python on the first platform, the oldest and the newest on the others."""
NO_WHEEL = "antlr4-python3-runtime"  # plain Python, so that building it needs no compiler
UNREACHABLE = re.compile("dns error|error sending request|Connection refused|operation timed out|tunnel error", re.I)


def resolve(lock: Path, python: str, platform: str) -> subprocess.CompletedProcess[str]:
    """Ask which files an installation would take; in a folder without a pyproject.toml above it."""
    return subprocess.run(
        [
            Path(sys.executable).with_name("uv"),
            "pip",
            "install",
            "--dry-run",
            "--require-hashes",
            "--requirements",
            lock,
            "--only-binary",
            ":all:",
            "--no-binary",
            NO_WHEEL,
            "--python",
            sys.executable,
            "--python-version",
            python,
            "--python-platform",
            platform,
            "--target",
            lock.parent / "nothing",
        ],
        cwd=lock.parent,
        env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"},  # torch's wheels need macOS 14
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def answered(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip("no package index answers here: " + done.stderr.strip().splitlines()[-1])
    return done.stderr


@pytest.fixture(scope="module")
def lock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("lock") / "requirements.lock"
    copy.write_text((ROOT / "requirements.lock").read_text("utf-8"))
    return copy


@pytest.mark.slow
@pytest.mark.parametrize(("python", "platform"), PAIRS)
def test_the_lock_resolves(lock: Path, python: str, platform: str) -> None:
    done = resolve(lock, python, platform)
    answer = answered(done)
    assert done.returncode == 0, answer
    assert re.search(r"Would install \d{3} packages", answer), answer


@pytest.mark.slow
def test_a_pin_that_is_missing_is_found(lock: Path) -> None:
    """As `whenever` was on Python 3.13, of a lock that had been resolved on 3.11 alone."""
    pins = dict(re.findall(r"(?m)^([a-z0-9-]+)(==.*\n(?: +--hash.*\n)+)", lock.read_text("utf-8")))
    cut = lock.with_name("cut.lock")
    cut.write_text(f"jinja2{pins['jinja2']}")
    done = resolve(cut, "3.13", PLATFORMS[0])
    assert "`markupsafe`" in answered(done)
    assert done.returncode != 0
    cut.write_text(f"jinja2{pins['jinja2']}markupsafe{pins['markupsafe']}")
    assert resolve(cut, "3.13", PLATFORMS[0]).returncode == 0
