"""How a ratio is measured and kept: paired runs, their median, one CSV a protocol."""

from __future__ import annotations

import csv
import os
import platform
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
RUNS = 5


def paired(ours: Callable[[], object], other: Callable[[], object]) -> tuple[float, float, float]:
    """Medians over paired runs: seconds of `ours`, seconds of `other`, and of other / ours."""
    pairs = [(_seconds(ours), _seconds(other)) for _ in range(RUNS)]
    return (
        statistics.median(mine for mine, _ in pairs),
        statistics.median(theirs for _, theirs in pairs),
        statistics.median(theirs / mine for mine, theirs in pairs),
    )


def keep(protocol: str, rows: list[dict[str, object]]) -> None:
    """Print the rows and write `results/<protocol>.csv`; the machine is named by its cores and CPU only.

    Args:
        protocol: name of the file.
        rows: those of an earlier run may be among them, and keep their machine.
    """
    machine = f"{os.cpu_count()} cores, {_cpu()}"
    rows = [row if "machine" in row else {**row, "machine": machine} for row in rows]
    for row in rows:
        print("  ".join(f"{key}: {value}" for key, value in row.items()))
    with (RESULTS / f"{protocol}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def most_memory(work: Callable[[], object], *, of_children: bool = False) -> int:
    """Bytes that this process and all it starts hold together at most while `work` goes on; or those alone."""
    import psutil

    me = psutil.Process()
    most, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.05):
            held = 0
            for process in [*([] if of_children else [me]), *me.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    held += process.memory_info().rss
            most = max(most, held)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        ended.set()
        watcher.join()
    return most


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _cpu() -> str:
    known = Path("/proc/cpuinfo")  # Linux alone has it
    for line in known.read_text("utf-8").splitlines() if known.exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
