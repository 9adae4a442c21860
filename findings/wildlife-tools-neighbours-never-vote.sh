#!/bin/sh
# wildlife-tools 0.0.9: `KnnClassifier(k=5)` gives the answer of k=1, whatever the other four neighbours say.
#
# One would guess: the answer is the individual that most of the k nearest photographs show, and a tie goes to the
# nearer one ("majority voting", says its documentation).
# What happens: the votes are counted over the photographs' row numbers, before these become individuals. Each row
# stands once among the neighbours, so all have one vote, that is a tie, and a tie falls back to k - 1, down to the
# nearest photograph alone. `k` has no effect.
# Why it matters: k is what one tunes on such a baseline. All values score the same to the last digit, and one concludes
# that voting gives nothing on this data, or reports k=5 where k=1 was measured.
# What to do: turn the rows into individuals first and count these, or use scikit-learn's KNeighborsClassifier
# (metric="cosine"), as the second column does.
#
# Seen (500 queries of 20 individuals, 10 photographs each, with noise):
#   k    wildlife-tools    differs from k=1    scikit-learn
#   1    0.412             0                   0.412
#   3    0.412             0                   0.420
#   5    0.412             0                   0.462
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
pip="$tmp/venv/bin/pip install --quiet --no-compile --disable-pip-version-check"
$pip torch==2.14.1 pandas==2.3.3 numpy==2.4.6 tqdm==4.70.1 timm==1.0.31 pillow==12.3.0 opencv-python-headless==4.13.0.92 \
  pycocotools==2.0.11 scikit-learn==1.9.1 kornia==0.9.0 faiss-cpu==1.15.1 transformers==5.24.0 pyyaml==6.0.3 jinja2==3.1.6
$pip --no-deps wildlife-tools==0.0.9
cd "$tmp"
"$tmp/venv/bin/python" - <<'PYTHON'
import warnings

warnings.filterwarnings("ignore")
import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from wildlife_tools.inference import KnnClassifier
from wildlife_tools.similarity import CosineSimilarity

rng = np.random.default_rng(0)
animals = rng.normal(size=(20, 16))
names = np.array([f"seal {number}" for number in range(20)])
shown, asked = np.repeat(np.arange(20), 10), np.repeat(np.arange(20), 25)
gallery = (animals[shown] + 1.5 * rng.normal(size=(200, 16))).astype(np.float32)
queries = (animals[asked] + 1.5 * rng.normal(size=(500, 16))).astype(np.float32)
similarity = CosineSimilarity()(queries, gallery)["cosine"]

first, seen = None, []
print(f"{'k':4} {'wildlife-tools':17} {'differs from k=1':19} scikit-learn")
for k in (1, 3, 5):
    theirs = KnnClassifier(k, names[shown])(similarity)
    voted = KNeighborsClassifier(k, metric="cosine").fit(gallery, names[shown]).predict(queries)
    first = theirs if first is None else first
    changed = int((theirs != first).sum())
    right, votes = ((answers == names[asked]).mean() for answers in (theirs, voted))
    seen.append((changed, votes > right))
    print(f"{k:<4} {right:<17.3f} {changed:<19} {votes:.3f}")
raise SystemExit(seen != [(0, False), (0, True), (0, True)])
PYTHON
