#!/bin/sh
# torch 2.14.1: `inplace=True` takes nothing off what a training keeps with ReLU, ReLU6, SiLU or Hardswish, and ReLU6
# keeps a third more than ReLU.
#
# One would guess: an activation in place saves its output, so that a training needs less memory; that is why networks
# for small devices (MobileNet, EfficientNet, EfficientNet-lite) are built with `inplace=True` throughout.
# What happens: what counts is what is kept for the gradient. ReLU's gradient needs the output alone, in place or not.
# The gradients of ReLU6, SiLU, Hardswish and Mish need the INPUT, so in place torch first copies the input and keeps the
# copy beside the output: as many tensors as without. Only LeakyReLU and ELU have another formula in place.
# Why it matters: with a few GB the activations bound the batch. One looks for the memory elsewhere, since the network is
# "already in place". A ReLU6 is a clamp, and its gradient can be read off its output (0 at both ends): an autograd
# function of one's own that keeps the output takes what ReLU takes, with equal gradients.
#
# Seen (four blocks of convolution, batch norm, activation; tensors of the image's size kept for the gradient):
#   activation    inplace=False    inplace=True
#   ReLU          9                9
#   ReLU6         12               12
#   SiLU          12               12
#   Hardswish     12               12
#   LeakyReLU     12               9
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.14.1 numpy==2.4.6
cd "$tmp"
CUDA_VISIBLE_DEVICES="" "$tmp/venv/bin/python" - <<'PYTHON'
import torch
from torch import nn

torch.set_num_threads(1)
images = torch.rand(4, 16, 32, 32, generator=torch.Generator().manual_seed(0))


def kept(activation, inplace):
    """Distinct tensors of the images' size that the forward pass keeps."""
    blocks = [(nn.Conv2d(16, 16, 1), nn.BatchNorm2d(16), activation(inplace=inplace)) for _ in range(4)]
    network = nn.Sequential(*(layer for block in blocks for layer in block)).train()
    places = set()

    def keep(tensor):
        if tensor.numel() == images.numel():
            places.add(tensor.data_ptr())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = network(images)  # alive until counted: no two tensors share a place
    return len(places) if output is not None else 0


seen = {}
print(f"{'activation':13} {'inplace=False':16} inplace=True")
for activation in (nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish, nn.LeakyReLU):
    seen[activation.__name__] = kept(activation, False), kept(activation, True)
    print(f"{activation.__name__:13} {seen[activation.__name__][0]:<16} {seen[activation.__name__][1]}")
expected = {"ReLU": (9, 9), "ReLU6": (12, 12), "SiLU": (12, 12), "Hardswish": (12, 12), "LeakyReLU": (12, 9)}
raise SystemExit(seen != expected)
PYTHON
