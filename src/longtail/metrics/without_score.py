"""What a reader is told where the network that answers is not the one that was scored (`train.fold: all`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longtail.errors import counted

OTHER_SCORED = (
    "It has no score of its own: all scores, the threshold and the probabilities are of another network, which learned "
    "from the train fold alone"
)


def network_of(identifier: Path) -> Mapping[str, Any]:
    """The entry `network` of identifier.json: which network answers.

    Args:
        identifier: the folder of the identifier.

    Returns:
        The entry; empty where the scored network answers, as usual.
    """
    path = identifier / "identifier.json"
    entry: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")).get("network", {}) if path.exists() else {}
    return entry


def has_none(network: Mapping[str, Any]) -> bool:
    """Whether the network that answers has no score; `network`: the entry of identifier.json, {} without one."""
    return network.get("fold") == "all"


def notice(network: Mapping[str, Any]) -> str:
    """What report, model card, receipt and `identify` say of the network that answers.

    Args:
        network: the entry `network` of identifier.json, {} where there is none.

    Returns:
        Sentences; `""` where the scored network answers, as `train.fold: train` has it.
    """
    if has_none(network):
        photographs = counted(network["photographs"], "labelled photograph")
        individuals = counted(network["identities"], "identity", "identities")
        return (
            f"The network that answers learned from {photographs} of {individuals}, those that are scored among them "
            f"(train.fold: all). {OTHER_SCORED}."
        )
    return f"{too_few(network)}." if network else ""


def too_few(network: Mapping[str, Any]) -> str:
    """Why the scored network answers although `train.fold` is `all`, and the remedy; without its full stop.

    Args:
        network: the entry `network` of identifier.json.

    Returns:
        A sentence or two.
    """
    return (
        f"train.fold: all, and yet the scored network answers: threshold and probabilities can be carried over to the "
        f"other one by {network['needed']} photographs that neither has learned from (labelled unknown, or test "
        f"photographs of other pictures), and there are {network['unseen']:,}. Add some, or set train.fold: train, "
        "which trains one network"
    )
