"""`longtail --help` is quick, and a stage's module is cheap to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from longtail import stages

HEAVY = ("torch", "fastai", "great_expectations", "prefect", "dvc", "kaggle", "sklearn", "matplotlib")


def heavy_after(code: str) -> list[str]:
    script = f"import sys\n{code}\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return eval(done.stdout.splitlines()[-1])  # our own list


def test_help_imports_nothing_heavy() -> None:
    code = "from longtail.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert heavy_after(code) == []


@pytest.mark.parametrize("name", stages.names())
def test_stage_module_imports_nothing_heavy(name: str) -> None:
    assert heavy_after(f"import longtail.stages.{name}") == []
