"""What an installation from requirements.lock costs: files, MB to download and, for this environment, MB installed.

    python -m benchmarks.installation
    python -m benchmarks.installation --install   # by uv and by pip, one after the other: minutes, and 11 GB of disk

uv tells which files each platform takes, and how large they are; nothing is downloaded.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import measuring
from deploy import install

PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin")
PYTHON = "3.13"
_GPU = ("nvidia", "cuda", "triton")


def main(argv: Sequence[str] | None = None) -> None:
    """Ask for each platform, add up, keep; or install and take the time."""
    parser = argparse.ArgumentParser(prog="benchmarks.installation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--install", action="store_true", help="install by uv and by pip, and keep the seconds")
    if parser.parse_args(argv).install:
        installers = {"uv": install.main, "pip": install.by_pip}
        rows = [{"installer": name, "seconds": round(_seconds(by))} for name, by in installers.items()]
        measuring.keep("installing", rows)
        return
    rows: list[dict[str, object]] = []
    for platform in PLATFORMS:
        sizes = {package["name"]: _size(package) for package in _packages(platform)}
        gpu = sum(size for name, size in sizes.items() if name.startswith(_GPU))
        rows.append(
            {
                "platform": platform,
                "python": PYTHON,
                "files": len(sizes),
                "download_mb": round(sum(sizes.values()) / 1e6),
                "torch_mb": round(sizes["torch"] / 1e6),
                "gpu_libraries_mb": round(gpu / 1e6),
            }
        )
    measuring.keep("installation", rows)
    print(f"installed here: {_installed_mb():,} MB")


def _seconds(installer: Callable[[Path], object]) -> float:
    """Until everything is in a new environment; uv's own download is part of it, compiling is not."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "environment"
        venv.create(environment, with_pip=True)
        started = time.perf_counter()
        installer(environment)
        return time.perf_counter() - started


def _packages(platform: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:  # uv reads the pyproject.toml of the folder that it runs in
        shutil.copy("requirements.lock", folder)
        uv = Path(sys.executable).with_name("uv")
        asked = [uv, "pip", "compile", "--quiet", "--format", "pylock.toml", "--output-file", "pylock.toml"]
        asked += ["--python-version", PYTHON, "--python-platform", platform, "requirements.lock"]
        subprocess.run(asked, cwd=folder, env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}, check=True)
        packages: list[dict[str, Any]] = tomllib.loads((Path(folder) / "pylock.toml").read_text("utf-8"))["packages"]
        return packages


def _size(package: dict[str, Any]) -> int:
    files = package.get("wheels") or [package["sdist"]]
    return int(files[0]["size"])


def _installed_mb() -> int:
    files = (path for path in Path(sys.prefix).rglob("*") if path.is_file() and not path.is_symlink())
    return round(sum(path.stat().st_size for path in files) / 1e6)


if __name__ == "__main__":
    main()
