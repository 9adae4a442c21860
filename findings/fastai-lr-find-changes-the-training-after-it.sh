#!/bin/sh
# fastai 2.8.12: `lr_find` puts the weights back, and yet the training after it is another; a new seed does not help.
#
# One would guess: the learning rate finder is a measurement. It saves the model, tries rates, and loads the model
# again. If anything were left, it would be the random generators, and `set_seed` right after it would put those right.
# What happens: the weights come back bit for bit. But each loader carries a generator of its own for its order, made
# when the loader was built and moved on by each pass, the finder's as well. `set_seed` does not reach it. So the fit
# sees its batches in another order, with the same seed. Both ways repeat exactly, so nobody doubts the seed.
# Why it matters: a run with the finder and a run without it (a colleague's, or the re-run with the rate now fixed in
# the parameters) are two different trainings. On long-tailed data, where rare classes have a photograph or two, the
# difference is easily taken for the effect of whatever else was changed.
# What to do: after the finder, set the seed AND build the loaders anew; or find the rate in a run of its own.
#
# Seen:
#   between seed and fit                       weights after the finder    weights after the fit
#   nothing                                    -                           those of a run without the finder
#   finder                                     bit for bit as before it    others
#   finder, seed set again                     bit for bit as before it    others
#   finder, seed set again, loaders built anew bit for bit as before it    those of a run without the finder
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check fastai==2.8.12 fastcore==2.2.41 fasttransform==0.0.5 torch==2.13.0 torchvision==0.28.0
cd "$tmp"
CUDA_VISIBLE_DEVICES="" "$tmp/venv/bin/python" - <<'PYTHON'
import warnings

warnings.filterwarnings("ignore")
import torch
from fastai.basics import CrossEntropyLossFlat, DataLoader, DataLoaders, Learner, nn, set_seed
from fastai.callback import schedule  # noqa: F401  it gives Learner its lr_find

torch.set_num_threads(1)
points = torch.randn(256, 8, generator=torch.Generator().manual_seed(0))
items = list(zip(points, (points[:, 0] > 0).long()))


def loaders():
    return DataLoaders(DataLoader(items, bs=32, shuffle=True), DataLoader(items, bs=32))


def weights(learner):
    return torch.cat([one.detach().flatten() for one in learner.model.parameters()]).clone()


def trained(*between):
    set_seed(7, reproducible=True)
    data = loaders()
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
    learner = Learner(data, model, loss_func=CrossEntropyLossFlat())
    first, restored = weights(learner), "-"
    with learner.no_bar(), learner.no_logging():
        if "finder" in between:
            learner.lr_find(show_plot=False)
            restored = "bit for bit as before it" if torch.equal(weights(learner), first) else "others"
        if "seed set again" in between:
            set_seed(7, reproducible=True)
        if "loaders built anew" in between:
            learner.dls = loaders()
        learner.fit(1, 0.01)
    return weights(learner), restored


plain, _ = trained()
seen = []
print(f"{'between seed and fit':42} {'weights after the finder':27} weights after the fit")
for between in ((), ("finder",), ("finder", "seed set again"), ("finder", "seed set again", "loaders built anew")):
    after, restored = trained(*between)
    seen.append((restored, torch.equal(after, plain)))
    print(f"{', '.join(between) or 'nothing':42} {restored:27} {'those of a run without the finder' if seen[-1][1] else 'others'}")
same = "bit for bit as before it"
raise SystemExit(seen != [("-", True), (same, False), (same, False), (same, True)])
PYTHON
