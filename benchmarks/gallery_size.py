"""Time and memory of `evaluate`, `predict` and one answer of `identify`, by the size of the gallery.

    python -m benchmarks.gallery_size [--photographs 10000 100000] [--dims 512] [--only predict identify]

With nothing else running, two cores and 24 GiB, a piece at a time; a row that was measured before is replaced, the
others stay:

    python -m benchmarks.gallery_size --photographs 100000 --only evaluate
    python -m benchmarks.gallery_size --photographs 1000000 --dims 128 --only predict identify

Embeddings are drawn: a direction an identity plus noise, half of the identities seen once. `evaluate` compares what
needs no fit (nearest neighbour and class mean); heads cost as many times more as there are identities, passes and
seeds. 2,000 photographs are scored, 1,000 predicted. `identify` is read and answered without the network, whose part
does not depend on the gallery. Each runs in a process of its own: seconds of the work, start and imports left out, and
the most memory that the process held.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from benchmarks import measuring
from benchmarks.measuring import keep
from longtail.labels.findings import COLUMNS
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.keypoints import KeypointSettings
from longtail.stages import evaluate, predict

SCORED, PREDICTED, BLOCK = 2_000, 1_000, 10_000
KEY = ("what", "photographs", "dims")
COMPUTE = {"compute": {"threads": 2}}


def main(asked: Sequence[str] | None = ()) -> None:
    """Draw each gallery, run the three on it, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.gallery_size", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photographs", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--dims", type=int, default=512)
    parser.add_argument("--work", choices=sorted(WORK), help="run one of them on --root, and print its figures")
    parser.add_argument("--only", choices=sorted(WORK), nargs="+", default=["evaluate", "predict", "identify"])
    parser.add_argument("--root", type=Path)
    values = parser.parse_args(asked)
    if values.work:
        print(json.dumps(measured(WORK[values.work], values.root)))
        return
    rows: list[dict[str, object]] = []
    for photographs in values.photographs:
        with tempfile.TemporaryDirectory() as scratch:
            draw(Path(scratch), photographs, values.dims, pretrained="evaluate" in values.only)
            for name in values.only:
                command = [sys.executable, "-m", "benchmarks.gallery_size", "--work", name, "--root", scratch]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                figures = json.loads(done.stdout.splitlines()[-1])
                rows.append({"what": name, "photographs": photographs, "dims": values.dims, **figures})
            keep("gallery_size", merged(rows, measuring.RESULTS / "gallery_size.csv"))


def merged(rows: Sequence[dict[str, object]], measured_before: Path) -> list[dict[str, object]]:
    """New rows, and those of an earlier run that they do not replace.

    Args:
        rows: new ones.
        measured_before: the CSV of earlier runs; it need not exist.

    Returns:
        The rows by number of photographs.
    """
    if not measured_before.exists():
        return list(rows)
    before = pd.read_csv(measured_before).to_dict("records")
    every = {tuple(str(row[name]) for name in KEY): row for row in [*before, *rows]}
    return sorted(every.values(), key=lambda row: (int(str(row["photographs"])), list(WORK).index(str(row["what"]))))


def measured(work: Callable[[Path], None], root: Path) -> dict[str, float]:
    """Seconds of the wall clock and of the CPU that `work` took, and the most memory of this process in GiB."""
    began, cpu = time.perf_counter(), time.process_time()
    work(root)
    seconds = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    return {name: round(value, 2) for name, value in (seconds | {"most_memory_gib": kib / 2**20}).items()}


def evaluated(root: Path) -> None:
    """The stage, with what needs no fit."""
    quick = {"classifiers": ["nearest_neighbour", "nearest_class_mean"], "strategies": ["none"], "seeds": 1}
    evaluate.run(evaluate.Params.model_validate(quick | COMPUTE), evaluate.Paths.at(root))


def predicted(root: Path) -> None:
    """The stage, with the nearest neighbour."""
    from dataclasses import asdict

    from longtail.recognition.classifiers.fit import FitSettings

    choice = {
        "classifier": "nearest_neighbour",
        "strategy": "none",
        "threshold": 0.5,
        "settings": asdict(FitSettings()),
    }
    target = root / "artifacts/evaluate/choice.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(choice), "utf-8")
    predict.run(predict.Params.model_validate(COMPUTE), predict.Paths.at(root))


def identified(root: Path) -> None:
    """What `identify` does of which the time depends on the gallery: read it, score, find the photographs beside."""
    from longtail.recognition import identifier, together
    from longtail.recognition.embeddings import read

    known = identifier.read(root / "artifacts/predict/identifier")
    _, queries = read(root / "artifacts/embed/test")
    one = queries[slice(0, 1)]
    top_k = together.combined(identifier.classifier_of(known), one)
    together.best_matches(top_k.identity[0], one.normalised(), known.gallery)


