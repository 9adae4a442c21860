"""From backbone to logits: a neck (backbone -> embedding), a head (embedding -> logits) and the loss of a head.

A head keeps its numbers in one `linear` layer, so that logits can be had from embeddings without the network. A margin
belongs in the loss and not in the head, which sees no targets when it is at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

HeadName = Literal["softmax", "arcface"]
_TINY = 1e-12
"""Added to a length, so that an embedding of zeros stays one."""


class Softmax(nn.Module):
    """Dropout and a linear layer: (n, d) -> logits (n, classes)."""

    def __init__(self, embedding_size: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(embedding_size, classes)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.linear(self.dropout(embeddings))
        return logits


class ArcFace(nn.Module):
    """Cosines of an embedding with one direction a class: (n, d) -> (n, classes), in [-1, 1].

    Deng et al. 2019, "ArcFace: additive angular margin loss for deep face recognition",
    https://arxiv.org/abs/1801.07698. The margin and the scale stand in `ArcFaceLoss`.
    """

    def __init__(self, embedding_size: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(embedding_size, classes, bias=False)
        nn.init.xavier_normal_(self.linear.weight)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Cosines."""
        directions = functional.normalize(self.linear.weight)
        return functional.linear(functional.normalize(self.dropout(embeddings)), directions)


class ArcFaceLoss(nn.Module):
    """Cross-entropy of `scale` x cosines, the own angle made larger by `margin` radians first (Deng et al. 2019).

    Where the angle and the margin together pass pi, the cosine is lowered by `margin * sin(margin)` instead, so that
    the loss keeps falling with the angle. `margin` may be changed while the training goes on.
    """

    reduction = "mean"  # fastai looks for it

    def __init__(self, margin: float, scale: float, label_smoothing: float) -> None:
        super().__init__()
        self.margin, self.scale, self.label_smoothing = margin, scale, label_smoothing

    def forward(self, cosines: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of a batch.

        Args:
            cosines: (n, classes).
            targets: (n,), class numbers.

        Returns:
            A scalar.
        """
        cosines, targets = (tensor.as_subclass(Tensor) for tensor in (cosines, targets))
        own = cosines.gather(1, targets[:, None]).float().clamp(-1 + 1e-6, 1 - 1e-6)
        margin = torch.tensor(self.margin)
        turned = torch.cos(torch.acos(own) + margin)
        held = own - margin * torch.sin(margin)
        hard = torch.where(own > -torch.cos(margin), turned, held).to(cosines.dtype)
        logits = self.scale * cosines.scatter(1, targets[:, None], hard)
        return functional.cross_entropy(logits, targets, label_smoothing=self.label_smoothing)


class Embedder(nn.Module):
    """Images (n, 3, size, size), normalised -> embeddings (n, d): a backbone, and a neck where one is asked for.

    The neck is a linear layer to `embedding_size` numbers and a batch norm (the ArcFace paper's last layers); without
    one the backbone's own numbers are the embedding. `whitened`: it is one linear layer.
    """

    def __init__(self, backbone: nn.Module, features: int, embedding_size: int, *, whitened: bool = False) -> None:
        super().__init__()
        self.backbone = backbone
        self.neck: nn.Module = nn.Linear(features, features) if whitened else nn.Identity()
        if embedding_size:
            self.neck = nn.Sequential(nn.Linear(features, embedding_size, bias=False), nn.BatchNorm1d(embedding_size))

    def forward(self, images: Tensor) -> Tensor:
        """Embeddings."""
        embeddings: Tensor = self.neck(self.backbone(images))
        return embeddings


class SideBySide(nn.Module):
    """Images (n, 3, size, size), normalised -> the embeddings of several networks, one after the other, (n, sum of d).

    Each is made as long as the first one. So the cosine of two rows is the mean of the cosines by each network, and the
    first columns are the first network's embedding as it gave it: its head reads them.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, images: Tensor) -> Tensor:
        """Embeddings."""
        first, *others = (network(images) for network in self.networks)
        length = torch.linalg.vector_norm(first, dim=1, keepdim=True)
        scaled = [one * (length / (torch.linalg.vector_norm(one, dim=1, keepdim=True) + _TINY)) for one in others]
        return torch.cat([first, *scaled], dim=1)


class Network(nn.Module):
    """Images (n, 3, size, size), normalised -> logits (n, classes); `body` alone gives the embedding (n, d)."""

    def __init__(self, body: Embedder, head: Softmax | ArcFace) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.head(self.body(images))
        return logits


def build_head(name: HeadName, embedding_size: int, classes: int, dropout: float) -> Softmax | ArcFace:
    """A head with weights drawn from torch's generator.

    Args:
        name: `softmax` or `arcface`.
        embedding_size: numbers of an embedding.
        classes: number of classes.
        dropout: share of the embedding that is hidden.

    Returns:
        Embeddings (n, d) to logits, or to cosines, (n, classes).
    """
    if name == "arcface":
        return ArcFace(embedding_size, classes, dropout)
    return Softmax(embedding_size, classes, dropout)


def build_loss(name: HeadName, label_smoothing: float, margin: float, scale: float) -> nn.Module:
    """The loss that trains a head.

    Args:
        name: `softmax` or `arcface`.
        label_smoothing: share of the target spread over all classes.
        margin: arcface alone: radians.
        scale: arcface alone: factor from cosines to logits.

    Returns:
        Logits or cosines (n, classes) and targets (n,) to a scalar.
    """
    if name == "arcface":
        return ArcFaceLoss(margin, scale, label_smoothing)
    return nn.CrossEntropyLoss(label_smoothing=label_smoothing)


def parameter_groups(network: Network) -> list[list[nn.Parameter]]:
    """Backbone, and what is new above it: what fastai freezes apart and gives rates of their own."""
    return [list(network.body.backbone.parameters()), [*network.body.neck.parameters(), *network.head.parameters()]]
