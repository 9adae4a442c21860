"""What all stages of a run spend on imports, against what they must: torch where it is needed, and the rest.

    python -m benchmarks.imports            # in a checkout whose flow has ended; stages run again, by hand

Python itself tells the time of each module (`-X importtime`), those that a stage imports inside its `run` included.
The bar: an `import torch` for each stage that needs torch, and every module that does not come with torch.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import RUNS, keep
from flows import dvc_graph

NEED_TORCH = ("train", "embed", "evaluate", "predict")
_LINE = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \| +(\S+)$", re.M)


def main(asked: Sequence[str] | None = ()) -> None:
    """Run each stage once, add up, keep the ratio."""
    _, without = spent(["-c", "pass"])
    turns = [spent(["-c", "import torch"])[1] for _ in range(RUNS)]
    torch = set(turns[0]) - set(without)
    one = statistics.median(sum(times[name] for name in torch) for times in turns)  # the first reads from the disk
    total = rest = 0.0
    stages = list(dvc_graph.project_state(Path.cwd()).order)
    for stage in stages:
        name, _, part = stage.partition("@")
        seconds, modules = spent(["-m", "longtail", name, *(["--part", part] if part else [])])
        total += seconds
        rest += sum(time for module, time in modules.items() if module not in torch)
        print(f"{stage:18} {seconds:.2f} s of imports, torch: {'torch' in modules}", file=sys.stderr)
    needing = sum(stage.split("@")[0] in NEED_TORCH for stage in stages)
    bar = needing * one + rest
    row = {"stages": len(stages), "import_torch": round(one, 2), "seconds": round(total, 2), "bar": round(bar, 2)}
    keep("imports", [row | {"ratio": round(total / bar, 2)}])


def spent(arguments: list[str]) -> tuple[float, dict[str, float]]:
    """Seconds that a Python process spends on imports, in all and by module."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed: {done.stderr[-500:]}")
    modules = {name: int(microseconds) / 1e6 for microseconds, name in _LINE.findall(done.stderr)}
    return sum(modules.values()), modules


if __name__ == "__main__":
    main(None)
