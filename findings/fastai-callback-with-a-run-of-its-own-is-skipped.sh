#!/bin/sh
# fastai 2.8.12: a callback that keeps something under `self.run` is skipped in silence while that is false, and loses
# it after the first `fit`.
#
# One would guess: `self.run` in a callback is the author's own, as for the run of an experiment tracker: None until the
# first batch, then what the tracker returns. A name that fastai needs itself would be refused, or warned of as names of
# the learner are (fastai warns of a shadowed attribute).
# What happens: `Callback.run` is fastai's switch for this callback. With None the callback is not called for a single
# event, so it never gets to set its run; no error, no warning. With an object it is called, until `fit` ends: then
# fastai sets `run` to True, and the next `fit` finds True in place of the object.
# Why it matters: logging to a tracker, counting images and stopping early are written as callbacks. The first kind of
# callback records nothing of an hour of training; the second one breaks at the second `fit`, which every fine-tuning
# with a frozen phase has.
# What to do: another name (`self.tracker_run`).
#
# Seen:
#   self.run in __init__      batches seen of 2    self.run after fit
#   None                      0                    True
#   a list                    2                    True
#   not set                   2                    True (fastai's own)
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
from fastai.basics import Callback, DataLoader, DataLoaders, Learner, MSELossFlat, nn
from fastai.callback.progress import ProgressCallback  # no_bar

torch.set_num_threads(1)


class Counts(Callback):
    """Counts the training batches."""

    batches = 0

    def after_batch(self):
        self.batches += self.training


class WithRun(Counts):
    def __init__(self, run):
        self.run = run


class WithOtherName(Counts):
    def __init__(self, run):
        self.tracker_run = run


pairs = [(torch.ones(1), torch.ones(1))] * 8
data = DataLoaders(DataLoader(pairs, bs=4), DataLoader(pairs, bs=4))
callbacks = [WithRun(None), WithRun(["a run"]), WithOtherName(None)]
learner = Learner(data, nn.Linear(1, 1), loss_func=MSELossFlat(), cbs=callbacks)
with learner.no_bar(), learner.no_logging(), warnings.catch_warnings(record=True) as warned:
    learner.fit(1)
print("self.run in __init__    batches seen of 2    self.run after fit")
seen = [(one.batches, getattr(one, "run", None)) for one in callbacks]
for kept, (batches, run) in zip(("None", "a list", "not set"), seen):
    print(f"{kept:<23} {batches:<20} {run}")
assert [batches for batches, _ in seen] == [0, 2, 2], "not as it was"
assert [run for _, run in seen[:2]] == [True, True], "not as it was"
assert not [one for one in warned if "run" in str(one.message)], "there is a warning now"
PYTHON
