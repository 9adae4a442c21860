"""The settings of a training in words: loss, classes, images, learning rate, augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longtail.reporting.formatting import count, number, percent, quantity, significant

_AUGMENTATIONS = (
    ("horizontal_flip", "", "random horizontal flip"),
    ("max_rotate", "0", "rotation up to {}°"),
    ("max_shear", "0", "shear up to {}°"),
    ("max_shift", "0", "shift up to {} of the edge"),
    ("shrink", "1", "scale down to {}"),
    ("zoom", "1", "zoom up to {} times"),
    ("max_warp", "0", "perspective warp (strength {})"),
    ("max_lighting", "0", "brightness and contrast (strength {})"),
    ("erase", "0", "random erasing in {} of the images"),
)
"""Parameter of train, the value that turns it off, its text."""
_SHARES = ("max_shift", "shrink", "erase")


def is_untrained(model: Mapping[str, Any]) -> bool:
    """Whether model.json is of a backbone that was not trained."""
    return model.get("head") == "none"


def in_words(model: Mapping[str, Any]) -> str:
    """What was done with a backbone that was not trained."""
    whitened = quantity(model.get("whitened_on"), "photograph")
    return f"not trained: the backbone as it is, its embeddings whitened with {whitened} of the train fold"


def describe(model: Mapping[str, Any], params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of each setting.

    Args:
        model: model.json.
        params: The section `train` of params.yaml, for what model.json does not hold.

    Returns:
        The settings that are known, in the order of reading.
    """
    if is_untrained(model):
        return [
            ("training", in_words(model)),
            ("embedding size", count(model.get("embedding_size"))),
            ("image size", _image(model)),
        ]
    settings = [
        ("start", _start(model)),
        ("head and loss", _head(model)),
        ("identities", _identities(model)),
        ("mirror images", _mirrored(model, params)),
        ("networks", _networks(model)),
        ("embedding size", count(model["embedding_size"]) if number(model.get("embedding_size")) else ""),
        ("image size", _image(model)),
        ("image passes", _passes(model)),
        ("base learning rate", _rate(model, params)),
        ("augmentation", _augmentation(params)),
    ]
    return [(name, value) for name, value in settings if value]


def _start(model: Mapping[str, Any]) -> str:
    """Of a warm start what it went on from; nothing of one from scratch, which is the rule."""
    if model.get("start") != "ancestor":
        return ""
    new = number(model.get("new_images")) or 0
    networks = " <- ".join([str(model.get("ancestor")), *map(str, model.get("earlier") or ())])
    return (
        f"warm, from the network of {networks}; {quantity(model.get('warm_runs'), 'warm training')} since "
        f"one from scratch; an epoch shows {quantity(new, 'new or changed image')} and "
        f"{count((number(model.get('images_per_epoch')) or 0) - new)} of what was known"
    )


def _head(model: Mapping[str, Any]) -> str:
    if model.get("head") != "arcface":
        return "softmax: a linear layer over all identities, as in the 2019 post"
    return (
        f"ArcFace (Deng et al. 2019): angular margin {significant(model.get('margin'))} radians, "
        f"scale {significant(model.get('scale'))}"
    )


def _identities(model: Mapping[str, Any]) -> str:
    classes = quantity(len(model.get("classes") or []), "identity", "identities")
    if not number(model.get("excluded")):
        return classes
    excluded = f"{count(model['excluded'])} with fewer than {quantity(model.get('min_groups'), 'group')} excluded"
    return f"{classes}; {excluded}, which the classifier recognises by their embeddings"


def _mirrored(model: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    if model.get("mirror_as_identity"):
        return "separate identities: a mirrored fluke is another individual, so there are twice as many classes"
    return "same identity, random horizontal flip" if params.get("horizontal_flip") else "not used in training"


def _networks(model: Mapping[str, Any]) -> str:
    networks = number(model.get("networks")) or 1
    if networks == 1:
        return ""
    return (
        f"{count(networks)} side by side, trained alike with the seeds from {count(model.get('seed'))} on; the epochs, "
        "the learning rate and the trained head are those of the first, similarities are the mean over all"
    )


def _image(model: Mapping[str, Any]) -> str:
    size = number(model.get("size"))
    return "" if size is None else f"{size:.0f} px, {'greyscale' if model.get('grey') else 'colour'}"


def _passes(model: Mapping[str, Any]) -> str:
    epochs = model.get("epochs")
    if number(model.get("image_passes")) is None or not isinstance(epochs, Mapping):
        return ""
    return (
        f"{count(model['image_passes'])}: {quantity(model.get('images_per_epoch'), 'image')} in each of "
        f"{count(epochs.get('frozen'))} frozen and {count(epochs.get('unfrozen'))} unfrozen epochs"
    )


def _rate(model: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    slower = number(params.get("body_lr_divisor"))
    body = f"; backbone {significant(slower)} times lower" if slower and slower != 1 else ""
    return f"{significant(model.get('lr'))}{body}; one-cycle schedule"


def _augmentation(params: Mapping[str, Any]) -> str:
    if not any(name in params for name, _, _ in _AUGMENTATIONS):
        return ""
    applied = []
    for name, off, text in _AUGMENTATIONS:
        value = params.get(name)
        if value not in (None, False) and number(value) != number(off):
            applied.append(text.format(percent(value, 1) if name in _SHARES else significant(value)))
    return ", ".join(applied) or "none"
