"""Fixtures that any test may ask for by name."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def whales_zip() -> Path:
    """The 100-px photographs of the 2018 challenge; never part of the project."""
    path = SHARED / "data" / "whales-100px.zip"
    if not path.exists():
        pytest.skip(f"the real photographs are not on this machine ({path.name}); see README, 'Real photographs'")
    return path
