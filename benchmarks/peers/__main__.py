"""Longtail beside the field's other programs: time, memory, and the result by one protocol.

    python -m benchmarks.peers [ZIP] [--environments FOLDER] [--photographs 2000] [--runs 5]

ZIP is Kaggle's whales; without it flukes are drawn. A peer gets a virtual environment of its own (some GB, kept in
FOLDER); where a package cannot be installed the row says why, and the others are measured. Both programs read the same
files, with the same network, size, batch, threads and processes, in turns. Seconds are from the files to the answers,
without imports; memory is that of the whole process and its children.

- features and nearest neighbour: wildlife-tools' DeepFeatures and KnnMatcher. A query is each individual's first
  photograph. The result is the share of queries whose nearest photograph shows the same individual.
- a training on the gallery: wildlife-tools' BasicTrainer with its ArcFaceLoss. The result is the same share after it.
- near duplicates: imagededup's PHash at its own distance, 10. The result is the share of copies in disguise that are
  found, and how many pairs are named at all.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import measuring
from benchmarks.peers import photographs
from benchmarks.peers.environments import IMAGEDEDUP, WILDLIFE_TOOLS, Peer, UnavailableError, python_of

THEIRS = Path(__file__).parent / "theirs"
BACKBONE, SIZE, BATCH = "mobilenetv2_100", 128, 32
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
LOSS = {"margin": 0.5, "scale": 64.0, "lr": 1e-3}
PHASH_DISTANCE = 10
Row = dict[str, object]


def main(asked: Sequence[str] | None = None) -> None:
    """Measure all three, keep a row each."""
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("zip", nargs="?", type=Path, help="Kaggle's whales; without it flukes are drawn")
    parser.add_argument("--environments", type=Path, default=Path(".longtail/peers"), metavar="FOLDER")
    parser.add_argument("--photographs", type=int, default=2000, help="of the features; a training takes half of them")
    parser.add_argument("--epochs", type=int, default=1, help="of the training")
    parser.add_argument("--runs", type=int, default=measuring.RUNS, help="pairs of runs")
    options = parser.parse_args(asked)
    with TemporaryDirectory() as folder:
        rows = [*_recognition(options, Path(folder)), _near_duplicates(options, Path(folder))]
    measuring.keep("peers", rows)


def _recognition(options: argparse.Namespace, folder: Path) -> list[Row]:
    """The two rows beside wildlife-tools."""
    some = photographs.read(options.zip, options.photographs) if options.zip else photographs.drawn(options.photographs)
    task = {"backbone": BACKBONE, "size": SIZE, "batch_size": BATCH, "weights": str(folder / "weights.safetensors")}
    task |= {**IMAGENET, **LOSS, "epochs": options.epochs}
    _draw_weights(folder / "weights.safetensors")
    rows = []
    for what, count in (("features", len(some)), ("training", len(some) // 2)):
        table = photographs.lay_out(some[:count], folder / what)
        one = task | {"table": str(table), "folder": str(folder / what / "photographs")}
        rows.append(_compared(what, WILDLIFE_TOOLS, f"wildlife_tools_{what}.py", one, options, folder, _recognised))
    return rows


def _near_duplicates(options: argparse.Namespace, folder: Path) -> Row:
    some = photographs.every(options.zip) if options.zip else photographs.drawn(options.photographs)
    planted = photographs.with_copies(some, folder / "copies", max(1, len(some) // 10))
    task = {"folder": str(folder / "copies"), "distance": PHASH_DISTANCE}

    def row_of(answer: dict[str, Any]) -> Row:
        pairs = {frozenset(pair) for pair in answer["pairs"]}
        right = sum(frozenset((name, copy)) in pairs for name, copy, _ in planted) / len(planted)
        return {"result": f"{right:.3f} of {len(planted)} copies, {len(pairs):,} pairs"}

    return _compared("pairs", IMAGEDEDUP, "imagededup_pairs.py", task, options, folder, row_of)


def _compared(
    what: str,
    peer: Peer,
    script: str,
    task: dict[str, Any],
    options: argparse.Namespace,
    folder: Path,
    result_of: Callable[[dict[str, Any]], Row],
) -> Row:
    """One row: ours and theirs in turns, or why theirs could not be run."""
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
    ours = [sys.executable, "-m", "benchmarks.peers.ours", what]
    row: Row = {"what": what, "peer": peer.release}
    try:
        theirs = [str(python_of(peer, options.environments.resolve())), str(THEIRS / script)]
    except UnavailableError as reason:
        return row | {"skipped": str(reason)}
    turns = [(_run(ours, folder), _run(theirs, folder)) for _ in range(options.runs)]
    row |= {"images": turns[0][0]["images"], "runs": options.runs, "skipped": ""}
    for side, name in enumerate(("ours", "theirs")):
        row |= {
            f"{name}_images_per_second": round(
                statistics.median(t[side]["images"] / t[side]["seconds"] for t in turns), 1
            ),
            f"{name}_mb": round(statistics.median(turn[side]["memory"] for turn in turns) / 1e6),
            **{f"{name}_{key}": value for key, value in result_of(turns[0][side]).items()},
        }
    faster = [(mine["images"] / mine["seconds"]) / (other["images"] / other["seconds"]) for mine, other in turns]
    return row | {"times_as_fast": round(statistics.median(faster), 2)}


def _recognised(answer: dict[str, Any]) -> Row:
    return {"result": f"{answer['right']:.3f} right"}


def _run(command: list[str], folder: Path) -> dict[str, Any]:
    """What a process answers, and the memory that it took at most."""
    call = [*command, str(folder / "task.json"), str(folder / "answer.json")]
    memory = measuring.most_memory(
        lambda: subprocess.run(call, check=True, stdout=subprocess.DEVNULL), of_children=True
    )
    return {**json.loads((folder / "answer.json").read_text(encoding="utf-8")), "memory": memory}


def _draw_weights(path: Path) -> None:
    """Weights that both programs begin with."""
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    save_file(timm.create_model(BACKBONE, num_classes=0).state_dict(), path)


if __name__ == "__main__":
    main()
