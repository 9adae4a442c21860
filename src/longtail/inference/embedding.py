"""Embeddings of images by ONNX Runtime, as they are and mirrored."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from longtail.compute import progress
from longtail.inference.session import Floats, Frames, OnnxNetwork

_AT_ONCE = 16
"""Images; of more the values between two layers leave the processor's cache. An embedding does not depend on it."""


def embed_all(
    networks: Mapping[str, OnnxNetwork], pixels: Frames, *, batch_size: int, mirrored: bool, label: str
) -> dict[str, tuple[Floats, Floats | None]]:
    """Embeddings of images by several networks. All networks see a batch while it is in memory.

    No norm is applied: the head wants embeddings as they are.

    Args:
        networks: {name: network}.
        pixels: (n, size, size, 1 or 3), bytes.
        batch_size: images in a batch at most.
        mirrored: embed the mirror images too.
        label: name of the work in the lines of progress.

    Returns:
        {name: (embeddings, the mirror images' or None)}, float32 (n, d) in the order of `pixels`.
    """
    views = (False, True) if mirrored else (False,)
    batch = min(batch_size, _AT_ONCE)
    starts = range(0, len(pixels), batch)
    blank = np.zeros((1, *pixels.shape[1:]), np.uint8)
    embeddings = {
        (name, view): np.empty((len(pixels), network(blank).shape[1]), np.float32)
        for name, network in networks.items()
        for view in views
    }
    for start in progress(starts, len(starts), f"{label} (batches of {batch})"):
        images = pixels[start : start + batch]
        for view in views:
            seen = images[:, :, ::-1] if view else images
            for name, network in networks.items():
                embeddings[name, view][start : start + batch] = network(seen)
    return {name: (embeddings[name, False], embeddings.get((name, True))) for name in networks}
