"""The plan of a sample, made before a pixel is drawn: a pure function of four numbers and an edition.

In the first edition each unknown whale has one photograph. In the second it has one to six, among the test photographs
too, so that there is somebody to discover; the truth about them lies beside the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

UNKNOWN = "new_whale"
IDENTITY_PREFIX = "drawn_"
"""How a drawn identity is named: nobody shall take it for a whale."""

_SEEN_ONCE = 0.5  # of the named identities have one photograph (2,220 of the 4,251 whales)
_UNKNOWN = 0.10  # of the labelled photographs (the whales: 0.08)
_COPIES = 0.04  # of the labelled photographs are byte-identical to another (the whales: 0.07)
_CONFLICTING = 0.2  # of the copies have another label than their original (176 of the whales' 733)
_RESAVED = 0.01  # of the labelled photographs are another one, saved again at lower quality
_TEST_UNSEEN = 0.3  # of the test photographs: whales that occur nowhere else
_UNSEEN_LABELLED = 0.5  # of the unseen test photographs, second edition: of whales that are labelled unknown elsewhere
_SIZES = (
    0.50,
    0.20,
    0.12,
    0.08,
    0.06,
    0.04,
)  # of the unknown whales, second edition: with one photograph, two, ... six
_TEST_COPIES = 0.05  # of the test photographs: byte-identical to a labelled one
_LOOKS = {"grey": 0.15, "grey_in_colour": 0.03, "red": 0.01, "green": 0.01, "blue": 0.01}
_STEEPNESS, _FLATTENING = 1.15, 6.0  # of the tail: photographs beyond two ~ (rank + flattening) ** -steepness
_QUALITY = (78, 94)  # of the JPEG files
_LOST_QUALITY = 20  # when a file is saved again
FIRST_EDITION, EDITION = 1, 2
_OF_UNKNOWN = 5  # stream of random numbers; those of photographs, flukes and years come before
_TEST_FROM = 100_000  # test photographs of a whale are numbered from here


@dataclass(frozen=True)
class Shot:
    """One file of the sample. Equal `whale`, `photograph`, `look` and `quality` make equal bytes."""

    name: str
    label: str
    """What the label table says; of a test photograph, the truth."""
    whale: int
    photograph: int
    look: str
    """`colour`; `grey` (mode L); `grey_in_colour` (RGB without colour); `red`, `green`, `blue` (that channel alone)."""
    quality: int
    day: int | None = None
    """When it was taken, counted from the sample's first day; None in a sample without years."""


@dataclass(frozen=True)
class Plan:
    """All files of a sample, each list sorted by name."""

    labelled: list[Shot]
    test: list[Shot]
    names: list[str]
    """Of the named whales, by number; every whale beyond them is UNKNOWN."""
    edition: int = FIRST_EDITION
    years: int = 0
    """That the days of the photographs lie in; 0 where they have none."""

    def truth(self, shot: Shot) -> str:
        """The label that is right for it: the table's own may be wrong, where a copy has another label."""
        return self.names[shot.whale] if shot.whale < len(self.names) else UNKNOWN

    @property
    def unknown(self) -> list[tuple[Shot, str]]:
        """The photographs of unknown whales, by name, each with the whale: what nobody but the drawer knows."""
        every = [shot for shot in [*self.labelled, *self.test] if shot.whale >= len(self.names)]
        return [
            (shot, f"unknown_{shot.whale - len(self.names):04}") for shot in sorted(every, key=lambda shot: shot.name)
        ]

    @property
    def identities(self) -> list[str]:
        """The named identities, the most often photographed first."""
        counts = Counter(shot.label for shot in self.labelled if shot.label != UNKNOWN)
        return sorted(counts, key=lambda label: (-counts[label], label))


def plan_sample(identities: int, images: int, test: int, seed: int, edition: int = FIRST_EDITION) -> Plan:
    """A sample of drawn photographs.

    Args:
        identities: number of named identities.
        images: number of labelled photographs.
        test: number of test photographs.
        seed: of all draws.
        edition: FIRST_EDITION or EDITION.

    Returns:
        Every photograph with its label, before any is drawn.

    Raises:
        ValueError: fewer than two identities, or fewer labelled photographs than `fewest_images`.
    """
    if identities < 2 or images < fewest_images(identities):
        raise ValueError(f"{images} photographs cannot show {identities} identities in a long tail")
    rng = np.random.default_rng([seed, 0])
    labels = [f"{IDENTITY_PREFIX}{number:05x}" for number in rng.choice(16**5, identities, replace=False)]
    names = [f"{number:08x}.jpg" for number in rng.choice(16**8, images + test, replace=False)]
    unknown, copies, resaved = _extras(images)
    counts = _class_counts(identities, images - unknown - copies - resaved)
    of_unknown = np.random.default_rng([seed, _OF_UNKNOWN])
    strangers = np.arange(unknown) if edition == FIRST_EDITION else _in_groups(unknown, of_unknown)
    whales = np.concatenate([np.repeat(np.arange(identities), counts), identities + strangers])
    pictures = _pictures(whales, [*labels, *[UNKNOWN] * unknown], 0, rng)
    originals = [pictures[at] for at in rng.choice(len(pictures), copies + resaved, replace=False)]
    labelled = pictures + _copied(originals[:copies], labels, rng) + [_resaved(shot) for shot in originals[copies:]]
    unseen = round(_TEST_UNSEEN * test)
    others = np.arange(unseen)
    if edition != FIRST_EDITION:
        again = _drawn_from(whales[whales >= identities], round(_UNSEEN_LABELLED * unseen), of_unknown)
        others = np.concatenate([again - whales.max() - 1, _in_groups(unseen - len(again), of_unknown)])
    test_pictures = _test(pictures, labels, test, others, rng)
    return Plan(_named(labelled, names[:images]), _named(test_pictures, names[images:]), labels, edition)


