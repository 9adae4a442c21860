"""Writing the filtered copies of rare identities: `oversample`'s way against the 2019 script's.

    python -m benchmarks.oversampling [ZIP] [--times 10]

The script's method, written anew from its description: two passes; in each for each photograph open, convert to RGB,
split, blur, sharpen, and five saves. Ours on the originals writes the same ten files at the same quality; ours by the
default preset reads working copies and stores equal pictures once. Beside them stands what the codec alone takes: one
decode and the distinct encodes, on both cores. What the pixels of the two differ by is kept too.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.measuring import keep, paired
from benchmarks.photographs import arguments, laid_out
from longtail.compute import keep_freed_memory, run_all
from longtail.images.augmenting import Job, augment
from longtail.images.describing import Item, describe
from longtail.images.opening import open_image
from longtail.images.variants import NAMES, unsharp_mask, variants
from longtail.images.working import CopyParams, encode
from longtail.images.working_reader import open_working
from longtail.params import ComputeParams
from longtail.stages import oversample, prepare

COMPUTE = ComputeParams()
PILLOWS_QUALITY = 75  # what a save without a word about it takes
SHORT = {"red": "r", "green": "g", "blue": "b", "gaussian_blur": "bl", "unsharp_mask": "un"}


def main(asked: Sequence[str] | None = ()) -> None:
    """Lay out photographs, run the ways on them in turns, keep the ratios."""
    options = arguments(asked, "oversampling", __doc__)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = laid_out(options.zip, folder, options.times)
        originals, copies = folder / "train", folder / "copies"
        grey = _prepared(originals, copies, names)
        script = partial(script_way, originals, folder)
        ways = {
            "originals, the script's files": partial(ours_way, originals, names, folder, grey, same_files=True),
            "working copies, default preset": partial(ours_way, copies, names, folder, grey, same_files=False),
        }
        rows: list[dict[str, object]] = []
        for way, ours in ways.items():
            mine, theirs, ratio = paired(ours, script)
            row = {"way": way, "photographs": len(names), "files": len(list(ours().iterdir()))}
            seconds = {"seconds": round(mine, 2), "script_seconds": round(theirs, 2), "ratio": round(ratio, 1)}
            rows.append(row | seconds | {"codec_bound": ""})
        bound = codec_seconds(originals, names) / COMPUTE.workers
        rows[0]["codec_bound"] = round(float(str(rows[0]["script_seconds"])) / bound, 1)
        keep("oversampling", rows)
        keep("oversampling_pixels", [pixels(originals, names[: len(names) // options.times])])


def ours_way(photographs: Path, names: list[str], folder: Path, grey: dict[str, bool], *, same_files: bool) -> Path:
    """What `oversample` does for photographs of rare identities; the folder that it filled."""
    target = _new(folder)
    jobs = [
        Job(name, prepare.Params().max_pixels, as_grey=False, wanted=seed_names(name))
        if same_files
        else Job(name, 0, grey[name], tuple((variant, f"{variant}_{name}") for variant in NAMES))
        for name in names
    ]
    quality = PILLOWS_QUALITY if same_files else oversample.Params().quality
    work = partial(augment, photographs=photographs, target=target, quality=quality, every=same_files)
    for _ in run_all(work, jobs, COMPUTE, "oversample"):
        pass
    return target


def script_way(originals: Path, folder: Path) -> None:
    """What the script of 2019 does: twice the same, file by file."""
    target = _new(folder)
    for count in range(2):
        for path in sorted(originals.iterdir()):
            image = Image.open(path).convert("RGB")
            red, green, blue = image.split()
            blurred = image.filter(ImageFilter.GaussianBlur)
            sharpened = image.filter(ImageFilter.UnsharpMask)
            for short, picture in (("r", red), ("g", green), ("b", blue), ("bl", blurred), ("un", sharpened)):
                picture.save(target / f"{count}{short}_{path.name}")


def codec_seconds(originals: Path, names: list[str]) -> float:
    """Seconds of one core for one decode of each photograph and the encodes of its distinct variants."""
    keep_freed_memory()  # as the workers do
    total = 0.0
    for name in names:
        data = (originals / name).read_bytes()
        began = time.perf_counter()
        image = open_image(data).image
        total += time.perf_counter() - began
        distinct = {id(picture): picture for picture in variants(image).values()}
        began = time.perf_counter()
        for picture in distinct.values():
            encode(picture, PILLOWS_QUALITY)
        total += time.perf_counter() - began
    return total


def pixels(originals: Path, names: list[str]) -> dict[str, object]:
    """How far our variants lie from Pillow's before they are encoded, in grey levels."""
    blurs, most = [], dict.fromkeys(("channels", "unsharp_mask_given_the_blur", "gaussian_blur"), 0)
    for name in names:
        image = open_working(originals / name)
        filtered = variants(image)
        blur = image.filter(ImageFilter.GaussianBlur)
        pairs = {
            "channels": [(filtered[n], channel) for n, channel in zip(NAMES[:3], image.split() * 3, strict=False)],
            "unsharp_mask_given_the_blur": [
                (unsharp_mask(np.asarray(image), np.asarray(blur)), image.filter(ImageFilter.UnsharpMask))
            ],
            "gaussian_blur": [(filtered["gaussian_blur"], blur)],
        }
        for what, both in pairs.items():
            away = [np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)) for one, other in both]
            most[what] = max(most[what], *(int(one.max()) for one in away))
        blurs.append(float(away[0].mean()))
    differences: dict[str, object] = {f"most_{what}": value for what, value in most.items()}
    return {"photographs": len(names), **differences, "mean_gaussian_blur": round(float(np.mean(blurs)), 3)}


def _prepared(originals: Path, copies: Path, names: list[str]) -> dict[str, bool]:
    """Make the working copies; {name: whether the photograph is grey}."""
    copies.mkdir()
    values = prepare.Params()
    params = CopyParams(values.side, values.quality)
    work = partial(describe, originals=originals, copies=copies, params=params, max_pixels=values.max_pixels)
    rows = run_all(work, [Item(name, name) for name in names], COMPUTE, "prepare")
    return {name: bool(row["is_grey"]) for name, row in zip(names, rows, strict=True)}


def seed_names(name: str) -> tuple[tuple[str, str], ...]:
    """(variant, file) of the script's ten files a photograph."""
    return tuple((variant, f"{turn}{SHORT[variant]}_{name}") for turn in range(2) for variant in NAMES)


def _new(folder: Path) -> Path:
    """A new folder each time: ext4 is slow to make files in the minute after it has removed thousands."""
    return Path(tempfile.mkdtemp(dir=folder))


if __name__ == "__main__":
    main(None)
