"""wildlife-tools' training loop with ArcFace on the gallery. Runs in its own environment."""

import itertools
import json
import os
import sys
import time
from pathlib import Path

import pandas as pd
import timm
import torch
from safetensors.torch import load_file
from torchvision import transforms
from wildlife_tools.data import FeatureDatabase, WildlifeDataset
from wildlife_tools.features import DeepFeatures
from wildlife_tools.inference import KnnMatcher
from wildlife_tools.train import ArcFaceLoss, BasicTrainer, set_seed


def main(task: dict) -> dict:
    """Seconds of the epochs, files to the last step, and what the network then recognises."""
    torch.set_num_threads(os.cpu_count())
    set_seed(0)
    table = pd.read_csv(task["table"], dtype=str)
    network = timm.create_model(task["backbone"], num_classes=0)
    network.load_state_dict(load_file(task["weights"]))
    size = (task["size"], task["size"])
    pixels = transforms.Compose(
        [
            transforms.Resize(size, transforms.InterpolationMode.BICUBIC),
            transforms.ToTensor(),
            transforms.Normalize(task["mean"], task["std"]),
        ]
    )
    parts = {part: rows.reset_index(drop=True) for part, rows in table.groupby("part")}
    sets = {part: WildlifeDataset(rows, task["folder"], transform=pixels) for part, rows in parts.items()}
    images = sets["gallery"]
    loss = ArcFaceLoss(images.num_classes, network.num_features, task["margin"], task["scale"])
    learned = itertools.chain(network.parameters(), loss.parameters())
    optimiser = torch.optim.AdamW(learned, lr=task["lr"], fused=True)
    trainer = BasicTrainer(
        images,
        network,
        loss,
        optimiser,
        task["epochs"],
        device="cpu",
        batch_size=task["batch_size"],
        num_workers=os.cpu_count(),
    )
    began = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - began
    extract = DeepFeatures(network, task["batch_size"], os.cpu_count(), "cpu")
    features = {part: extract(one) for part, one in sets.items()}
    answers = KnnMatcher(FeatureDatabase(features["gallery"], parts["gallery"]), 1)(features["query"])
    right = float((answers == parts["query"]["identity"].to_numpy()).mean())
    return {"seconds": seconds, "images": len(images) * task["epochs"], "right": right}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()))))
