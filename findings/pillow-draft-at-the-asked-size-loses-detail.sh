#!/bin/sh
# Pillow 13.0.0: `draft()` at the size that is needed gives worse images, by chance of the photograph's size.
#
# One would guess: `image.draft("RGB", (128, 128))`, then `resize`, is the fast way to read a large JPEG: draft never
# goes below the asked size, so that the resize after it still makes the same small image.
# What happens: draft lets the JPEG decoder skip detail in steps of 1/2, 1/4 and 1/8, and stops just above the asked
# size if it can. The resize then has next to nothing left to do, and the small image is the decoder's coarse one
# instead of Pillow's filtered one. How much that shows depends on where a photograph's size falls between two steps:
# an image of 1,040 pixels suffers four times as much as one of 2,040, for the same target.
# Why it matters: embeddings and near-copy hashes of a small detail (a notch, a spot pattern) change with the size of
# the original, and a set with two cameras gets two kinds of blur. Training with drafts and predicting without does
# the same. The speed is worth having; the loss is not part of the bargain.
# What to do: ask for twice the target. `Image.thumbnail` does so by itself (`reducing_gap=2.0`).
#
# Seen: mean difference from full decoding and the same resize to 128 px, in grey levels of 255, on drawn texture
#   photograph    draft asked for 128    draft asked for 256
#         1040    5.88 (decoded at 130)  1.60 (decoded at 260)
#         1400    3.16 (decoded at 175)  0.87 (decoded at 350)
#         2040    1.45 (decoded at 255)  0.41 (decoded at 510)
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
"$tmp/venv/bin/python" - <<'PYTHON'
import io

import numpy as np
from PIL import Image

TARGET = (128, 128)
random = np.random.default_rng(0)


def photograph(size):
    """A JPEG of texture with detail from 1 to 32 pixels, since no photograph may come along."""
    layers = [random.normal(0, 22, (size // step + 1, size // step + 1, 3)).repeat(step, 0).repeat(step, 1) for step in (1, 2, 4, 8, 32)]
    pixels = 128 + sum(layer[:size, :size] for layer in layers)
    file = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=92)
    return file


def small(file, asked=None):
    image = Image.open(file)
    if asked:
        image.draft("RGB", asked)
    decoded = image.size[0]
    return np.asarray(image.convert("RGB").resize(TARGET, Image.Resampling.BICUBIC), float), decoded


seen = []
print("photograph    draft asked for 128    draft asked for 256")
for size in (1040, 1400, 2040):
    file = photograph(size)
    full, _ = small(file)
    row = []
    for asked in (TARGET, (256, 256)):
        drafted, decoded = small(file, asked)
        row.append((float(np.abs(drafted - full).mean()), decoded))
    seen.append([error for error, _ in row])
    print(f"{size:10}    " + "  ".join(f"{error:.2f} (decoded at {decoded})" for error, decoded in row))
worse = all(once > 2 * twice for once, twice in seen)
by_size = seen[0][0] > 3 * seen[2][0]
raise SystemExit(not (worse and by_size))
PYTHON
