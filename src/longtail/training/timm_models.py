"""A model of timm at a size that is not its own: position embeddings and windows are fitted to it as it is built.

timm reads three kinds of name alike: its own (`NAME.TAG`), `hf-hub:ORG/NAME@COMMIT` and `local-dir:FOLDER`. The model's
configuration says whether it takes any size; one that does not is built with `img_size`, and timm resamples what its
weights have by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from longtail.errors import BadInput, BadParameter, LongtailError, Problem
from longtail.training import hub

if TYPE_CHECKING:
    from torch import nn

_SOURCE_ARGS = ("model_name", "pretrained_cfg", "pretrained_model_args")


@dataclass(frozen=True)
class Built:
    """A model with its classifier, and how it was built."""

    body: nn.Module
    config: Mapping[str, Any]
    """timm's `pretrained_cfg`."""
    architecture: str
    args: dict[str, Any]
    """What makes the same network of the architecture again, without hub or folder."""
    size: int

    @property
    def mean(self) -> tuple[float, float, float]:
        """Of each channel, for normalising."""
        return _of_colours(self.config["mean"])

    @property
    def std(self) -> tuple[float, float, float]:
        """Of each channel, for normalising."""
        return _of_colours(self.config["std"])


def create(name: str, size: int | Literal["auto"], *, pretrained: bool, args: Mapping[str, Any] | None = None) -> Built:
    """Build a model of timm.

    Args:
        name: as timm reads it.
        size: edge of an image in pixels; `auto`: the model's own.
        pretrained: with its weights.
        args: what it is built with, as `Built.args`.

    Returns:
        The model.

    Raises:
        BadInput: its configuration or weights cannot be used.
        BadParameter: it cannot be built for that size.
        Unreachable: its weights are not in the library's cache and cannot be downloaded.
        OSError: the same of a model by timm's own name.
    """  # noqa: DOC501 - functions of ours make the errors
    import timm

    try:
        arguments = timm.models.resolve_model_input_args(
            name, {} if size == "auto" else {"img_size": size}, **(args or {})
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _not_of_timm(name, error) from error
    config = arguments["pretrained_cfg"]
    channels, *edges = config["input_size"]
    if channels != 3:
        arguments["in_chans"] = 3
    edge = max(edges) if size == "auto" else size
    try:
        body = timm.create_model(pretrained=pretrained, **arguments)
    except Exception as error:
        in_words = _in_words(name, edge, error, pretrained=pretrained)
        if in_words is None:
            raise
        raise in_words from error
    built_with = {key: value for key, value in arguments.items() if key not in _SOURCE_ARGS}
    return Built(body, config, arguments["model_name"], {**built_with, "num_classes": body.num_classes}, edge)


def no_such_size(name: str, size: int, error: Exception) -> BadParameter:
    """The error where a network takes no images of a size.

    Args:
        name: of the backbone.
        size: edge of an image in pixels.
        error: what it says.

    Returns:
        The error, with what to set.
    """
    remedy = "Choose another `train.size` (auto: the backbone's own; 224 suits most) or another backbone."
    return BadParameter(Problem(f"'{name}' takes no images of {size} px: {error}", remedy, where="train.size"))


def _in_words(name: str, size: int, error: Exception, *, pretrained: bool) -> LongtailError | None:
    """What went wrong while a model was built; None: nothing that a user could mend."""
    from safetensors import SafetensorError

    of_hub, of_folder = name.startswith("hf-hub:"), name.startswith("local-dir:")
    plain = name.partition(":")[2]
    first = str(error).split("\n")[0]
    if isinstance(error, SafetensorError) or type(error).__name__ == "UnpicklingError":
        remedy = "Give safetensors, or a state dict that opens with torch.load(..., weights_only=True)."
        where = Path(plain).name if of_folder else name
        return BadInput(Problem(f"the file of weights cannot be read: {first}", remedy, where=where))
    if of_hub and isinstance(error, OSError):
        return hub.unreachable(plain, error)
    if isinstance(error, RuntimeError) and pretrained and (of_hub or of_folder):
        what = f"the weights do not fit the network of config.json: {first}"
        where = Path(plain).name if of_folder else name
        return BadInput(Problem(what, "Save both from one model of timm: timm's `save_for_hf`.", where=where))
    if isinstance(error, (AssertionError, ValueError, TypeError)):
        return no_such_size(name, size, error)
    return None


def _not_of_timm(name: str, error: Exception) -> LongtailError:
    what = f"config.json of '{name.partition('@')[0]}' is none of timm: {type(error).__name__}: {error}"
    remedy = "Name a model of timm (hf-hub:timm/..., hf-hub:BVRA/MegaDescriptor-T-224), or save one with `save_for_hf`."
    return BadInput(Problem(what, remedy, where="train.backbone"))


def _of_colours(values: Any) -> tuple[float, float, float]:
    """Three values of a configuration; one value, of a model of grey images, holds for each colour."""
    first, *rest = (float(value) for value in values)
    return (first, rest[0], rest[1]) if len(rest) > 1 else (first, first, first)
