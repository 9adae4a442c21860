"""What a stage spends on looking whether its inputs changed, for a folder of 25,460 files.

    python -m benchmarks.input_check [--files 25460] [--bytes 8000]

`first`: no file's md5 is known yet, so that each is read once. `check`: what every later stage spends on the folder,
both looks, the md5 of the folder and the memory. The ratio: reading every file twice, as without stamps, to `check`.
Seconds are of the wall, and of this process's CPU where other work goes on beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import measuring
from longtail.inputs import hashing
from longtail.run_record import md5_of

_FOLDER = "data/raw/train"


def main(asked: Sequence[str] | None = ()) -> None:
    """Write the files, look at them, keep the seconds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=25_460)
    parser.add_argument("--bytes", type=int, default=8_000)
    arguments = parser.parse_args(asked)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        folder = root / _FOLDER
        folder.mkdir(parents=True)
        for number in range(arguments.files):
            (folder / f"{number:08x}.jpg").write_bytes(os.urandom(arguments.bytes))
        time.sleep(0.2)  # until no file is so new that it is read again
        first, first_cpu = _seconds(lambda: hashing.remember(root, hashing.hash_input(root, _FOLDER)))
        turns = [_seconds(lambda: _check(root)) for _ in range(measuring.RUNS)]
        _, _, ratio = measuring.paired(lambda: _check(root), lambda: [_read(folder), _read(folder)])
    check, check_cpu = (statistics.median(one) for one in zip(*turns, strict=True))
    seconds = {"first": first, "first_cpu": first_cpu, "check": check, "check_cpu": check_cpu, "ratio": ratio}
    rounded = {name: round(value, 2) for name, value in seconds.items()}
    measuring.keep("input_check", [{"files": arguments.files, "bytes": arguments.bytes, **rounded}])


def _check(root: Path) -> str:
    before = hashing.hash_input(root, _FOLDER)
    hashing.remember(root, before)
    return hashing.rehash_input(root, before).md5


def _read(folder: Path) -> dict[str, str]:
    return {path.name: md5_of(path) for path in folder.iterdir()}


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main(None)
