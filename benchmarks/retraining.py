"""What a run costs after a small change, and after none: the whole flow on the drawn sample, in a clone of this commit.

    python -m benchmarks.retraining [--runs 5]

Ten new test photographs against the full flow; nothing changed, with Prefect's server up, against `dvc repro` with
nothing changed and an empty Prefect flow. The start of processes (Python, imports, DVC, Prefect) is what a stage's task
takes beyond the stage itself.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import RUNS, keep
from longtail.params import ComputeParams
from longtail.synthetic.plan import plan_sample
from longtail.synthetic.rawset import write_sample

NEW = 10
EMPTY_FLOW = "from prefect import flow\n@flow\ndef empty(): pass\nempty()"
_RAN = re.compile(r"^  (\S+) +(ran|cached|left) +([0-9.]+) s", re.M)
_PORT = 4273


def main(asked: Sequence[str] | None = ()) -> None:
    """Clone, run, change, run again; keep both ratios."""
    parser = argparse.ArgumentParser(prog="benchmarks.retraining", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args(asked).runs
    with tempfile.TemporaryDirectory() as scratch:
        measured = [_one_run(Path(scratch) / str(run)) for run in range(runs)]
    middle = {name: round(statistics.median(one[name] for one in measured), 2) for name in measured[0]}
    keep("retraining", [{"runs": runs, **middle}])


def _one_run(here: Path) -> dict[str, float]:
    subprocess.run(["git", "clone", "--quiet", str(Path.cwd()), str(here)], check=True)
    write_sample(plan_sample(450, 1400, 250, seed=1), here / "data/raw", here / "data/solution.csv", 1, ComputeParams())
    shutil.copyfile(here / "presets/sample.yaml", here / "params.yaml")
    full, _ = _timed(here, [sys.executable, "-m", "flows.retrain"])
    _add_test_photographs(here)
    ten, output = _timed(here, [sys.executable, "-m", "flows.retrain"])
    with _server(here) as url:
        _timed(here, [sys.executable, "-m", "flows.retrain"], url)
        nothing, _ = _timed(here, [sys.executable, "-m", "flows.retrain"], url)
        empty, _ = _timed(here, [sys.executable, "-c", EMPTY_FLOW], url)
    repro, _ = _timed(here, [sys.executable, "-m", "dvc", "repro", "--quiet"])
    row = {"full": full, "ten_new": ten, "ten_new_starts": _starts(here, output), "ten_new_share": ten / full}
    return row | {"nothing": nothing, "dvc_repro": repro, "empty_flow": empty, "ratio": nothing / (repro + empty)}


def _timed(here: Path, command: list[str], server: str = "") -> tuple[float, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": "src:.", "PATH": path, "PREFECT_API_URL": server}
    if not server:
        del environment["PREFECT_API_URL"]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return time.perf_counter() - began, done.stdout


def _add_test_photographs(here: Path) -> None:
    raw = here / "data/raw"
    old = sorted((raw / "test").iterdir())[:NEW]
    with tempfile.TemporaryDirectory() as scratch:
        write_sample(plan_sample(450, 1400, NEW, seed=2), Path(scratch), Path(scratch) / "s.csv", 2, ComputeParams())
        for number, path in enumerate(sorted((Path(scratch) / "test").iterdir())):
            shutil.copyfile(path, raw / "test" / f"new{number}{old[number].suffix}")
    rows = "".join(f"new{number}{old[number].suffix},new_whale\n" for number in range(NEW))
    with (raw / "sample_submission.csv").open("a", encoding="utf-8") as file:
        file.write(rows)


def _starts(here: Path, output: str) -> float:
    """Seconds of a run's tasks that no stage accounts for."""
    total = 0.0
    for name, how, seconds in _RAN.findall(output):
        stage, _, part = name.partition("@")
        record = here / "artifacts" / stage / (f"{part}.record.json" if part else "record.json")
        if how == "ran" and record.exists():
            total += float(seconds) - float(json.loads(record.read_text("utf-8"))["seconds"])
    return total


@contextmanager
def _server(here: Path) -> Iterator[str]:
    """A Prefect server of this run's own, up and answering."""
    import httpx

    environment = {**os.environ, "PREFECT_HOME": str(here / ".prefect-server")}
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(_PORT), "--no-ui"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{_PORT}/api"
    try:
        for _ in range(240):
            try:
                if httpx.get(f"{url}/health", timeout=5).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main(None)
