"""`longtail --help` is quick, and a stage's module is cheap to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from longtail import stages

HEAVY = ("torch", "fastai", "great_expectations", "prefect", "dvc", "kaggle", "sklearn", "matplotlib", "fastapi")


def heavy_after(code: str, heavy: tuple[str, ...] = HEAVY) -> list[str]:
    script = f"import sys\n{code}\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return eval(done.stdout.splitlines()[-1])  # our own list


def test_help_imports_nothing_heavy() -> None:
    code = "from longtail.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert heavy_after(code) == []


def test_no_stage_module_imports_anything_heavy() -> None:
    code = "\n".join(f"import longtail.stages.{name}" for name in stages.names())
    assert heavy_after(code) == []


def test_what_identify_imports_to_begin_with_is_light() -> None:
    """pandas takes as long as all the rest of an answer, pydantic a seventh of it."""
    code = "import longtail.commands.identify\nimport longtail.identifying.project, longtail.identifying.query_traits"
    assert heavy_after(code, (*HEAVY, "pandas", "pydantic", "timm")) == []


def test_a_fit_on_embeddings_imports_no_compiler() -> None:
    """torch's classes of optimisers import it: as long as all of torch, for a fit of seconds."""
    script = """
import sys, numpy as np, torch
from longtail.recognition.balancing.apply import FitData
from longtail.recognition.classifiers.optim import OptimConfig, fit_minibatches
rows, weight = np.eye(4, dtype=np.float32), torch.zeros(2, 4, requires_grad=True)
data = FitData(rows, rows, np.array([0, 0, 0, 1]), np.ones(4), 4, 4, None, None, 2)
fit_minibatches(lambda x: x @ weight.T, [weight], torch.from_numpy(rows), data, OptimConfig(30, 0.1, 0.05, 0))
print(bool(weight.detach().any()), "torch._dynamo" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


@pytest.mark.slow
def test_a_backbone_imports_no_compiler_and_whoever_asks_for_it_gets_the_real_one() -> None:
    """torchvision asks for a function of it at import, for an operator that only detectors use."""
    script = """
import sys, torch
from pathlib import Path
from longtail.training import backbones
backbones.build("timm/test_resnet", "none", 32, 0, Path())
backbones.build("resnet18", "none", 32, 0, Path())
print("torch._dynamo" in sys.modules)
from torchvision.ops import roi_align
boxes = torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]])
print(roi_align(torch.ones(1, 1, 4, 4), boxes, 1).item())
import torch._dynamo.utils
print(torch._dynamo.utils.is_compile_supported.__module__)
print(torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1)).item())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "1.0", "torch._dynamo.utils", "2.0"]
