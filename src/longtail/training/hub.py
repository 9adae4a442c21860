"""Models of the Hugging Face hub: which commit is meant, and its licence. Downloads go through the library's cache."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

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
    """The licence on the card of a model; `""` where it names none, or the card cannot be had.

    Args:
        model: `ORG/NAME@COMMIT`.

    Returns:
        The licence, as `cc-by-nc-4.0`.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    name, _, commit = model.partition("@")
    try:
        return licence_in(Path(hf_hub_download(name, CARD, revision=commit or None)))
    except (OSError, EntryNotFoundError):
        return ""


def licence_in(card: Path) -> str:
    """The licence in the first lines of a model's card, README.md; `""` where it names none."""
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
