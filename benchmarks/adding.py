"""`dvc add` of the augmented set: equal pictures once, against the ten files a photograph of the 2019 script.

python -m benchmarks.adding          # in a checkout whose flow has run as far as `oversample`
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.measuring import keep, paired
from longtail import params
from longtail.stages import oversample


def main(asked: Sequence[str] | None = ()) -> None:
    """Write both layouts, add each to an empty repository in turns, keep the ratios."""
    here = oversample.Paths.at(Path.cwd())
    values = params.load(oversample.Params, "oversample", params.read(Path("params.yaml")), "params.yaml")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        root = Path(scratch)
        folders = [_made(root / layout, here, values, layout) for layout in ("distinct", "seed")]
        ours, script = (partial(added, folder, root / "repository") for folder in folders)
        mine, theirs, faster = paired(ours, script)
        files = [sum(1 for _ in folder.iterdir()) for folder in folders]
        row = {"files": files[0], "script_files": files[1], "share_of_files": round(files[0] / files[1], 3)}
        seconds = {"seconds": round(mine, 1), "script_seconds": round(theirs, 1), "share": round(1 / faster, 3)}
        keep("adding", [row | seconds])


def added(folder: Path, repository: Path) -> None:
    """Version a folder in a repository that knows nothing yet."""
    shutil.rmtree(repository, ignore_errors=True)
    repository.mkdir()
    folder.rename(repository / "images")
    try:
        for command in (["init", "--no-scm", "--quiet"], ["add", "--quiet", "images"]):
            subprocess.run([sys.executable, "-m", "dvc", *command], cwd=repository, check=True)
    finally:
        (repository / "images").rename(folder)


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
