"""A tiny ViT and a tiny Swin with random weights, saved as timm saves for the hub: at 64 px, a size of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import timm
import torch
from timm.models import save_for_hf

OWN_SIZE = 64
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
VIT = {"patch_size": 16, "embed_dim": 32, "depth": 2, "num_heads": 2}
SWIN = {"patch_size": 4, "embed_dim": 16, "depths": (1, 1), "num_heads": (1, 2), "window_size": 4}
NAMES = {"vit": ("vit_tiny_patch16_224", VIT), "swin": ("swin_tiny_patch4_window7_224", SWIN)}
"""Neither takes another size than its own, unless it is built for it."""


def save(folder: Path, kind: str, seed: int = 5) -> None:
    """Write config.json and model.safetensors of a network of `NAMES` into a folder."""
    name, args = NAMES[kind]
    torch.manual_seed(seed)
    model = timm.create_model(name, img_size=OWN_SIZE, num_classes=7, **args)
    save_for_hf(model, folder, safe_serialization=True, data_config={"mean": MEAN, "std": STD})


def fill_cache(cache: Path, model: str, folder: Path) -> Path:
    """Put a folder into a cache of huggingface_hub as a model of the hub; its snapshot."""
    repository = cache / f"models--{model.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    shutil.copytree(folder, snapshot)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return snapshot