def fewest_images(identities: int) -> int:
    """The fewest labelled photographs that show `identities` named ones, half of them more than once."""
    images = needed = 2 * identities - round(_SEEN_ONCE * identities)
    while images - sum(_extras(images)) < needed:
        images += 1
    return images


def _extras(images: int) -> tuple[int, int, int]:
    """How many of `images` are of unknown whales, byte-identical copies, files saved again."""
    return round(_UNKNOWN * images), round(_COPIES * images), round(_RESAVED * images)


def _class_counts(identities: int, photographs: int) -> NDArray[np.int64]:
    """Photographs of each identity, (identities,), most first: a long tail whose second half is all ones."""
    once = round(_SEEN_ONCE * identities)
    often = identities - once
    weights = (np.arange(often) + _FLATTENING) ** -_STEEPNESS
    reached = np.rint(np.cumsum(weights) / weights.sum() * (photographs - once - 2 * often)).astype(np.int64)
    return np.concatenate([2 + np.diff(reached, prepend=0), np.ones(once, dtype=np.int64)])


def _in_groups(photographs: int, rng: Generator) -> NDArray[np.int64]:
    """Numbers of whales, (photographs,): one to six photographs each, the last as many as are left."""
    sizes = 1 + rng.choice(len(_SIZES), photographs, p=_SIZES)
    return np.repeat(np.arange(photographs), sizes)[:photographs]


def _drawn_from(whales: NDArray[np.int64], count: int, rng: Generator) -> NDArray[np.int64]:
    """`count` of `whales`, or fewer where there are none."""
    return rng.choice(whales, count) if len(whales) else whales[:0]


def _pictures(whales: NDArray[np.int64], labels: Sequence[str], first: int, rng: Generator) -> list[Shot]:
    """A picture of each of `whales` (its number stands for its label), no two alike."""
    looks = ["colour"] * len(whales)
    order = iter(rng.permutation(len(whales)))
    for look, share in _LOOKS.items():
        for _ in range(round(share * len(whales))):
            looks[next(order)] = look
    taken: Counter[int] = Counter()
    shots = []
    for whale, look, quality in zip(whales.tolist(), looks, rng.integers(*_QUALITY, len(whales)).tolist(), strict=True):
        shots.append(Shot("", labels[whale], whale, first + taken[whale], look, quality))
        taken[whale] += 1
    return shots


def _copied(originals: Sequence[Shot], labels: Sequence[str], rng: Generator) -> list[Shot]:
    """Copies; the first few under another label: in turn another name, and unknown against a name."""
    copies = list(originals)
    for at in range(round(_CONFLICTING * len(copies))):
        others = [label for label in labels if label != copies[at].label]
        unknown = at % 2 == 1 and copies[at].label != UNKNOWN
        copies[at] = replace(copies[at], label=UNKNOWN if unknown else others[rng.integers(len(others))])
    return copies


def _resaved(shot: Shot) -> Shot:
    return replace(shot, quality=shot.quality - _LOST_QUALITY)


def _test(
    pictures: Sequence[Shot], labels: Sequence[str], count: int, unseen: NDArray[np.int64], rng: Generator
) -> list[Shot]:
    """`count` test photographs: known whales as often as they are labelled, unseen ones, copies."""
    # `unseen` counts from after the last labelled whale; below 0 it is one that is labelled unknown.
    copies = round(_TEST_COPIES * count)
    named = np.array([shot.whale for shot in pictures if shot.label != UNKNOWN])
    strangers = max(shot.whale for shot in pictures) + 1 + unseen
    whales = np.concatenate([rng.choice(named, count - len(unseen) - copies), strangers])
    everyone = [*labels, *[UNKNOWN] * (int(whales.max(initial=0)) + 1 - len(labels))]
    return [
        *_pictures(whales, everyone, _TEST_FROM, rng),
        *(pictures[at] for at in rng.choice(len(pictures), copies, replace=False)),
    ]


def _named(shots: Sequence[Shot], names: Sequence[str]) -> list[Shot]:
    return sorted((replace(s, name=name) for s, name in zip(shots, names, strict=True)), key=lambda shot: shot.name)
