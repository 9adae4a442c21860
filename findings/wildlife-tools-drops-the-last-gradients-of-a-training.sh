#!/bin/sh
# wildlife-tools 0.0.9: with `accumulation_steps=4` the first step is taken after two batches, and the last batches of
# a training are never learned from.
#
# One would guess: gradients are added up over four batches, then comes a step; what is left at the end of an epoch
# gets a step of its own, as elsewhere (or, at worst, the last batches of each epoch are dropped).
# What happens: batches are counted from zero and the step comes where (number - 1) is a multiple of four: after the
# 2nd, 6th, 10th ... batch of EVERY epoch. The left-over gradients of an epoch go into the first step of the next one,
# those of the last epoch into none. And the sum is not divided: the steps are of two to five batches.
# Why it matters: people accumulate because a large network fits on their GPU with a few photographs at a time. On a
# small set, with few batches an epoch, the steps are uneven, and with one batch an epoch there is no step at all: the
# training runs through, prints its losses, and the network is what it was before.
# What to do: choose `accumulation_steps` 1 or 2 (there the count is even), or write the loop with torch itself.
#
# Seen (accumulation_steps=4):
#   batches an epoch    epochs    batches in each step    learned from never
#   8                   1         2, 4                    2
#   7                   2         2, 4, 3, 4              1
#   1                   5         -                       5
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
pip="$tmp/venv/bin/pip install --quiet --no-compile --disable-pip-version-check"
$pip torch==2.14.1 torchvision==0.29.1 pandas==2.3.3 numpy==2.4.6 tqdm==4.70.1 timm==1.0.31 scikit-learn==1.9.1 \
  pytorch-metric-learning==2.9.0 tensorboard==2.20.0 pyyaml==6.0.3 jinja2==3.1.6
$pip --no-deps wildlife-tools==0.0.9
cd "$tmp"
CUDA_VISIBLE_DEVICES="" "$tmp/venv/bin/python" - <<'PYTHON' 2>"$tmp/bars"
import torch
from wildlife_tools.train import BasicTrainer

torch.set_num_threads(1)


class Counted(torch.optim.SGD):
    """Notes how many batches each step is of: the loss of a batch has the gradient 1."""

    def step(self, closure=None):
        (weight,) = self.param_groups[0]["params"]
        steps.append(int(weight.grad))
        super().step(closure)


seen = []
print(f"{'batches an epoch':19} {'epochs':9} {'batches in each step':23} learned from never")
for batches, epochs in ((8, 1), (7, 2), (1, 5)):
    steps: list[int] = []
    network = torch.nn.Linear(1, 1, bias=False)
    images = [(torch.ones(1), 0)] * batches
    trainer = BasicTrainer(
        images,
        network,
        type("Sum", (torch.nn.Module,), {"forward": lambda self, out, labels: out.sum()})(),
        Counted(network.parameters(), lr=0.1),
        epochs,
        device="cpu",
        batch_size=1,
        num_workers=0,
        accumulation_steps=4,
    )
    trainer.train()
    never = batches * epochs - sum(steps)
    seen.append((steps, never))
    print(f"{batches:<19} {epochs:<9} {', '.join(map(str, steps)) or '-':23} {never}")
raise SystemExit(seen != [([2, 4], 2), ([2, 4, 3, 4], 1), ([], 5)])
PYTHON
