"""`prepare` on photographs in their own size: on all workers against the same work one after the other.

    python -m benchmarks.preparing [ZIP] [--times 10]

The most memory is that of all processes together, as seen twenty times a second: what they share counts in each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.measuring import keep, most_memory, paired
from benchmarks.photographs import arguments, laid_out
from longtail.compute import run_all
from longtail.images.describing import Item, describe
from longtail.images.working import CopyParams
from longtail.params import ComputeParams
from longtail.stages.prepare import Params


def main(asked: Sequence[str] | None = ()) -> None:
    """Lay out photographs, prepare them both ways in turns, keep the ratio."""
    options = arguments(asked, "preparing", __doc__)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = laid_out(options.zip, folder, options.times)
        (folder / "copies").mkdir()
        ours, serially = (partial(prepared, folder, names, workers) for workers in (ComputeParams().workers, 1))
        mine, theirs, ratio = paired(ours, serially)
        row = {"photographs": len(names), "seconds": round(mine, 2), "serially": round(theirs, 2)}
        keep("preparing", [row | {"ratio": round(ratio, 2), "most_memory_mib": round(most_memory(ours) / 2**20)}])


def prepared(folder: Path, names: list[str], workers: int) -> None:
    """Describe and copy every photograph; one worker is this process."""
    values = Params()
    params = CopyParams(values.side, values.quality)
    work = partial(
        describe, originals=folder / "train", copies=folder / "copies", params=params, max_pixels=values.max_pixels
    )
    items = [Item(name, name) for name in names]
    for _ in map(work, items) if workers == 1 else run_all(work, items, ComputeParams(workers=workers), "prepare"):
        pass


if __name__ == "__main__":
    main(None)
