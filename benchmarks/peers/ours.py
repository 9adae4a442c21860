"""The same three tasks by Longtail's own code, each in a process of its own: `python -m benchmarks.peers.ours KIND`."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from longtail.params import ComputeParams

if TYPE_CHECKING:
    import pandas as pd  # in functions: each process that describes photographs would import it, and needs none of it

CORES = os.cpu_count() or 1
COMPUTE = ComputeParams(device="cpu", threads=CORES, workers=CORES)
MAX_PIXELS = 100_000_000


def features(task: dict[str, Any]) -> dict[str, Any]:
    """Seconds from files to answers, and the share that is right."""
    import pandas as pd
    import torch

    from longtail.training import device

    device.choose(COMPUTE)
    table = pd.read_csv(task["table"], dtype=str)
    network = _network(task).eval().requires_grad_(False).to(memory_format=torch.channels_last)
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        right = _recognised(network, _pixels(table, task, folder), table, task)
    return {"seconds": time.perf_counter() - began, "images": len(table), "right": right}


def training(task: dict[str, Any]) -> dict[str, Any]:
    """Seconds of the epochs, files to the last step, and what the network then recognises."""
    import pandas as pd
    import torch

    from longtail.training import dataloaders, device, heads, trainer
    from longtail.training.augmenting import Augmentation
    from longtail.training.learner import Schedule

    where = device.choose(COMPUTE)
    device.seed_everything(0)
    table = pd.read_csv(task["table"], dtype=str)
    gallery = table[table["part"] == "gallery"]
    targets, names = pd.factorize(gallery["identity"])
    network = _network(task)
    width = network.num_features
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        pixels = _pixels(gallery, task, folder)
        learned = dataloaders.ImageDataset(pixels, np.arange(len(gallery)), targets, 0)
        nobody = dataloaders.ImageDataset(pixels, np.arange(0), targets[:0], 1)
        data = dataloaders.build_dataloaders(
            learned, nobody, task["batch_size"], Augmentation(), task["mean"], task["std"], where
        )
        whole = heads.Network(heads.Embedder(network, width, 0), heads.build_head("arcface", width, len(names), 0.0))
        loss = heads.build_loss("arcface", 0.0, task["margin"], task["scale"])
        schedule = Schedule(
            frozen_epochs=0,
            unfrozen_epochs=task["epochs"],
            base_lr=task["lr"],
            body_lr_divisor=1.0,
            weight_decay=0.01,
            lr_find=False,
            lr_find_batches=20,
            mixed_precision=False,
            margin=task["margin"],
        )
        trainer.train(whole.to(where).to(memory_format=torch.channels_last), data, loss, schedule)
        seconds = time.perf_counter() - began
        right = _recognised(whole.body.eval(), _pixels(table, task, folder), table, task)
    images = len(gallery) // task["batch_size"] * task["batch_size"]  # a last incomplete batch is left out
    return {"seconds": seconds, "images": images * task["epochs"], "right": right}


def _network(task: dict[str, Any]) -> Any:
    """The backbone, with the weights that both programs begin with."""
    import timm
    from safetensors.torch import load_file

    network = timm.create_model(task["backbone"], num_classes=0)
    network.load_state_dict(load_file(task["weights"]))
    return network


def _pixels(table: pd.DataFrame, task: dict[str, Any], folder: str) -> Any:
    """The photographs of the table, decoded."""
    from longtail.training import image_cache

    files = [Path(task["folder"]) / name for name in table["path"]]
    return image_cache.decode_all(files, task["size"], Path(folder), COMPUTE, grey=False, label="decoded")


def _recognised(network: Any, pixels: Any, table: pd.DataFrame, task: dict[str, Any]) -> float:
    """The share of queries whose nearest photograph of the gallery shows the same individual."""
    import torch

    from longtail.recognition.embeddings import matmul_t
    from longtail.training import embedding

    stats = task["mean"], task["std"]
    options: dict[str, Any] = {"batch_size": task["batch_size"], "mirrored": False, "label": "embedded"}
    rows, _ = embedding.embed_all({"all": network}, pixels, *stats, torch.device("cpu"), **options)["all"]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    query = (table["part"] == "query").to_numpy()
    identities = table["identity"].to_numpy()
    answers = identities[~query][matmul_t(rows[query], rows[~query]).argmax(1)]
    return float((answers == identities[query]).mean())


def pairs(task: dict[str, Any]) -> dict[str, Any]:
    """Seconds from files to pairs, and the pairs."""
    import pandas as pd

    from longtail.compute import run_all
    from longtail.duplicates.search import near_pairs
    from longtail.stages.audit import Params

    began = time.perf_counter()
    folder = Path(task["folder"])
    names = sorted(path.name for path in folder.iterdir())
    described = list(run_all(partial(_describe, folder), names, COMPUTE, "described"))
    table = pd.DataFrame(described, columns=["image", "md5", "dhash", "thumb"]).astype({"dhash": "uint64"})
    limits = Params()
    near = near_pairs(table, max_distance=limits.max_distance, min_similarity=limits.min_similarity)
    files = table.groupby("md5")["image"].agg(list)
    same = {(one, two) for of in files for index, one in enumerate(of) for two in of[index + 1 :]}
    alike = {
        (one, two)
        for first, second in zip(near["first"], near["second"], strict=True)
        for one in files[first]
        for two in files[second]
    }
    seconds = time.perf_counter() - began
    every = {(min(pair), max(pair)) for pair in same | alike}
    return {"seconds": seconds, "images": len(names), "pairs": sorted(every)}


def _describe(folder: Path, name: str) -> tuple[str, str, int, bytes]:
    """What the search for near duplicates needs of a photograph."""
    from longtail.images.hashes import dhash, thumbnail
    from longtail.images.opening import open_image, read_bytes

    data = read_bytes(folder / name, MAX_PIXELS)
    grey = open_image(data, MAX_PIXELS, 64).image.convert("L")
    return name, hashlib.md5(data, usedforsecurity=False).hexdigest(), dhash(grey), thumbnail(grey)


KINDS = {"features": features, "training": training, "pairs": pairs}

if __name__ == "__main__":
    kind, asked, answer = sys.argv[1:]
    Path(answer).write_text(json.dumps(KINDS[kind](json.loads(Path(asked).read_text("utf-8")))), "utf-8")
