"""A virtual environment for each peer: what it needs may contradict what Longtail needs."""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path


class UnavailableError(Exception):
    """Why a peer cannot be run here."""


@dataclass(frozen=True)
class Peer:
    """A program and what it needs, pinned."""

    name: str
    release: str
    needs: tuple[str, ...]


_TORCH = ("torch==2.14.1", "torchvision==0.29.1")  # as in requirements.lock

WILDLIFE_TOOLS = Peer(
    "wildlife-tools",
    "wildlife-tools==0.0.9",
    (
        *_TORCH,
        "timm==1.0.31",
        "numpy==2.4.6",
        "pandas==2.3.3",  # with pandas 3 its nearest neighbours end in a TypeError
        "tqdm==4.70.1",
        "pillow==12.3.0",
        "scikit-learn==1.9.1",
        "opencv-python-headless==4.13.0.92",
        "pytorch-metric-learning==2.9.0",
        "transformers==5.24.0",
        "kornia==0.9.0",
        "pycocotools==2.0.11",
        "faiss-cpu==1.15.1",  # it asks for faiss-gpu, which has no wheel for this Python
        "pyyaml==6.0.3",
        "jinja2==3.1.6",
        "tensorboard==2.20.0",
    ),
)
IMAGEDEDUP = Peer(
    "imagededup",
    "imagededup==0.3.3.post2",
    (*_TORCH, "pillow==12.3.0", "tqdm==4.70.1", "scikit-learn==1.9.1", "PyWavelets==1.9.0", "matplotlib==3.11.2"),
)


def python_of(peer: Peer, folder: Path) -> Path:
    """The Python of a peer's environment, made where it is not there.

    Args:
        peer: see `Peer`.
        folder: where the environments lie.

    Returns:
        The interpreter.

    Raises:
        UnavailableError: a package cannot be installed.
    """
    environment = folder / peer.name
    python = environment / "bin" / "python"
    ready = environment / "installed"
    if ready.exists():
        return python
    venv.create(environment, with_pip=True, clear=True)
    _install(python, *peer.needs)
    _install(python, "--no-deps", peer.release)
    ready.touch()
    return python


def _install(python: Path, *packages: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    result = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise UnavailableError(f"Python {sys.version_info.major}.{sys.version_info.minor}: {last}")
