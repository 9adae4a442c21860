"""Names of backbones: what a name means, and whether there is such a network. Nothing here imports torch to accept one.

`NAME` is torchvision's network where torchvision has it, else timm's (`NAME.TAG` names the weights too);
`timm/NAME` and `torchvision/NAME` say which. `hf-hub:ORG/NAME` or `hf-hub:ORG/NAME@REVISION` is a model of timm on the
Hugging Face hub, `local-dir:FOLDER` one in a folder of the project, in the layout that timm saves for the hub.
"""

from __future__ import annotations

import difflib
import importlib.util
import re
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from longtail import imports
from longtail.errors import BadParameter, Problem
from longtail.training.without_compiler import without_compiler

Source = Literal["torchvision", "timm", "hf-hub", "local-dir"]

HUB, FOLDER = "hf-hub:", "local-dir:"
CONFIG = "config.json"
_PARAMETER = "train.backbone"
_FORMS = "a network of timm or torchvision (resnet50), hf-hub:ORG/NAME or local-dir:FOLDER"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
_REGISTERED = re.compile(r"^@register_model\b.*?^def (\w+)", re.MULTILINE | re.DOTALL)
_NO_CLASSIFIER = {"googlenet", "inception_v3", "squeezenet1_0", "squeezenet1_1"}
"""Networks of torchvision with several outputs, or without a linear layer."""


class BackboneName(NamedTuple):
    """What a name means."""

    source: Source
    plain: str
    """A network of the library, `ORG/NAME@REVISION` on the hub, or a folder from the project's root."""


def check(name: str, root: Path) -> None:
    """Refuse a name that nothing has, before any work begins; the hub itself is not asked.

    Args:
        name: `train.backbone`.
        root: the project's root.

    Raises:
        BadParameter: no library has it, it is not a name of the hub, or there is no such folder.
    """
    if name.startswith((HUB, FOLDER)) or not _is_listed(name):
        resolve(name, root)


def resolve(name: str, root: Path) -> BackboneName:
    """What a name means.

    Args:
        name: `train.backbone`.
        root: the project's root.

    Returns:
        Library, hub or folder, and the name there.

    Raises:
        BadParameter: as `check`.
    """
    if name.startswith(HUB):
        return BackboneName("hf-hub", _hub_name(name))
    if name.startswith(FOLDER):
        return BackboneName("local-dir", _folder(name, root))
    return _of_library(name)


def _hub_name(name: str) -> str:
    plain = name.removeprefix(HUB)
    if not _HUB_NAME.fullmatch(plain):
        remedy = "Write hf-hub:ORG/NAME, or hf-hub:ORG/NAME@REVISION for a branch, tag or commit."
        raise BadParameter(Problem(f"'{name}' is no name of a model on the hub", remedy, where=_PARAMETER))
    return plain


def _folder(name: str, root: Path) -> str:
    plain = name.removeprefix(FOLDER)
    path = PurePosixPath(plain)
    if not plain.strip() or path.is_absolute() or ".." in path.parts:
        remedy = "Copy it into the project, or link it there: other checkouts have no such folder of this machine."
        raise BadParameter(Problem(f"'{name}' names no folder of the project", remedy, where=_PARAMETER))
    if not (root / plain).is_dir():
        remedy = "Give its path from the project's root; `dvc pull` brings one that is versioned with DVC."
        raise BadParameter(Problem(f"there is no folder '{plain}'", remedy, where=_PARAMETER))
    if not (root / plain / CONFIG).is_file():
        remedy = f"timm's `save_for_hf` writes {CONFIG} beside the weights."
        raise BadParameter(Problem(f"the folder '{plain}' has no {CONFIG}", remedy, where=_PARAMETER))
    return plain


def _of_library(name: str) -> BackboneName:
    with imports.uncollected(), without_compiler():
        import timm
        import torchvision

    ours = set(torchvision.models.list_models(module=torchvision.models)) - _NO_CLASSIFIER
    library, _, plain = name.rpartition("/")
    if library in ("", "torchvision") and plain in ours:
        return BackboneName("torchvision", plain)
    of_timm = timm.list_models(include_tags=True)
    if library in ("", "timm") and (plain in of_timm or ("." not in plain and timm.is_model(plain))):
        return BackboneName("timm", plain)
    close = difflib.get_close_matches(plain, [*ours, *timm.list_models(), *(of_timm if "." in plain else ())], n=3)
    remedy = f"Did you mean {' or '.join(close)}?" if close else f"It is {_FORMS}."
    raise BadParameter(Problem(f"unknown backbone '{name}'", remedy, where=_PARAMETER))


def _is_listed(name: str) -> bool:
    """Whether a library's source registers a network of that name; what it does not, the library itself is asked."""
    library, _, plain = name.rpartition("/")
    libraries = {"": ("torchvision", "timm"), "torchvision": ("torchvision",), "timm": ("timm",)}.get(library, ())
    return any(plain in _registered(one) for one in libraries)


@cache
def _registered(library: str) -> frozenset[str]:
    """Names in the library's files: importing it would take seconds, at the start of every run."""
    spec = importlib.util.find_spec(library)
    if spec is None or spec.origin is None:
        return frozenset()
    files = (Path(spec.origin).parent / "models").glob("*.py")
    names = (name for file in files for name in _REGISTERED.findall(file.read_text(encoding="utf-8")))
    return frozenset(names) - (_NO_CLASSIFIER if library == "torchvision" else frozenset())
