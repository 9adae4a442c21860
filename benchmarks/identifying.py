"""What `longtail identify` costs: the very first start, each later one, and each further photograph.

    python -m benchmarks.identifying PHOTO... [--before CHECKOUT]      # in a checkout whose flow has ended

Whole processes, imports and the loading of the network included. The plan that a first start leaves behind is set
aside and put back. Seconds of wall clock, and of the processor (user and system), and the most memory, medians of five.
With `--before` a checkout of another commit, whose flow has ended and whose environment is its `.venv`, identifies the
first photograph in turns with this one; ratios are medians of the pairs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import RUNS, keep

PLANS = Path(".longtail/networks")
_IDENTIFY = ["-m", "longtail", "identify", "--json"]
Figures = dict[str, float]


def main() -> None:
    """Time the command on the photographs given, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.identifying", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("photographs", nargs="+", metavar="PHOTO", help="files; those after the first tell the rate")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", help="another commit's, to be compared with")
    options = parser.parse_args()
    every: list[str] = [str(Path(photograph).resolve()) for photograph in options.photographs]
    rows: list[dict[str, Any]] = [
        {"what": "first start, one photograph", **_median([_first(every[:1]) for _ in range(RUNS)])},
        {"what": "later start, one photograph", **_median([_run(every[:1]) for _ in range(RUNS)])},
    ]
    if len(every) > 1:
        whole = _median([_run(every) for _ in range(RUNS)])
        rest = {name: (whole[name] - float(rows[1][name])) / (len(every) - 1) for name in whole if name != "mb"}
        rows.append({"what": f"each further one, of {len(every):,}", **rest})
    if options.before:
        rows += _compared(options.before.resolve(), every[:1])
    keep("identifying", [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in rows])


def _compared(before: Path, photographs: list[str]) -> list[dict[str, Any]]:
    """The other commit's figures, and the ratios to them."""
    python = before / ".venv/bin/python"
    _run(photographs, before, python)  # its files are cached then, as this one's are
    turns = [(_run(photographs), _run(photographs, before, python)) for _ in range(RUNS)]
    ratio = {name: statistics.median(now[name] / then[name] for now, then in turns) for name in turns[0][0]}
    return [
        {"what": "later start, the other commit", **_median([then for _, then in turns])},
        {"what": "ratio to the other commit", **ratio},
    ]


def _first(photographs: list[str]) -> Figures:
    """One run without the plan that an earlier start has left."""
    aside = PLANS.with_name(PLANS.name + ".aside")
    if PLANS.exists():
        PLANS.rename(aside)
    try:
        return _run(photographs)
    finally:
        if aside.exists():
            for file in PLANS.glob("*"):
                file.unlink()
            PLANS.rmdir()
            aside.rename(PLANS)


def _run(photographs: list[str], root: Path = Path(), python: Path = Path(sys.executable)) -> Figures:
    """Seconds and megabytes of one process."""
    paths = {} if root == Path() else {"PYTHONPATH": str(root / "src")}
    command = [str(python), *_IDENTIFY, *photographs]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=root, env=os.environ | paths, stdout=subprocess.DEVNULL) as process:
        _, status, after = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {"seconds": seconds, "processor_seconds": after.ru_utime + after.ru_stime, "mb": after.ru_maxrss / 1000}


def _median(runs: list[Figures]) -> Figures:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


if __name__ == "__main__":
    main()
