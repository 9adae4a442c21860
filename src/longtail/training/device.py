"""Where torch works, and how exactly it repeats itself."""

from __future__ import annotations

from typing import Literal

import torch

from longtail.compute import torch_on
from longtail.errors import BadParameter, Problem
from longtail.params import ComputeParams


def choose(compute: ComputeParams) -> torch.device:
    """The device of this run, with its threads set. Raises BadParameter where `cuda` is asked for and not there.

    On the CPU equal threads give equal bits: other counts add the same numbers up in another order.
    """
    torch_on(compute.threads)
    there = torch.cuda.is_available()
    if compute.device == "cuda" and not there:
        raise BadParameter(
            Problem("there is no GPU here", "Set `compute.device` to auto or cpu.", where="compute.device")
        )
    return torch.device("cuda" if there and compute.device != "cpu" else "cpu")


def start_from(seed: int) -> None:
    """Set every generator, so that what follows is drawn alike in every run."""
    from fastai.torch_core import set_seed  # here: embed needs no fastai

    set_seed(seed, reproducible=True)


def on(switch: bool | Literal["auto"], device: torch.device) -> bool:
    """Whether to use what pays on a GPU: `auto` asks the device."""
    return device.type == "cuda" if switch == "auto" else switch
