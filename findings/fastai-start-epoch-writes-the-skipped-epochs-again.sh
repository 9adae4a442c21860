#!/bin/sh
# fastai 2.8.12: `fit(..., start_epoch=n)` skips the training of the first epochs, and still ends each of them: their
# checkpoints are written over.
#
# One would guess: a training that stopped after two epochs goes on with `load` and `start_epoch=2`, and the first two
# epochs do not happen. So `SaveModelCallback(every_epoch=True)`, which writes a file an epoch, writes the third file
# next, and those of the first two stay.
# What happens: the callback that skips cancels an epoch at its beginning, and a cancelled epoch is ended like any
# other: every callback's `after_epoch` is called for it. `SaveModelCallback` writes the files of the skipped epochs
# anew, all with the weights that were loaded. Callbacks that log or compare a score see those epochs, too.
# Why it matters: long runs on shared GPUs and spot machines are resumed this way, and the files of the earlier epochs
# are what one goes back to (to average weights, to pick an epoch, to look at a loss that jumped). After the resume
# they hold the weights of another epoch, and nothing says so.
# What to do: write the checkpoints of a resumed run into another folder, or give the callback a `begin` of its own
# (return from `after_epoch` while `self.epoch` is below the first epoch that was trained).
#
# Seen:
#   file of epoch    after the first run    after the resumed one
#   1                its own weights        those of epoch 2
#   2                its own weights        its own weights
#   3                -                      its own weights
#   4                -                      its own weights
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check fastai==2.8.12 fastcore==2.2.41 fasttransform==0.0.5 torch==2.13.0 torchvision==0.28.0
cd "$tmp"
CUDA_VISIBLE_DEVICES="" "$tmp/venv/bin/python" - <<'PYTHON'
import warnings

warnings.filterwarnings("ignore")
from pathlib import Path

import torch
from fastai.basics import CrossEntropyLossFlat, DataLoader, DataLoaders, Learner, nn, set_seed
from fastai.callback.tracker import SaveModelCallback

torch.set_num_threads(1)
points = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))
items = list(zip(points, (points[:, 0] > 0).long()))


def learner():
    set_seed(7, reproducible=True)
    data = DataLoaders(DataLoader(items, bs=32), DataLoader(items, bs=32))
    return Learner(data, nn.Linear(8, 2), loss_func=CrossEntropyLossFlat(), path=".", model_dir="models")


def files():
    return {int(one.stem[-1]) + 1: torch.load(one)["weight"] for one in sorted(Path("models").glob("epoch_*.pth"))}


def run(epochs, **start):
    model = learner()
    if start:
        model.load("epoch_1")
    with model.no_bar(), model.no_logging():
        model.fit(epochs, 0.1, cbs=SaveModelCallback(every_epoch=True, fname="epoch"), **start)
    return files()


first = run(2)
resumed = run(4, start_epoch=2)


def whose(epoch):
    same = [old for old, weights in first.items() if torch.equal(weights, resumed[epoch])]
    return f"those of epoch {same[0]}" if same and same[0] != epoch else "its own weights"


seen = {epoch: whose(epoch) for epoch in sorted(resumed)}
print(f"{'file of epoch':16} {'after the first run':22} after the resumed one")
for epoch, weights in seen.items():
    print(f"{epoch:<16} {'its own weights' if epoch in first else '-':22} {weights}")
raise SystemExit(seen != {1: "those of epoch 2", **dict.fromkeys((2, 3, 4), "its own weights")})
PYTHON
