"""The file or folder of a project that first weights come from: an input of `train` that dvc.yaml cannot name.

A dependency in dvc.yaml must exist, and most projects have no such file. So its md5 counts instead: `model.json` has
the one that was used, and other bytes are refused until `train.weights_md5` names them. DVC depends on that parameter:
neither the lock nor the run cache can take a network from old bytes for one from new ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from longtail.errors import BadParameter, Problem
from longtail.run_record import md5_of
from longtail.training.backbone_names import FOLDER
from longtail.training.weights import md5_of_folder

_WORDS = ("pretrained", "imagenet", "package", "none")


def named(backbone: str, weights: str) -> str:
    """The file or folder that holds the first weights, from the project's root; `""` where they come from elsewhere.

    Args:
        backbone: `train.backbone`.
        weights: `train.weights`.

    Returns:
        Its path.
    """
    if weights not in _WORDS:
        return weights
    return backbone.removeprefix(FOLDER) if backbone.startswith(FOLDER) and weights in _WORDS[:2] else ""


def check(train: Any, root: Path, card: Path) -> None:
    """Refuse other bytes than those that params.yaml names, or that the last training of the same names used.

    Args:
        train: `train:` of params.yaml.
        root: the project's root.
        card: `model.json`; there may be none.

    Raises:
        BadParameter: the file or folder holds other bytes.
    """
    path = named(train.backbone, train.weights)
    if not path or not (root / path).exists():  # what is missing is an error of `train`, where it has to run
        return
    now = md5_of_folder(root / path) if (root / path).is_dir() else md5_of(root / path)
    expected = train.weights_md5 or _used(train, card)
    if expected and expected != now:
        raise BadParameter(changed(path, expected, now))


def changed(path: str, expected: str, now: str) -> Problem:
    """What is said where the bytes are others.

    Args:
        path: of the file or folder, from the project's root.
        expected: their md5 by params.yaml or `model.json`.
        now: their md5 today.

    Returns:
        The problem, with what to set.
    """
    remedy = f"To train from it, set train.weights_md5: {now}; else bring the old bytes back."
    return Problem(f"first weights that are not those of md5 {expected}", remedy, where=path)


def _used(train: Any, card: Path) -> str:
    """The md5 that the last training used, if it had the same names."""
    try:
        used = json.loads(card.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    same = used.get("backbone") == train.backbone and used.get("weights") == train.weights
    return str(used.get("weights_md5", "")) if same else ""
