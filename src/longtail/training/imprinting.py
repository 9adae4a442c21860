"""A head that knows its classes before the first step: a start from the pretrained network's own embeddings.

With one photograph a class, a head of random numbers spends most of a short training finding out which direction is
whose. The pretrained network already says so: its embeddings are whitened by the neck, and each class starts at the
mean of its own (imprinted weights: Qi et al. 2018, "Low-shot learning with imprinted weights",
https://arxiv.org/abs/1712.07136).
"""

from __future__ import annotations

from dataclasses import replace

import torch
from fastai.data.core import DataLoaders
from torch import Tensor, nn
from torch.nn import functional

from longtail.compute import progress
from longtail.training.heads import Network

_FLOOR = 1e-3  # variance under this share of the first axis' is noise, not to be blown up by whitening


def imprint(network: Network, data: DataLoaders) -> None:
    """Set neck and head of `network` from the images that are learned from, as they are, in one pass.

    The head's classes must all be among them. A neck wider than the backbone's embedding keeps its random layer.
    """
    found, targets = _embedded(network.body.backbone, data)
    neck = network.body.neck
    if isinstance(neck, nn.Sequential):
        _whiten(neck, found)
    with torch.inference_mode():
        embeddings = functional.normalize(neck.eval()(found))
        sums = torch.zeros_like(network.head.linear.weight).index_add_(0, targets, embeddings)
    neck.train()
    with torch.no_grad():
        network.head.linear.weight.copy_(functional.normalize(sums))


def _embedded(backbone: nn.Module, data: DataLoaders) -> tuple[Tensor, Tensor]:
    """The backbone's embeddings (n, d) of all images, and their classes (n,)."""
    # As watched ones, which the transforms of chance leave alone.
    still = replace(data.train.dataset, split_idx=1)
    loader = data.train.new(still, shuffle=False, drop_last=False)
    found, targets = [], []
    backbone.eval()
    with torch.inference_mode():
        for images, classes in progress(loader, len(loader), "train: classes imprinted (batches)"):
            found.append(backbone(images.as_subclass(Tensor)).float())
            targets.append(classes.as_subclass(Tensor))
    backbone.train()
    return torch.cat(found), torch.cat(targets)


def _whiten(neck: nn.Sequential, found: Tensor) -> None:
    """Let the neck project onto the first principal axes, at unit variance; its batch norm takes the mean away."""
    layer, norm = neck
    if not isinstance(layer, nn.Linear) or not isinstance(norm, nn.BatchNorm1d):
        raise TypeError(f"a neck is a linear layer and a batch norm, not {neck}")
    width = layer.out_features
    if width > layer.in_features:
        return
    mean = found.double().mean(dim=0)
    centred = found.double() - mean
    variances, axes = torch.linalg.eigh(centred.T @ centred / max(1, len(found) - 1))
    variances, axes = variances.flip(0)[:width], axes.flip(1)[:, :width]
    variances = variances.clamp(min=float(variances[0]) * _FLOOR)
    projection = (axes / variances.sqrt()).T
    with torch.no_grad():
        layer.weight.copy_(projection)
        norm.get_buffer("running_mean").copy_(projection @ mean)
        norm.get_buffer("running_var").fill_(1.0)
