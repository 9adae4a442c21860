"""wildlife-tools' way: deep features of all photographs, nearest neighbour by cosine. Runs in its own environment."""

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


def main(task: dict) -> dict:
    """Seconds from files to answers, and the share that is right."""
    torch.set_num_threads(os.cpu_count())
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
    began = time.perf_counter()
    extract = DeepFeatures(network, task["batch_size"], os.cpu_count(), "cpu")
    parts = {part: rows.reset_index(drop=True) for part, rows in table.groupby("part")}
    features = {part: extract(WildlifeDataset(rows, task["folder"], transform=pixels)) for part, rows in parts.items()}
    answers = KnnMatcher(FeatureDatabase(features["gallery"], parts["gallery"]), 1)(features["query"])
    seconds = time.perf_counter() - began
    right = float((answers == parts["query"]["identity"].to_numpy()).mean())
    return {"seconds": seconds, "images": len(table), "right": right}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()))))
