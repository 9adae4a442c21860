"""`dvc add` of the augmented set: equal pictures once, against the ten files a photograph of the 2019 script.

python -m benchmarks.adding          # in a checkout whose flow has run as far as `oversample`
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.measuring import RUNS, keep, paired
from longtail import params
from longtail.stages import oversample


def main(asked: Sequence[str] | None = ()) -> None:
    """Write both layouts, add each to an empty repository in turns, keep the ratios."""
    here = oversample.Paths.at(Path.cwd())
    values = params.load(oversample.Params, "oversample", params.read(Path("params.yaml")), "params.yaml")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        folders = [_made(root / layout, here, values, layout) for layout in ("distinct", "legacy_2019")]
        repositories = _initialised(root, 2 * RUNS)
        ours, script = (partial(added, folder, repositories) for folder in folders)
        mine, theirs, faster = paired(ours, script)
        files = [sum(1 for _ in folder.iterdir()) for folder in folders]
        row = {"files": files[0], "script_files": files[1], "share_of_files": round(files[0] / files[1], 3)}
        seconds = {"seconds": round(mine, 1), "script_seconds": round(theirs, 1), "share": round(1 / faster, 3)}
        keep("adding", [row | seconds])


def added(folder: Path, repositories: Iterator[Path]) -> None:
    """Version a folder in a repository that knows nothing yet."""
    repository = next(repositories)
    folder.rename(repository / "images")
    try:
        subprocess.run([sys.executable, "-m", "dvc", "add", "--quiet", "images"], cwd=repository, check=True)
    finally:
        (repository / "images").rename(folder)


def _initialised(root: Path, count: int) -> Iterator[Path]:
    """New repositories: ext4 is slow to make files in the minute after it has removed thousands."""
    repositories = [root / str(number) for number in range(count)]
    for repository in repositories:
        repository.mkdir()
        subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], cwd=repository, check=True)
    return iter(repositories)


def _made(root: Path, here: oversample.Paths, values: oversample.Params, layout: str) -> Path:
    """The images of one layout, made from what this checkout has prepared and split."""
    there = oversample.Paths.at(root)
    for name in ("split", "labelled", "copies", "originals"):
        target = getattr(there, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(getattr(here, name))
    oversample.run(values.model_copy(update={"layout": layout}), there)
    return there.images


if __name__ == "__main__":
    main(None)
