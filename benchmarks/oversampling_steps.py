"""Where the time of `oversample` on originals goes: milliseconds of one core a photograph, step by step.

    python -m benchmarks.oversampling_steps [ZIP] [--times 10]

The steps are those of `longtail.images.augmenting.augment`, each over all photographs, best of three; the last two rows
are `augment` itself, one photograph after the other in this process, and on all workers.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from benchmarks.measuring import keep
from benchmarks.oversampling import PILLOWS_QUALITY, ours_way, seed_names
from benchmarks.photographs import arguments, laid_out
from longtail.compute import keep_freed_memory
from longtail.images.augmenting import Job, augment
from longtail.images.opening import open_image
from longtail.images.variants import gaussian_blur, unsharp_mask, variants
from longtail.images.working import encode
from longtail.stages import prepare

T = TypeVar("T")
R = TypeVar("R")


def main(asked: Sequence[str] | None = ()) -> None:
    """Lay out photographs, time each step on them, keep the milliseconds."""
    options = arguments(asked, "oversampling_steps", __doc__)
    keep_freed_memory()  # as the workers do
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = laid_out(options.zip, folder, options.times)
        seconds_of = steps(folder, names[: len(names) // options.times])
        seconds_of["all of it, one process"] = serially(folder, names)
        began = time.perf_counter()
        ours_way(folder / "train", names, folder, {}, same_files=True)
        seconds_of["all of it, all workers"] = (time.perf_counter() - began) / len(names)
    keep("oversampling_steps", [{"step": step, "ms": round(1000 * seconds, 2)} for step, seconds in seconds_of.items()])


def steps(folder: Path, names: list[str]) -> dict[str, float]:
    """{step: seconds a photograph}."""
    seconds_of: dict[str, float] = {}

    def timed(step: str, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        ordered = list(items)
        seconds_of[step] = min(_timed(work, ordered) for _ in range(3)) / len(names)
        return [work(item) for item in ordered]

    data = timed("reading", lambda name: (folder / "train" / name).read_bytes(), names)
    opened = [one.image for one in timed("decoding", open_image, data)]
    timed("taking channels apart", lambda image: image.split() if image.mode == "RGB" else (), opened)
    pixels = timed("from Pillow to numpy", np.asarray, opened)
    blurred = timed("blurring", gaussian_blur, pixels)
    sharpened = timed("sharpening", lambda pair: unsharp_mask(*pair), zip(pixels, blurred, strict=True))
    timed("from numpy to Pillow", Image.fromarray, [*blurred, *sharpened])
    distinct = [{id(one): one for one in variants(image).values()}.values() for image in opened]
    pictures = [picture for some in distinct for picture in some]
    files = timed("encoding", partial(encode, quality=PILLOWS_QUALITY), pictures)
    repeated = [file for file, times in zip(files, _shares(distinct), strict=True) for _ in range(times)]
    timed("hashing", lambda file: hashlib.md5(file, usedforsecurity=False).hexdigest(), repeated)
    with tempfile.TemporaryDirectory(dir=folder) as target:
        numbered = enumerate(repeated * 2)  # both passes
        timed("writing ten files", lambda one: Path(target, str(one[0])).write_bytes(one[1]), numbered)
    return seconds_of


def serially(folder: Path, names: list[str]) -> float:
    """Seconds a photograph of `augment`, one after the other."""
    jobs = [Job(name, prepare.Params().max_pixels, False, seed_names(name)) for name in names]
    with tempfile.TemporaryDirectory(dir=folder) as target:
        work = partial(augment, photographs=folder / "train", target=Path(target), quality=PILLOWS_QUALITY, every=True)
        return _timed(work, jobs) / len(names)


def _shares(distinct: list[Iterable[Image.Image]]) -> list[int]:
    """How many of the five variants each distinct picture is: a grey photograph's channels are one."""
    return [times for some in distinct for times in ([1] * 5 if len(list(some)) == 5 else [3, 1, 1])]


def _timed(work: Callable[[T], R], items: list[T]) -> float:
    """Seconds; what comes out is let go at once, as in the stage."""
    began = time.perf_counter()
    for item in items:
        work(item)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(None)
