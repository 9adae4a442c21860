"""From embedding to logits: the last layer, the loss that goes with it, and the network of body and head.

A head keeps its numbers in one `linear` layer, so that `embeddings @ weight.T + bias` gives the network's logits
without the network. A margin belongs in the loss and not in the head, which sees no targets when it is at work.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

HeadName = Literal["softmax"]


class Softmax(nn.Module):
    """Dropout and a linear layer: (n, d) -> (n, classes)."""

    def __init__(self, embedding_size: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(embedding_size, classes)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.linear(self.dropout(embeddings))
        return logits


class Network(nn.Module):
    """Images (n, 3, size, size), normalised -> logits (n, classes); `body` alone gives the embedding (n, d)."""

    def __init__(self, body: nn.Module, head: Softmax) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.head(self.body(images))
        return logits


def build_head(name: HeadName, embedding_size: int, classes: int, dropout: float) -> Softmax:
    """The head `name`, its numbers drawn from torch's generator."""
    return {"softmax": Softmax}[name](embedding_size, classes, dropout)


def build_loss(name: HeadName, label_smoothing: float) -> nn.Module:
    """The loss that trains the head `name`. It has a `reduction`, which fastai looks for."""
    return {"softmax": nn.CrossEntropyLoss}[name](label_smoothing=label_smoothing)


def parameter_groups(network: Network) -> list[list[nn.Parameter]]:
    """Body and head: what fastai freezes apart and gives rates of their own."""
    return [list(network.body.parameters()), list(network.head.parameters())]
