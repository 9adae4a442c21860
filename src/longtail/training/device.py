"""The device that torch works on, and what makes results repeatable."""

from __future__ import annotations

from typing import Literal

import torch

from longtail.compute import set_torch_threads
from longtail.errors import BadParameter, Problem
from longtail.params import ComputeParams

_NAMES = {"cuda": "CUDA GPU", "mps": "Apple GPU (mps)"}


def choose(compute: ComputeParams) -> torch.device:
    """The device of this run, with its threads set.

    On the CPU equal threads give equal bits: other counts add the same numbers up in another order. `auto` never takes
    Apple's GPU (mps): nobody has compared its results with a CPU's here.

    Returns:
        The device.

    Raises:
        BadParameter: `cuda` or `mps` is asked for and not there.
    """
    set_torch_threads(compute.threads)
    is_there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not is_there.get(compute.device, True):
        what = f"torch finds no {_NAMES[compute.device]} here"
        raise BadParameter(Problem(what, "Set `compute.device` to auto or cpu.", where="compute.device"))
    if compute.device == "auto":
        return torch.device("cuda" if is_there["cuda"] else "cpu")
    return torch.device(compute.device)


def seed_everything(seed: int) -> None:
    """Set every generator, so that what follows is drawn alike in every run."""
    from fastai.torch_core import set_seed  # here: embed needs no fastai

    set_seed(seed, reproducible=True)


def use_mixed_precision(switch: bool | Literal["auto"], device: torch.device) -> bool:
    """Whether to train in 16-bit floats; `auto`: on a GPU only.

    Args:
        switch: the parameter.
        device: where the training runs.

    Returns:
        True for 16-bit floats.
    """
    return device.type == "cuda" if switch == "auto" else switch
