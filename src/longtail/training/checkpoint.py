"""A trained network on the disk: tensors as safetensors, everything else as JSON. Nothing here can run code.

torch is imported where it is used: `identify` and `embed` read the card without it.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import atomic
from longtail.errors import BadInput, Problem

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Card:
    """What is needed to use the network. `model.json` holds it, with facts about the training."""

    backbone: str
    weights: str
    weights_note: str
    seed: int
    size: int  # edge of an image in pixels
    grey: bool
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    channels_last: bool
    embedding_size: int
    neck: int  # numbers that the neck makes of the backbone's; 0: there is none
    head: str
    mirror_as_identity: bool  # the second half of the head's rows are the classes' mirror images
    classes: list[str]
    # The fields of `backbones.Origin`; a model.json of an earlier version has none of them.
    weights_licence: str = ""
    revision: str = ""
    weights_md5: str = ""
    architecture: str = ""
    model_args: dict[str, Any] = field(default_factory=dict)
    whitened: bool = False  # the backbone was not trained, and a layer behind it whitens its embeddings
    networks: int = 1  # side by side; the files of the others are in the folder `side_by_side.FOLDER`
    pretrained_size: int = 0  # numbers of an embedding by the pretrained network beside them; 0: there is none
    start: str = "scratch"  # or `ancestor`: training went on from a network that was published before
    ancestor: str = ""  # the receipt of that publication
    earlier: tuple[str, ...] = ()  # those of the networks before that one, the nearest first, that from scratch last
    warm_runs: int = 0  # warm trainings since one from scratch, this one included

    @property
    def width(self) -> int:
        """Numbers that all networks side by side give of an image."""
        return self.networks * self.embedding_size + self.pretrained_size


def save_tensors(path: Path, module: nn.Module) -> None:
    """Write every tensor of a module, on the CPU. Equal tensors give equal bytes.

    Args:
        path: the file, safetensors.
        module: the network, or a part of it.
    """
    from safetensors.torch import save_file

    # `.contiguous()`: safetensors would write a channels_last tensor in an order that is not its shape's.
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    with atomic.replacing(path) as temporary:
        save_file(state, temporary)


def save_card(path: Path, card: Card, training: dict[str, Any]) -> None:
    """Write `model.json`.

    Args:
        path: the file.
        card: what one must know to use the network.
        training: what else is worth knowing about the training.
    """
    alone = {"networks": 1, "pretrained_size": 0}
    fields = {name: value for name, value in asdict(card).items() if name not in alone or value != alone[name]}
    atomic.write_json(path, {**training, **fields})


def read_card(path: Path) -> Card:
    """The card in `model.json`.

    Returns:
        The card.

    Raises:
        BadInput: the file is not one.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        fields = Card.__dataclass_fields__.items()
        needed = [name for name, one in fields if one.default is MISSING and one.default_factory is MISSING]
        own = {name: value[name] for name, _ in fields if name in value or name in needed}
    except (ValueError, KeyError) as error:
        remedy = "Train again: longtail train"
        raise BadInput(Problem(f"this is not a trained network's card ({error})", remedy, where=path.name)) from error
    own |= {name: tuple(own[name]) for name in ("mean", "std", "earlier") if name in own}
    return Card(**own)


def load_body(tensors: Path, card: Card) -> nn.Module:
    """The trained body, ready to embed on the CPU; of several networks all, side by side.

    Args:
        tensors: `model.safetensors`, of the first one.
        card: `model.json`.

    Returns:
        The network up to its embedding.

    Raises:
        BadInput: tensors and card do not belong together.
    """
    from safetensors.torch import load_file

    from longtail.training import backbones, side_by_side
    from longtail.training.heads import Embedder, SideBySide

    bodies: list[nn.Module] = []
    for _ in range(card.networks):
        backbone = backbones.of_card(card)
        bodies.append(Embedder(backbone.body, backbone.embedding_size, card.neck, whitened=card.whitened))
    if card.pretrained_size:
        bodies.append(Embedder(backbones.of_card(card).body, card.pretrained_size, 0, whitened=True))
    body = bodies[0] if len(bodies) == 1 else SideBySide(bodies)
    try:
        body.load_state_dict(side_by_side.read(tensors, card, load_file))
    except RuntimeError as error:
        remedy = "Train again: longtail train"
        problem = Problem(f"the tensors are not those of '{card.backbone}'", remedy, where=tensors.name)
        raise BadInput(problem) from error
    return prepare_for_inference(body, card)


def load_pretrained(card: Card, root: Path) -> nn.Module:
    """The backbone as it was before any training, made anew from where its first weights came.

    Args:
        card: `model.json`.
        root: the project's root.

    Returns:
        The network up to its embedding.

    Raises:
        BadInput: its file or folder holds other bytes than those that it started from.
    """
    from longtail.training import backbones, weights_file

    if card.weights == "none":
        return prepare_for_inference(backbones.of_card(card).body, card)
    name = f"{card.backbone.partition('@')[0]}@{card.revision}" if card.revision else card.backbone
    backbone = backbones.build(name, card.weights, card.size, card.seed, root)
    now = backbone.origin.weights_md5
    if card.weights_md5 and now != card.weights_md5:
        raise BadInput(weights_file.changed(weights_file.named(card.backbone, card.weights), card.weights_md5, now))
    return prepare_for_inference(backbone.body, card)


def prepare_for_inference(body: nn.Module, card: Card) -> nn.Module:
    """In eval mode and in the memory format it was trained in: bits are equal only then.

    Args:
        body: the network up to its embedding; changed in place.
        card: `model.json`.

    Returns:
        The same network.
    """
    import torch

    body.eval().requires_grad_(False)
    return body.to(memory_format=torch.channels_last) if card.channels_last else body
