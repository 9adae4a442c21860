"""What better drafts cost, and how much quicker MPO files are prepared: this code against an earlier commit's.

    python -m benchmarks.drafts [ZIP] [--times 3] [--against 9f81c08]

Both prepare the same photographs, one after the other in one process each, in turns. The photographs are taken
as they are, and once more as MPO files four times as wide and high, with a second picture. Seconds of the CPU, which
other work on the machine hardly moves; with the start of Python, and without it (a process that prepares nothing).
"""

from __future__ import annotations

import io
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from benchmarks.measuring import RUNS, keep
from benchmarks.photographs import laid_out, parser

ROOT = Path(__file__).resolve().parents[1]
_WORK = """
import sys
from pathlib import Path
from longtail.compute import keep_freed_memory
from longtail.images.describing import Item, describe
from longtail.images.working import CopyParams
keep_freed_memory()
folder, copies, side = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
for path in sorted(folder.iterdir()) if folder.name != "copies" else ():
    describe(Item(path.name, path.name), folder, copies, CopyParams(side, 95), 100_000_000)
"""


def main(asked: Sequence[str] | None = ()) -> None:
    """Prepare both kinds of files by both commits in turns, keep the ratios."""
    questions = parser("drafts", __doc__)
    questions.add_argument("--against", default="9f81c08", help="the earlier commit (%(default)s)")
    options = questions.parse_args(asked)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        laid_out(options.zip, folder, options.times)
        _as_mpo(folder / "train", folder / "mpo")
        (folder / "copies").mkdir()
        _extract(options.against, folder / "then")
        codes = ROOT / "src", folder / "then" / "src"
        cases = [("jpeg", "train", 256), ("jpeg", "train", 128), ("mpo", "mpo", 256), ("mpo", "mpo", 128)]
        rows = [_row(kind, folder, files, side, codes, options.against) for kind, files, side in cases]
    keep("drafts", rows)


def _row(kind: str, folder: Path, files: str, side: int, codes: tuple[Path, Path], against: str) -> dict[str, object]:
    """Medians over pairs, and of the pairs' ratios."""
    pairs = [[_prepare(code, folder / files, folder / "copies", side) for code in codes] for _ in range(RUNS)]
    starts = [[_prepare(code, folder / "copies", folder / "copies", side) for code in codes] for _ in range(RUNS)]
    mine, before = (statistics.median(of_code) for of_code in zip(*pairs, strict=True))
    start_now, start_then = (statistics.median(of_code) for of_code in zip(*starts, strict=True))
    return {
        "kind": kind,
        "photographs": len(list((folder / files).iterdir())),
        "side": side,
        "cpu_s": round(mine, 2),
        "against": against,
        "then_cpu_s": round(before, 2),
        "ratio": round(statistics.median(then / now for now, then in pairs), 2),
        "without_start": round(statistics.median((then - start_then) / (now - start_now) for now, then in pairs), 2),
    }


def _as_mpo(originals: Path, folder: Path) -> None:
    """Each photograph at four times its width and height, as a camera's MPO file would have, with a second picture."""
    folder.mkdir()
    for path in sorted(originals.iterdir())[:100]:
        with Image.open(path) as image:
            large = image.convert("RGB").resize((4 * image.width, 4 * image.height))
        data = io.BytesIO()
        large.save(data, "MPO", save_all=True, append_images=[large.reduce(4)], quality=90)
        (folder / path.name).write_bytes(data.getvalue())


def _extract(commit: str, folder: Path) -> None:
    """The code of a commit."""
    archive = subprocess.run(["git", "archive", commit, "src"], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        opened.extractall(folder, filter="data")


def _prepare(code: Path, photographs: Path, copies: Path, side: int) -> float:
    """Seconds of the CPU that a process takes to prepare a folder."""
    words = [sys.executable, "-c", _WORK, str(photographs), str(copies), str(side)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, env={**os.environ, "PYTHONPATH": str(code)}, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main(None)
