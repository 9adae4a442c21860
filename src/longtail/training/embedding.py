"""Embeddings of images, as they are and mirrored."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from longtail.compute import progress
from longtail.training.image_cache import Pixels

Embeddings = np.ndarray[tuple[int, int], np.dtype[np.float32]]


def embed_all(
    bodies: Mapping[str, nn.Module],
    pixels: Pixels,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    device: torch.device,
    *,
    batch_size: int,
    mirrored: bool,
    label: str,
) -> dict[str, tuple[Embeddings, Embeddings | None]]:
    """Embeddings of images by several networks. All networks see a batch while it is in memory.

    No norm is applied: the head wants embeddings as they are.

    Args:
        bodies: {name: network}, ready for inference.
        pixels: (n, size, size, 1 or 3), bytes.
        mean: of each channel, for normalising.
        std: of each channel, for normalising.
        device: where the networks are.
        batch_size: images in a batch.
        mirrored: embed the mirror images too.
        label: name of the work in the lines of progress.

    Returns:
        {name: (embeddings, the mirror images' or None)}, float32 (n, d) in the order of `pixels`.
    """
    views = (False, True) if mirrored else (False,)
    starts = range(0, len(pixels), batch_size)
    with torch.inference_mode():
        blank = torch.zeros((1, 3, *pixels.shape[1:3]), device=device)
        widths = {name: body.to(device)(blank).shape[1] for name, body in bodies.items()}
        embeddings = {
            (name, view): np.empty((len(pixels), widths[name]), np.float32) for name in bodies for view in views
        }
        for start in progress(starts, len(starts), f"{label} (batches of {batch_size})"):
            images = normalised(pixels[start : start + batch_size], mean, std, device)
            for view in views:
                seen = images.flip(3) if view else images
                for name, body in bodies.items():
                    embeddings[name, view][start : start + batch_size] = body(seen).float().cpu().numpy()
    return {name: (embeddings[name, False], embeddings.get((name, True))) for name in bodies}


def normalised(frames: Pixels, mean: tuple[float, ...], std: tuple[float, ...], device: torch.device) -> torch.Tensor:
    """Images as the network takes them: floats (n, 3, size, size).

    Args:
        frames: (n, size, size, 1 or 3), bytes.
        mean: of each channel.
        std: of each channel.
        device: where they go.

    Returns:
        (n, 3, size, size), float32, on the device.
    """
    images = torch.from_numpy(np.array(frames)).to(device).permute(0, 3, 1, 2).float().div_(255)
    middle, spread = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (mean, std))
    return (images.expand(-1, 3, -1, -1) - middle) / spread
