"""Whether ONNX Runtime gives the answers that torch gives, and how fast each of them embeds.

    python -m benchmarks.runtimes [--photographs 1000] [--root FOLDER]      # a checkout whose `evaluate` has ended

Held-out photographs are embedded by both from their working copies, and compared with the gallery of the run, as
`evaluate` chose. Agreement is in the five answers, "new" among them, in their order; each photograph that differs is
printed. Seconds are of the processor, for both views of one network, in batches of 64 on two threads.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import scored_run
from benchmarks.measuring import keep
from longtail import renamed
from longtail.inference import embedding as onnx_embedding
from longtail.inference import networks
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.open_set.decision import Decision
from longtail.recognition.top_k import rank
from longtail.reporting.thumbnails import sample
from longtail.stages import evaluate
from longtail.training import checkpoint, embedding, image_cache

THREADS = 2
BATCH = 64


def main() -> None:
    """Embed, compare, print what differs, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.runtimes", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photographs", type=int, default=1000)
    parser.add_argument("--root", type=Path, default=Path())
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    run = scored_run.read(arguments.root)
    images = sample(run.eval_set.table["image"].tolist(), arguments.photographs, seed=0)
    rows = [measured(arguments.root, run, images)]
    keep("runtimes", rows)


def measured(root: Path, run: scored_run.Run, images: list[str]) -> dict[str, object]:
    """Agreement and speed on some held-out photographs."""
    card = checkpoint.read_card(root / "artifacts/train/model.json")
    tensors = root / "artifacts/train/model.safetensors"
    copies = [root / "artifacts/prepare/labelled" / file for file in files_of(root, images)]
    raw = b"".join(image_cache.decode((copy, card.size, card.grey)) for copy in copies)
    pixels = np.frombuffer(raw, np.uint8).reshape(len(images), card.size, card.size, -1)
    body = checkpoint.load_body(tensors, card)
    with tempfile.TemporaryDirectory() as graphs:
        network = networks.trained(tensors, card, Path(graphs), THREADS)

    def by_torch() -> PairedEmbeddings:
        device = torch.device("cpu")
        embedded = embedding.embed_all(
            {"": body}, pixels, card.mean, card.std, device, batch_size=BATCH, mirrored=True, label="torch"
        )
        return PairedEmbeddings(*embedded[""])  # type: ignore[arg-type]

    def by_onnxruntime() -> PairedEmbeddings:
        embedded = onnx_embedding.embed_all({"": network}, pixels, batch_size=BATCH, mirrored=True, label="onnxruntime")
        return PairedEmbeddings(*embedded[""])  # type: ignore[arg-type]

    (first, torch_seconds), (second, onnx_seconds) = timed(by_torch), timed(by_onnxruntime)
    return {
        "photographs": len(images),
        **agreement(root, run, images, first, second),
        "torch_images_per_cpu_second": round(len(images) / torch_seconds, 1),
        "onnxruntime_images_per_cpu_second": round(len(images) / onnx_seconds, 1),
        "ratio": round(torch_seconds / onnx_seconds, 2),
    }


def agreement(
    root: Path, run: scored_run.Run, images: list[str], first: PairedEmbeddings, second: PairedEmbeddings
) -> dict[str, object]:
    """How many photographs have the same five answers, and how far scores and probabilities lie apart."""
    choice = renamed.record(json.loads(evaluate.Paths.at(root).choice.read_text("utf-8")))
    decision = Decision.from_dict({**choice, "unknown_share": None})
    classifier = run.classifiers[-1]
    one, two = rank(classifier, first), rank(classifier, second)
    answers = decision.answers(one), decision.answers(two)
    differ = np.flatnonzero((answers[0] != answers[1]).any(axis=1))
    for row in differ.tolist():
        print(f"{images[row]}: {answers[0][row].tolist()} {one.score[row].round(6).tolist()} by torch,")
        print(f"    {answers[1][row].tolist()} {two.score[row].round(6).tolist()} by ONNX Runtime")
    probabilities = decision.probabilities(one), decision.probabilities(two)
    new = (
        0.0
        if probabilities[0] is None or probabilities[1] is None
        else float(np.abs(probabilities[0].new - probabilities[1].new).max())
    )
    return {
        "agree": len(images) - len(differ),
        "largest_score_difference": f"{float(np.abs(one.score - two.score).max()):.1e}",
        "largest_new_difference": f"{new:.1e}",
    }


def files_of(root: Path, images: list[str]) -> list[str]:
    """Their working copies."""
    import pandas as pd

    index = pd.read_parquet(root / "artifacts/embed/labelled/index.parquet").set_index("image")
    return [str(index.loc[image, "file"]) for image in images]


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the seconds of the processor that it takes."""
    before = os.times()
    result = work()
    after = os.times()
    return result, after.user - before.user + after.system - before.system


if __name__ == "__main__":
    main()
