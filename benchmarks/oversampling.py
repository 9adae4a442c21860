"""Writing the filtered copies of rare identities: `oversample`'s way against the 2019 script's, on drawn photographs.

The script's method, written anew from its description: two passes; for each photograph open, convert to RGB, split,
blur, sharpen, and five saves. Ours reads the same files, filters each once and stores equal pictures once. Both work
on the same photographs in their original size; ours uses all workers.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path

from PIL import Image, ImageFilter

from benchmarks.measuring import keep, paired
from longtail.compute import run_all
from longtail.drawing.plan import plan_sample
from longtail.drawing.rawset import write_sample
from longtail.images.augmenting import Job, augment
from longtail.images.variants import NAMES
from longtail.params import ComputeParams

PHOTOGRAPHS = 200
COMPUTE = ComputeParams()


def main() -> None:
    """Draw photographs, run both ways on them, keep the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        raw.mkdir()
        write_sample(plan_sample(60, PHOTOGRAPHS, 1, seed=0), raw, Path(folder) / "solution.csv", 0, COMPUTE)
        names = sorted(path.name for path in (raw / "train").iterdir())
        ours = Path(folder) / "ours"
        script = Path(folder) / "script"
        mine, theirs, ratio = paired(partial(ours_way, raw / "train", names, ours), partial(script_way, raw, script))
        rows = [
            {
                "photographs": len(names),
                "way": way,
                "seconds": round(seconds, 2),
                "files": sum(1 for _ in target.iterdir()),
                "ratio": round(faster, 1),
            }
            for way, seconds, target, faster in (("2019 script", theirs, script, 1.0), ("longtail", mine, ours, ratio))
        ]
        keep("oversampling", rows)


def ours_way(photographs: Path, names: list[str], target: Path) -> None:
    """What `oversample` does for photographs of rare identities."""
    _empty(target)
    jobs = [Job(name, tuple((variant, f"{variant}_{name}") for variant in NAMES)) for name in names]
    work = partial(augment, copies=photographs, target=target, quality=75, every=False)
    for _ in run_all(work, jobs, COMPUTE, "oversample"):
        pass


def script_way(raw: Path, target: Path) -> None:
    """What the script of 2019 does: twice the same, file by file."""
    _empty(target)
    for count in range(2):
        for path in sorted((raw / "train").iterdir()):
            image = Image.open(path).convert("RGB")
            red, green, blue = (channel.convert("RGB") for channel in image.split())
            blurred = image.filter(ImageFilter.GaussianBlur)
            sharpened = image.filter(ImageFilter.UnsharpMask)
            for short, picture in (("r", red), ("g", green), ("b", blue), ("bl", blurred), ("un", sharpened)):
                picture.save(target / f"{count}{short}_{path.name}")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


if __name__ == "__main__":
    main()
