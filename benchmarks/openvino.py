"""OpenVINO beside ONNX Runtime: start, speed, size and equality, on one exported network.

    python -m benchmarks.openvino [--photographs 500] [--root FOLDER] [--environments FOLDER]   # after a flow

Both get the network of the run in the same ONNX file and the same pixels, on two threads, in processes of their own
and in turns, medians of five. OpenVINO gets a virtual environment in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from benchmarks.measuring import RUNS, keep
from benchmarks.peers.environments import Peer, UnavailableError, python_of
from longtail.inference import onnx_graph
from longtail.reporting.thumbnails import sample
from longtail.training import checkpoint, image_cache

SCRIPT = Path(__file__).parent / "peers/theirs/network_runtime.py"
OPENVINO = Peer("openvino", "openvino==2026.4.1", ("numpy==2.4.6", "openvino-telemetry==2025.2.0"))
BATCH, THREADS = 16, 2
Row = dict[str, object]


def main() -> None:
    """Measure both in turns, keep a row each."""
    parser = argparse.ArgumentParser(prog="benchmarks.openvino", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photographs", type=int, default=500)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--environments", type=Path, default=Path(".longtail/peers"), metavar="FOLDER")
    options = parser.parse_args()
    pythons = {"onnxruntime": Path(sys.executable)}
    try:
        pythons["openvino"] = python_of(OPENVINO, options.environments.resolve())
    except UnavailableError as reason:
        print(f"{OPENVINO.release} is skipped: {reason}")
    with tempfile.TemporaryDirectory() as scratch:
        task = _task(options.root, options.photographs, Path(scratch))
        turns = [
            {name: _run(name, python, task, Path(scratch)) for name, python in pythons.items()} for _ in range(RUNS)
        ]
        embeddings = {name: np.load(Path(scratch) / f"{name}.npy") for name in pythons}
    keep("openvino", [_row(name, turns, embeddings, pythons[name]) for name in pythons])


def _task(root: Path, photographs: int, folder: Path) -> dict[str, Any]:
    """The network as one ONNX file, and pixels of some labelled photographs."""
    card = checkpoint.read_card(root / "artifacts/train/model.json")
    tensors = root / "artifacts/train/model.safetensors"
    graph = onnx_graph.of(card, folder / "graphs", lambda: checkpoint.load_body(tensors, card))
    (folder / "network.onnx").write_bytes(onnx_graph.with_tensors(graph, load_file(tensors)))
    files = pd.read_parquet(root / "artifacts/embed/labelled/index.parquet")["file"].tolist()
    copies = [root / "artifacts/prepare/labelled" / file for file in sample(files, photographs, seed=0)]
    raw = b"".join(image_cache.decode((copy, card.size, card.grey)) for copy in copies)
    np.save(folder / "pixels.npy", np.frombuffer(raw, np.uint8).reshape(len(copies), card.size, card.size, -1))
    paths = {"model": str(folder / "network.onnx"), "pixels": str(folder / "pixels.npy")}
    return {**paths, "threads": THREADS, "batch": BATCH}


def _run(name: str, python: Path, task: dict[str, Any], folder: Path) -> dict[str, Any]:
    asked, answer = folder / "task.json", folder / "answer.json"
    asked.write_text(json.dumps({**task, "embeddings": str(folder / f"{name}.npy")}), "utf-8")
    subprocess.run([str(python), str(SCRIPT), name, str(asked), str(answer)], check=True, stdout=subprocess.DEVNULL)
    seconds: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    return seconds


def _row(name: str, turns: list[dict[str, Any]], embeddings: dict[str, Any], python: Path) -> Row:
    """Medians of one runtime, and how far its embeddings lie from ONNX Runtime's, as cosines."""
    median = {
        what: [statistics.median(turn[name][what][clock] for turn in turns) for clock in (0, 1)]
        for what in ("opening", "first", "all")
    }
    rows, images = (
        {key: one / np.linalg.norm(one, axis=1, keepdims=True) for key, one in embeddings.items()},
        turns[0][name]["images"],
    )
    apart = 1 - (rows[name] * rows["onnxruntime"]).sum(axis=1)
    where = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).origin)"
    origin = subprocess.run([str(python), "-c", where, name], check=True, capture_output=True, text=True).stdout
    package = Path(origin.strip()).parent
    size = sum(file.stat().st_size for file in package.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return {
        "runtime": name,
        "images": images,
        "runs": len(turns),
        "opening_seconds": round(median["opening"][0], 2),
        "opening_cpu_seconds": round(median["opening"][1], 2),
        "first_image_seconds": round(median["first"][0], 3),
        "images_per_second": round(images / median["all"][0], 1),
        "package_mb": round(size / 1e6),
        "largest_cosine_distance": f"{float(apart.max()):.1e}",
    }


if __name__ == "__main__":
    main()