WORK: dict[str, Callable[[Path], None]] = {"evaluate": evaluated, "predict": predicted, "identify": identified}


def draw(root: Path, photographs: int, dims: int, *, pretrained: bool = True) -> None:
    """Write what the three read: `photographs` in the train fold, SCORED in valid, PREDICTED test photographs.

    Args:
        root: an empty folder.
        photographs: how many the train fold has.
        dims: numbers of an embedding.
        pretrained: whether the embeddings of the network before training are drawn too; `evaluate` alone reads them.
    """
    rng = np.random.default_rng(0)
    sizes = np.minimum(rng.zipf(2.1, photographs), 40)
    identity = np.repeat(np.arange(photographs), sizes)[:photographs]
    scored, tested = (rng.choice(identity, count) for count in (SCORED, PREDICTED))
    every = np.concatenate([identity, scored])
    names = np.char.add(np.char.mod("%08d", np.arange(len(every))), ".jpg")
    split = pd.DataFrame({"image": names, "identity": np.char.mod("w%07d", every), "group": names})
    split["identity"] = split["identity"].mask((split.index >= photographs) & (split.index % 5 == 0), "")
    split["fold"] = np.where(split.index < photographs, "train", "valid")
    split["scored"], split["reason"] = split["fold"] == "valid", ""
    split["known"] = split["identity"] != ""
    split["class_count"] = split["identity"].map(split.loc[split["fold"] == "train", "identity"].value_counts())
    split["class_count"] = split["class_count"].fillna(0).astype("int64")
    artifacts = root / "artifacts"
    copies = pd.DataFrame(columns=["image", "identity", "variant", "file"], dtype="str").assign(repeats=np.int64(0))
    labelled = split[["image"]].assign(row=np.arange(len(split)), md5=names, dhash=rng.integers(0, 2**63, len(split)))
    test = pd.DataFrame({"image": np.char.add("t", np.char.mod("%06d.jpg", np.arange(PREDICTED)))})
    tables = {
        "split/split": split,
        "train/learned_from": split.loc[split["fold"] == "train", ["image"]].assign(label=True, pixels=True),
        "oversample/plan": split[["image", "identity"]].assign(variant="original", repeats=1),
        "oversample/augmented": copies,
        "prepare/labelled": labelled,
        "prepare/test": test,
        "audit/test_matches": pd.DataFrame(columns=["image", "match", "kind"], dtype="str").assign(distance=0.0),
    }
    for name, table in tables.items():
        path = artifacts / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(path, index=False)
    pd.DataFrame(columns=list(COLUMNS)).to_csv(artifacts / "audit/findings.csv", index=False)
    card = {"head": "softmax", "classes": ["w0000000"], "images": "originals", "images_per_epoch": 1, "seed": 0}
    (artifacts / "train/model.json").write_text(json.dumps(card), "utf-8")
    save_file({"weight": np.ones((1, dims), np.float32)}, artifacts / "train/head.safetensors")
    for part in ("labelled", "test"):
        (artifacts / "keypoints" / part).mkdir(parents=True)
        keypoint_table.write(artifacts / "keypoints" / part, [], iter(()), KeypointSettings())
    parts = {"labelled": (every, names), "augmented": (every[:0], names[:0]), "test": (tested, test["image"])}
    for part, (numbers, images) in parts.items():
        folder = artifacts / "embed" / part
        folder.mkdir(parents=True)
        pd.DataFrame({"image": images, "file": images}, dtype="str").to_parquet(folder / "index.parquet", index=False)
        names_of_views = ("embeddings", "mirrored", "pretrained", "pretrained_mirrored")
        for index, name in enumerate(names_of_views[: 4 if pretrained else 2]):
            _write_embeddings(folder / f"{name}.npy", numbers, dims, index)


def _write_embeddings(path: Path, identity: np.ndarray, dims: int, seed: int) -> None:
    """A direction an identity, plus noise of each photograph, BLOCK at a time."""
    if not len(identity):
        np.save(path, np.empty((0, dims), np.float32))
        return
    values = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(len(identity), dims))
    for start in range(0, len(identity), BLOCK):
        block = identity[start : start + BLOCK]
        present, which = np.unique(block, return_inverse=True)
        own = np.stack([np.random.default_rng((7, seed, int(one))).normal(size=dims) for one in present])[which]
        noise = np.random.default_rng((8, seed, start)).normal(size=own.shape)
        values[start : start + BLOCK] = own + noise
    values.flush()


if __name__ == "__main__":
    main(None)
