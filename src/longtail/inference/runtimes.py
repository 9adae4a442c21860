"""What can run a network, by name, and whether torch is needed to tell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

Runtime = Literal["onnxruntime", "torch"]
ONNX: Runtime = "onnxruntime"
TORCH: Runtime = "torch"
_DRIVERS = ("nvidia*", "nvhost*", "nvgpu*", "nvmap", "dxg", "kfd")
"""Devices that a GPU's driver makes on Linux: NVIDIA's, that of Tegra, of WSL, AMD's."""


def is_cpu(device: str, devices: Path = Path("/dev")) -> bool:
    """Whether `compute.device` can only be the CPU, told without importing torch.

    Args:
        device: the parameter.
        devices: folder of the system's devices.

    Returns:
        False where torch has to be asked.
    """
    if device == "auto":
        return sys.platform == "darwin" or not any(any(devices.glob(name)) for name in _DRIVERS)
    return device == "cpu"
