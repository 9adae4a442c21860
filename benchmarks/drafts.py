"""What better drafts cost, and how much quicker MPO files are prepared: this code against an earlier commit's.

    python -m benchmarks.drafts [ZIP] [--times 3] [--against 9f81c08]

Both prepare the same photographs, one after the other in one process each, in turns. The photographs are taken
as they are, and once more as MPO files with a second picture.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PIL import Image

from benchmarks.measuring import keep, paired
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
for path in sorted(folder.iterdir()):
    describe(Item(path.name, path.name), folder, copies, CopyParams(side, 95), 100_000_000)
"""


def main(asked: Sequence[str] | None = ()) -> None:
    """Prepare both kinds of files by both commits in turns, keep the ratios."""
    questions = parser("drafts", __doc__)
    questions.add_argument("--against", default="9f81c08", help="the earlier commit (%(default)s)")
    questions.add_argument("--side", type=int, default=256, help="short side of a working copy (%(default)s)")
    given = questions.parse_args(asked)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        laid_out(given.zip, folder, given.times)
        _as_mpo(folder / "train", folder / "mpo")
        (folder / "copies").mkdir()
        _extract(given.against, folder / "then")
        rows: list[dict[str, object]] = []
        for kind, files in (("jpeg", "train"), ("mpo", "mpo")):
            ours, theirs = (
                partial(_prepare, code, folder / files, folder / "copies", given.side)
                for code in (ROOT / "src", folder / "then" / "src")
            )
            mine, before, ratio = paired(ours, theirs)
            many = len(list((folder / files).iterdir()))
            row = {"kind": kind, "photographs": many, "side": given.side, "seconds": round(mine, 2)}
            rows.append(row | {"against": given.against, "then": round(before, 2), "ratio": round(ratio, 2)})
    keep("drafts", rows)


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


def _prepare(code: Path, photographs: Path, copies: Path, side: int) -> None:
    words = [sys.executable, "-c", _WORK, str(photographs), str(copies), str(side)]
    subprocess.run(words, env={**os.environ, "PYTHONPATH": str(code)}, check=True)


if __name__ == "__main__":
    main(None)
