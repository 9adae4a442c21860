"""A key of everything that a training's result depends on: equal keys, equal bytes."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fastai.data.core import DataLoaders
from torch import nn

import longtail

CODE = ("stages/train.py", "training", "metrics", "images/broken_image.py", "images/working_reader.py")
"""Below `longtail/`, the code that dvc.yaml names for `train`; the modules beside it decide no bits."""
_PACKAGES = ("torch", "torchvision", "timm", "fastai", "fastcore", "numpy")


def key_of(params: Mapping[str, Any], network: nn.Module, data: DataLoaders) -> str:
    """The key of a training that is about to begin.

    Args:
        params: the parameters, without those that change no bits.
        network: as it begins, with its pretrained weights.
        data: train and valid set; pixels and classes count, not names.

    Returns:
        32 hexadecimal digits.
    """
    digest = hashlib.sha256(json.dumps([dict(params), _machine(network)], sort_keys=True).encode())
    for path in _code():
        digest.update(path.read_bytes())
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    for loader in data.loaders:
        images = loader.dataset
        digest.update(f"{images.pixels.shape} {images.replayed}".encode())
        for array in (images.pixel_rows, images.targets, images.mirrored, images.known):
            digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    digest.update(np.ascontiguousarray(data.train.dataset.pixels).data)  # the valid set has the same
    return digest.hexdigest()[:32]


def _machine(network: nn.Module) -> list[str]:
    """Packages and device: other ones add the same numbers up in another order."""
    device = next(network.parameters()).device
    if device.type == "cuda":
        kind = f"{torch.cuda.get_device_name(device)} {torch.version.cuda}"
    else:
        kind = f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()} {torch.get_num_threads()}"
    return [*(f"{name} {version(name)}" for name in _PACKAGES), device.type, kind]


def _code() -> Iterator[Path]:
    root = Path(longtail.__file__).parent
    for name in CODE:
        yield from sorted((root / name).glob("**/*.py")) if (root / name).is_dir() else [root / name]
