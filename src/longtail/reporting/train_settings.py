"""The settings of a training in words: loss, classes, images, learning rate, augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longtail.reporting.formatting import count, digits, number, percent, times

_AUGMENTATIONS = (
    ("horizontal_flip", "", "mirrored at random"),
    ("max_rotate", "0", "turned by up to {}°"),
    ("max_shear", "0", "slanted by up to {}°"),
    ("max_shift", "0", "moved by up to {} of the edge"),
    ("shrink", "1", "made smaller, down to {} of its size"),
    ("zoom", "1", "zoomed in up to {} times"),
    ("max_warp", "0", "seen from another side (strength {})"),
    ("max_lighting", "0", "brighter, darker, flatter or harsher (strength {})"),
    ("erase", "0", "part of it hidden in {} of the images"),
)
"""Parameter of train, the value that turns it off, what it does."""
_SHARES = ("max_shift", "shrink", "erase")


def describe(model: Mapping[str, Any], params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of each setting.

    Args:
        model: model.json.
        params: The section `train` of params.yaml, for what model.json does not hold.

    Returns:
        The settings that are known, in the order of reading.
    """
    settings = [
        ("what it learned by", _head(model)),
        ("identities", _identities(model)),
        ("mirror images", _mirrored(model, params)),
        ("an embedding", f"{times(model['embedding_size'], 'number')}" if number(model.get("embedding_size")) else ""),
        ("an image", _image(model)),
        ("image passes", _passes(model)),
        ("highest learning rate", _rate(model, params)),
        ("an image changes by chance", _augmentation(params)),
    ]
    return [(name, value) for name, value in settings if value]


def _head(model: Mapping[str, Any]) -> str:
    if model.get("head") != "arcface":
        return "softmax: a linear layer over all identities (the post's way)"
    return (
        f"ArcFace (Deng 2019): the angle to the own identity must be smaller by {digits(model.get('margin'))} radians; "
        f"scale {digits(model.get('scale'))}"
    )


def _identities(model: Mapping[str, Any]) -> str:
    learned = f"{times(len(model.get('classes') or []), 'identity', 'identities')} learned from"
    if not number(model.get("left_out")):
        return learned
    excluded = f"{count(model['left_out'])} of fewer than {times(model.get('min_groups'), 'group')} left out"
    return f"{learned}; {excluded}: what is fitted on its embeddings names them too"


def _mirrored(model: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    if model.get("mirror_as_identity"):
        return "identities of their own: a mirrored fluke is another animal, so twice as many classes are told apart"
    return "the same identity, mirrored at random" if params.get("horizontal_flip") else "not used in training"


def _image(model: Mapping[str, Any]) -> str:
    size = number(model.get("size"))
    return "" if size is None else f"{size:.0f} px, {'grey' if model.get('grey') else 'with its colours'}"


def _passes(model: Mapping[str, Any]) -> str:
    epochs = model.get("epochs")
    if number(model.get("image_passes")) is None or not isinstance(epochs, Mapping):
        return ""
    return (
        f"{count(model['image_passes'])}: {times(model.get('images_per_epoch'), 'image')} in each of "
        f"{count(epochs.get('frozen'))} frozen and {count(epochs.get('unfrozen'))} unfrozen epochs"
    )


def _rate(model: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    slower = number(params.get("body_lr_divisor"))
    body = f"; the backbone {digits(slower)} times slower" if slower and slower != 1 else ""
    return f"{digits(model.get('lr'))}{body}, one cycle up and down"


def _augmentation(params: Mapping[str, Any]) -> str:
    if not any(name in params for name, _, _ in _AUGMENTATIONS):
        return ""
    applied = []
    for name, off, words in _AUGMENTATIONS:
        value = params.get(name)
        if value not in (None, False) and number(value) != number(off):
            applied.append(words.format(percent(value, 1) if name in _SHARES else digits(value)))
    return ", ".join(applied) or "in no way"
