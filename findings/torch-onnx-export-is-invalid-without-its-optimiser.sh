#!/bin/sh
# torch 2.14.1: `torch.onnx.export(optimize=False)` writes a file that ONNX Runtime 1.32 refuses, where a buffer is called
# `mean` and the network takes a mean.
#
# One would guess: the optimiser makes a valid graph quicker; who turns it off, to compare with the network call by call
# or to put other weights into the file, gets the same graph, only slower.
# What happens: the exporter keeps the names of buffers and parameters, and names the result of a call after its
# function (`mean`, `std`, `linear`). Where the two meet, two values have one name. A step of the optimiser puts that
# right, by renaming. Without it nothing warns, and ONNX Runtime refuses the file: "Duplicate definition of name".
# Why it matters: a normalising layer with buffers `mean` and `std` in front of the backbone is how image networks are
# made ready for use without Python, and global average pooling is a mean, also as `adaptive_avg_pool2d(x, 1)`. And the
# optimiser renames: who looks a weight up by its name in the file may find another one, or none.
# What to do: call the buffers otherwise (`channel_mean`), and open each exported file once.
#
# Seen:
#   optimize    buffer          pooling                ONNX Runtime
#   True        mean            x.mean((2, 3))         opens it
#   False       mean            x.mean((2, 3))         refuses it: Duplicate definition of name (mean)
#   False       channel_mean    x.mean((2, 3))         opens it
#   False       mean            adaptive_avg_pool2d    refuses it: Duplicate definition of name (mean)
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.14.1 numpy==2.4.6 onnx==1.23.2 onnx-ir==1.1.0 onnxscript==0.7.2 onnxruntime==1.32.0
cd "$tmp"
CUDA_VISIBLE_DEVICES="" "$tmp/venv/bin/python" - <<'PYTHON' 2>/dev/null
import re
import warnings

warnings.filterwarnings("ignore")
import onnxruntime
import torch
from torch import nn


class Network(nn.Module):
    """Normalises, convolves, pools."""

    def __init__(self, buffer, pooled):
        super().__init__()
        self.buffer, self.pooled, self.layer = buffer, pooled, nn.Conv2d(3, 4, 3)
        self.register_buffer(buffer, torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))

    def forward(self, x):
        x = self.layer(x - getattr(self, self.buffer))
        return x.mean((2, 3)) if self.pooled == "x.mean((2, 3))" else nn.functional.adaptive_avg_pool2d(x, 1)


def opened(optimize, buffer, pooled):
    network, images = Network(buffer, pooled).eval(), torch.zeros(1, 3, 8, 8)
    torch.onnx.export(network, (images,), "network.onnx", dynamo=True, optimize=optimize, verbose=False)
    try:
        onnxruntime.InferenceSession("network.onnx", providers=["CPUExecutionProvider"])
    except Exception as error:
        return "refuses it: " + re.search(r"Duplicate definition of name \(\w+\)", str(error))[0]
    return "opens it"


seen = []
print(f"{'optimize':11} {'buffer':15} {'pooling':22} ONNX Runtime")
for optimize, buffer, pooled in (
    (True, "mean", "x.mean((2, 3))"),
    (False, "mean", "x.mean((2, 3))"),
    (False, "channel_mean", "x.mean((2, 3))"),
    (False, "mean", "adaptive_avg_pool2d"),
):
    seen.append(opened(optimize, buffer, pooled))
    print(f"{optimize!s:11} {buffer:15} {pooled:22} {seen[-1]}")
refused = "refuses it: Duplicate definition of name (mean)"
raise SystemExit(seen != ["opens it", refused, "opens it", refused])
PYTHON
