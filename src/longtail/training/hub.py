"""Models of the Hugging Face hub: which commit is meant, and its licence. Downloads go through the library's cache."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from longtail import licences
from longtail.errors import BadParameter, LongtailError, Problem, Unreachable
from longtail.training.backbone_names import CONFIG

CARD = "README.md"


def commit_of(model: str) -> str:
    """The commit that a name means today, or in the library's cache where there is no network.

    Args:
        model: `ORG/NAME` or `ORG/NAME@REVISION`.

    Returns:
        `ORG/NAME@COMMIT`.

    Raises:
        BadParameter: the hub has no such model, or it is none of timm.
        Unreachable: no network, and not in the cache.
    """  # noqa: DOC501 - functions of ours make the errors
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    name, _, revision = model.partition("@")
    try:
        config = hf_hub_download(name, CONFIG, revision=revision or None)
    except LocalEntryNotFoundError as error:
        raise unreachable(model, error) from error
    except RepositoryNotFoundError as error:
        remedy = "Look at the name; for a model that asks for an account: hf auth login"
        raise _refused(model, "the hub has no such model, or does not give it to you", remedy) from error
    except RevisionNotFoundError as error:
        raise _refused(model, "the model has no such revision", "Name a branch, tag or commit of it.") from error
    except EntryNotFoundError as error:
        raise _refused(model, f"it has no {CONFIG}", "Name a model of timm (hf-hub:timm/...).") from error
    except OSError as error:
        raise unreachable(model, error) from error
    return f"{name}@{Path(config).parent.name}"


def licence_of(model: str) -> str:
    """The licence that the card of a model names, and a restriction in its configuration.

    Args:
        model: `ORG/NAME@COMMIT`.

    Returns:
        As of `licence_in`; `""` too where neither can be had.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    name, _, commit = model.partition("@")
    licence = ""
    for file in (CARD, CONFIG):
        try:
            licence = licence_in(Path(hf_hub_download(name, file, revision=commit or None)).parent)
        except (OSError, EntryNotFoundError):
            continue
    return licence


def licence_in(folder: Path) -> str:
    """The licence that the card of a model names, and a restriction in its configuration.

    A licence in config.json counts only where it forbids commercial use: timm's `save_for_hf` copies that of the
    network which training began with, and its `push_to_hf_hub` writes apache-2.0 into the card by default.

    Args:
        folder: with README.md, config.json or both.

    Returns:
        The licence, as `cc-by-nc-4.0`; `""` where none is named.
    """
    of_card, restricted = _of_card(folder / CARD), _restriction(folder / CONFIG)
    if not restricted or licences.is_non_commercial(of_card):
        return of_card
    return f"{of_card} ({CONFIG}: {restricted})" if of_card else restricted


def _restriction(config: Path) -> str:
    """The licence in a model's configuration where it forbids commercial use; else `""`."""
    try:
        values = json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    named = [part.get("license") for part in (values, values.get("pretrained_cfg")) if isinstance(part, dict)]
    return next((text for text in map(_text, filter(None, named)) if licences.is_non_commercial(text)), "")


def _of_card(card: Path) -> str:
    """The licence in the first lines of a model's card; `""` where it names none."""
    from huggingface_hub import metadata_load

    try:
        facts: dict[str, Any] = metadata_load(card) or {}
    except (OSError, ValueError, TypeError):
        return ""
    licence = facts.get("license") or ""
    return str(facts.get("license_name") or licence) if licence == "other" else _text(licence)


def unreachable(model: str, error: Exception) -> LongtailError:
    """The error where a model can be had neither from the network nor from the library's cache.

    Args:
        model: its name on the hub.
        error: why not.

    Returns:
        The error, with what to do; in the library's offline mode no retry can help.
    """
    offline = any(os.environ.get(name) for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
    first = "HF_HUB_OFFLINE is set: unset it, or" if offline else "Check the network and run it again, or"
    remedy = (
        f"{first} fetch it where there is one (hf download {model.partition('@')[0]}) and copy the cache (HF_HOME) or "
        "the folder here: train.backbone: local-dir:FOLDER"
    )
    reason = str(error).splitlines()[0].partition(". ")[0].rstrip(".")
    problem = Problem(f"the model '{model}' is not in the cache and could not be downloaded: {reason}", remedy)
    return LongtailError(problem) if offline else Unreachable(problem)


def _refused(model: str, why: str, remedy: str) -> BadParameter:
    return BadParameter(Problem(f"'hf-hub:{model}': {why}", remedy, where="train.backbone"))


def _text(licence: Any) -> str:
    return ", ".join(map(str, licence)) if isinstance(licence, list) else str(licence)
