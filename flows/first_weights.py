"""What `train` starts from, looked at before anything runs, and said before anything is published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from longtail import licences, params, stages
from longtail.artifacts import NETWORK_CARD
from longtail.inputs.graph import PARAMS
from longtail.lineage import store
from longtail.params import Section
from longtail.training import backbone_names, hub, weights_file


def checked_params(root: Path, schemas: Mapping[str, type[Section]]) -> CommentedMap:
    """Read params.yaml, and refuse what no run could work with: unknown or wrong parameters, then the first weights.

    Args:
        root: the project's root.
        schemas: every section beside the shared ones.

    Returns:
        The sections.
    """
    raw = params.read(root / PARAMS)
    params.check_all(schemas, raw)
    check(root, raw)
    return raw


def check(root: Path, raw: Mapping[str, Any]) -> None:
    """Refuse a backbone that nothing has, and other bytes of a file or folder than params.yaml or the last run names.

    A backbone that dvc.lock has is not looked for: what was trained from it is in a cache, whatever became of the hub.

    Args:
        root: the project's root.
        raw: the sections of params.yaml.

    Raises:
        BadParameter: an unknown name, or other bytes.
        Unreachable: a model of the hub that is not in the library's cache, and no network.
    """
    train: Any = params.load(stages.load("train").Params, "train", raw)
    if _locked(root).get("backbone") != train.backbone:
        backbone_names.check(train.backbone, root)
        if train.backbone.startswith(backbone_names.HUB):
            hub.commit_of(train.backbone.removeprefix(backbone_names.HUB))
    weights_file.check(train, root, root / NETWORK_CARD)


def _locked(root: Path) -> Mapping[str, Any]:
    """`train:` of params.yaml as dvc.lock has it."""
    entry = store.lock_entries(root).get("train", {})
    return dict(entry.get("params", {}).get(PARAMS, {}).get("train") or {})


def recorded(root: Path) -> dict[str, str]:
    """What the network of this run began with, for the receipt.

    Args:
        root: the project's root.

    Returns:
        The entries of `model.json` that say it, and `warning` where their licence forbids commercial use; those that
        are empty are left out.
    """
    path = root / NETWORK_CARD
    card = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    entries = {name: str(card[name]) for name in licences.FIELDS if card.get(name)}
    warning = licences.warning(entries)
    return entries | ({"warning": warning} if warning else {})
