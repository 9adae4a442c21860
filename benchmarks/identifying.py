"""What `longtail identify` costs: the very first start, each later one, and each further photograph.

    python -m benchmarks.identifying PHOTO...      # in a checkout whose flow has ended

Whole processes, imports and the loading of the network included. The plan that a first start leaves behind is set
aside and put back. Seconds of wall clock, and of the processor (user and system), medians of five.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measuring import RUNS, keep

PLANS = Path(".longtail/networks")
_COMMAND = [sys.executable, "-m", "longtail", "identify", "--json"]


def main() -> None:
    """Time the command on the photographs given, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.identifying", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("photographs", nargs="+", metavar="PHOTO", help="files; those after the first tell the rate")
    given: list[str] = parser.parse_args().photographs
    one, every = given[:1], given
    rows = [
        {"what": "first start, one photograph", **_median([_first(one) for _ in range(RUNS)])},
        {"what": "later start, one photograph", **_median([_run(one) for _ in range(RUNS)])},
    ]
    if len(every) > 1:
        whole = _median([_run(every) for _ in range(RUNS)])
        rest = {name: (whole[name] - float(rows[1][name])) / (len(every) - 1) for name in whole}
        rows.append({"what": f"each further one, of {len(every):,}", **rest})
    keep("identifying", [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in rows])


def _first(photographs: list[str]) -> dict[str, float]:
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


def _run(photographs: list[str]) -> dict[str, float]:
    before, began = os.times(), time.perf_counter()
    subprocess.run([*_COMMAND, *photographs], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return {"seconds": time.perf_counter() - began, "processor_seconds": used}


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


if __name__ == "__main__":
    main()
