#!/bin/sh
# scikit-learn 1.9.1: HDBSCAN with `cluster_selection_epsilon` still puts a photograph into a group from several times that distance.
#
# One would guess: `cluster_selection_epsilon=0.1` is the largest distance within a group, as DBSCAN's `eps` is, and with
# `min_cluster_size=2` a photograph that resembles no other is noise (-1).
# What happens: the option only stops splits below that distance. A lone photograph joins the dense group that is
# nearest, however far, or makes a pair with another lone one, because HDBSCAN compares densities, not distances.
# Why it matters: new individuals in photo-ID are many with one photograph among a few with several. Groups of
# photographs that are 0.01 apart in cosine distance swallow strangers at 0.4, and each such pair is a wrong match.
# What to do: average linkage with a distance threshold, or check the distances in each group afterwards.
#
# Seen (two individuals with four photographs each, then eight with one each):
#   largest distance within the two, least to another:  0.012, 0.381
#   HDBSCAN, epsilon 0.1:        0 0 0 0 1 1 1 1 2 -1 -1 2 0 1 2 -1
#   average linkage, 0.1:        2 2 2 2 0 0 0 0 9 7 4 8 3 1 6 5
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1
"$tmp/venv/bin/python" - <<'PY'
import sys

import numpy as np
from sklearn.cluster import HDBSCAN, AgglomerativeClustering

rng = np.random.default_rng(0)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


individuals = unit(rng.normal(size=(10, 16)))
each = np.concatenate([np.repeat(individuals[:2], 4, axis=0), individuals[2:]])
embeddings = unit(each + 0.02 * rng.normal(size=each.shape))
distance = 1 - embeddings @ embeddings.T
distance = np.clip((distance + distance.T) / 2, 0, None)
np.fill_diagonal(distance, 0)

options = {"metric": "precomputed", "min_cluster_size": 2, "cluster_selection_epsilon": 0.1, "copy": True}
by_density = HDBSCAN(**options).fit(distance).labels_
by_distance = AgglomerativeClustering(
    n_clusters=None, distance_threshold=0.1, metric="precomputed", linkage="average"
).fit(distance).labels_
within = max(distance[:4, :4].max(), distance[4:8, 4:8].max())
other = distance.copy()
other[:4, :4] = other[4:8, 4:8] = np.inf
np.fill_diagonal(other, np.inf)
print(f"largest distance within the two, least to another:  {within:.3f}, {other.min():.3f}")
print("HDBSCAN, epsilon 0.1:       ", *by_density)
print("average linkage, 0.1:       ", *by_distance)
strangers_joined = (by_density[8:] >= 0).any() and set(by_density[8:]) & set(by_density[:8]) - {-1}
alone = len(set(by_distance)) == 10
sys.exit(not (strangers_joined and alone and within < 0.1 < other.min()))
PY
