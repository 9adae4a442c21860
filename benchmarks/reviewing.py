"""What a decision in the browser costs: the first screen, the next decision, the server's memory.

    python -m benchmarks.reviewing WHALES.zip

5,000 drawn findings over the labelled photographs of the 2018 challenge (the zip of 100-px copies, or any zip with
`train.csv` and photographs), in Chromium without a network. A decision is timed in the page, from the key to the frame
that shows the next pair with both pictures decoded; in between its row is on the disk. The processor's time is of a
decision too, the browser's with its driver. Memory is the most that the server ever held (VmHWM). The load average says
how busy the machine was with other work.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import os
import random
import statistics
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

import pandas as pd
import psutil
from PIL import Image

from benchmarks.measuring import keep
from longtail.labels.findings import findings_table
from tests.browser import chromium, review_project

FINDINGS, DECISIONS = 5_000, 100
_KINDS = ("near_duplicate", "likely_label_error", "doubtful_label")
_KEYS = "sdc"
_DECODED = """
Promise.all([...document.querySelectorAll(".layer img")].map((image) => image.decode())).then(() => arguments[0]());
"""
_NEXT = """
const [number, done] = arguments;
const look = () => times.length > number ? done() : setTimeout(look, 20);
look();
"""
_WATCH = """
window.times = [];
let began = 0;
addEventListener("keydown", () => { began = performance.now(); }, true);
new PerformanceObserver((list) => list.getEntries().forEach((mark) => {
    if (mark.name === "shown") requestAnimationFrame(() => times.push(performance.now() - began));
})).observe({entryTypes: ["mark"]});
"""


def main() -> None:
    """Build the project, decide, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.reviewing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("zip", type=Path, help="photographs and their train.csv")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "project")
        photographs = build(root, parser.parse_args().zip)
        with review_project.serving(root) as server, chromium.start(Path(folder, "chromium")) as browser:
            browser.visit(server.link, width=1440, height=900)
            began = time.perf_counter()
            browser.visit(f"{server.address}/decide/copies", width=1440, height=900)
            browser.driver.execute_async_script(_DECODED)
            first = time.perf_counter() - began
            watched = {"server": server.process.pid, "browser": browser.driver.service.process.pid}
            before = {name: _processor(pid) for name, pid in watched.items()}
            milliseconds = decide(browser)
            used = {name: (_processor(pid) - before[name]) / DECISIONS for name, pid in watched.items()}
            status = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
        held = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    tenths = statistics.quantiles(milliseconds, n=20)
    keep(
        "reviewing",
        [
            {
                "photographs": photographs,
                "findings": FINDINGS,
                "first_screen_seconds": round(first, 2),
                "decisions": len(milliseconds),
                "next_median_ms": round(statistics.median(milliseconds), 1),
                "next_95th_percentile_ms": round(tenths[-1], 1),
                **{f"{name}_processor_ms": round(1000 * seconds, 1) for name, seconds in used.items()},
                "server_megabytes": round(held / 1000),
                "load_average": round(os.getloadavg()[0], 1),
            }
        ],
    )


def _processor(pid: int) -> float:
    """Seconds of the processor that a process and its children have used so far."""
    processes = [psutil.Process(pid)]
    times = [process.cpu_times() for process in [*processes, *processes[0].children(recursive=True)]]
    return sum(one.user + one.system for one in times)


def build(root: Path, archive: Path) -> int:
    """A project with the labelled photographs of the zip, and drawn findings; the number of photographs."""
    (root / "data/raw/train").mkdir(parents=True)
    rows = []
    with zipfile.ZipFile(archive) as opened:
        names = {Path(name).name: name for name in opened.namelist()}
        table = opened.read(names["train.csv"])
        (root / "data/raw/train.csv").write_bytes(table)
        for number, row in enumerate(csv.reader(io.StringIO(table.decode())), start=1):
            if number == 1 or row[0] not in names:
                continue
            content = opened.read(names[row[0]])
            (root / "data/raw/train" / row[0]).write_bytes(content)
            with Image.open(io.BytesIO(content)) as image:
                width, height = image.size
            label = "" if row[1] == "new_whale" else row[1]
            md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
            rows.append({"image": row[0], "label": label, "md5": md5, "width": width, "height": height, "row": number})
    labelled = pd.DataFrame(rows).assign(error="", file="")
    for stage in ("prepare", "audit", "split", "evaluate"):
        (root / "artifacts" / stage).mkdir(parents=True)
    labelled.to_parquet(root / "artifacts/prepare/labelled.parquet", index=False)
    split = pd.DataFrame({"image": labelled["image"], "identity": labelled["label"], "fold": "train"})
    split.to_parquet(root / "artifacts/split/split.parquet", index=False)
    findings = findings_table(_drawn(labelled), dict(zip(labelled["image"], labelled["md5"], strict=True)))
    for stage, part in (("audit", findings), ("evaluate", findings.iloc[:0])):
        part.to_csv(root / "artifacts" / stage / "findings.csv", index=False)
    (root / "edits.csv").write_text("image,action,value,who,when,why\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "config", "user.name", "Rae"], cwd=root, check=True)
    return len(labelled)


def _drawn(labelled: pd.DataFrame) -> list[dict[str, str]]:
    """Pairs of named photographs, no photograph in two of them before all are used."""
    rng = random.Random(0)
    named = labelled[labelled["label"] != ""][["image", "label", "row"]].to_dict("records")
    firsts = rng.sample(named, FINDINGS) if len(named) >= FINDINGS else rng.choices(named, k=FINDINGS)
    rows = []
    for number, one in enumerate(firsts):
        other = rng.choice([photograph for photograph in rng.sample(named, 8) if photograph["label"] != one["label"]])
        rows.append(
            {
                "kind": _KINDS[number % len(_KINDS)], "severity": "warning", "detail": "drawn for the benchmark",
                "image": one["image"], "label": one["label"], "row": str(one["row"]),
                "other": other["image"], "other_label": other["label"], "distance": "", "proposal": "",
            }
        )  # fmt: skip
    return rows


def decide(browser: chromium.Browser) -> list[float]:
    """Milliseconds of each decision."""
    from selenium.webdriver.common.action_chains import ActionChains

    browser.driver.execute_script(_WATCH)
    browser.driver.set_script_timeout(60)
    for number in range(DECISIONS):
        ActionChains(browser.driver, duration=0).send_keys(_KEYS[number % len(_KEYS)]).perform()
        browser.driver.execute_async_script(_NEXT, number)  # times out where no next pair comes
    if complaints := browser.complaints():
        raise SystemExit(f"the browser complains: {complaints}")
    return [float(value) for value in browser.run("times")]


if __name__ == "__main__":
    main()
