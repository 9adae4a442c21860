"""Two networks side by side: similarities are the mean of theirs, and what reads a head reads the first one's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.recognition.balancing.strategies import Pool
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.base import Head
from longtail.recognition.classifiers.trained_head import AS_TRAINED, TrainedHead
from longtail.recognition.embeddings import Floats, PairedEmbeddings, concat_views
from longtail.recognition.training_set import make_training_set

IDENTITIES = ["ada", "bea", "cleo"]
EACH, WIDTH = 6, 4
RNG = np.random.default_rng(4)


def drawn() -> PairedEmbeddings:
    """What one network gives for all photographs, none of them of unit length."""
    centres = RNG.normal(size=(3, WIDTH)).repeat(EACH, axis=0)
    plain, mirrored = (3 * centres + RNG.normal(size=centres.shape) for _ in range(2))
    return PairedEmbeddings(plain.astype(np.float32), mirrored.astype(np.float32))


def joined(first: PairedEmbeddings, second: PairedEmbeddings) -> PairedEmbeddings:
    def join(one: Floats, other: Floats) -> Floats:
        lengths = np.linalg.norm(one, axis=1, keepdims=True) / np.linalg.norm(other, axis=1, keepdims=True)
        return np.hstack([one, other * lengths]).astype(np.float32)

    return PairedEmbeddings(join(first.plain, second.plain), join(first.mirrored, second.mirrored))


FIRST, SECOND = drawn(), drawn()
BOTH = joined(FIRST, SECOND)


def scores(views: PairedEmbeddings, classifier: str, strategy: str, head: Head | None) -> Floats:
    """Of all photographs, fitted on themselves."""
    images = [f"{name}_{take}" for name in IDENTITIES for take in range(EACH)]
    photographs = pd.DataFrame({"image": images, "identity": np.repeat(IDENTITIES, EACH)})
    copies = pd.DataFrame({"image": [], "identity": [], "repeats": []}).astype({"repeats": int})
    training_set = make_training_set(Pool(photographs, copies), views, mirrored_copies=True)
    network = None if head is None else TrainedHead(head, IDENTITIES, {}, views.plain.shape[1] // WIDTH)
    context = fit.make_context(training_set, fit.FitSettings(), network)
    return fit.refit(classifier, strategy, context).score(views)


def head_of(form: str, reads: str) -> Head:
    rows = 6 if reads == "each" else 3
    weight = np.random.default_rng(1).normal(size=(rows, WIDTH)).astype(np.float32)
    return Head(weight, np.full(rows, 0.1 * (form == "softmax"), np.float32), form, reads)  # type: ignore[arg-type]


def test_nearest_neighbour_scores_by_the_mean_cosine() -> None:
    vectors = [concat_views(one) for one in (FIRST, SECOND)]
    mean = np.mean([one @ one.T for one in vectors], axis=0)
    wanted = mean.reshape(len(mean), 3, EACH).max(axis=2)
    np.testing.assert_allclose(scores(BOTH, "nearest_neighbour", "none", None), wanted, atol=1e-5)


@pytest.mark.parametrize(("form", "reads"), [("softmax", "plain"), ("cosine", "plain"), ("cosine", "each")])
def test_the_trained_head_reads_the_first_network(form: str, reads: str) -> None:
    head = head_of(form, reads)
    alone, both = (scores(views, "trained_head", AS_TRAINED, head) for views in (FIRST, BOTH))
    np.testing.assert_array_equal(alone, both)
    assert np.ptp(alone) > 0.1


def test_crt_retrains_the_head_of_the_first_network() -> None:
    alone, both = (scores(views, "linear_probe", "crt", head_of("softmax", "plain")) for views in (FIRST, BOTH))
    np.testing.assert_allclose(alone, both, atol=1e-4)


def test_directions_as_trained_are_the_heads_and_those_of_the_other_network_class_means() -> None:
    head = head_of("cosine", "plain")
    alone = scores(FIRST, "cosine_classifier", AS_TRAINED, head)
    means = concat_views(SECOND).reshape(3, EACH, -1).mean(axis=1)
    found = scores(BOTH, "cosine_classifier", AS_TRAINED, head)
    lengths = np.linalg.norm(means, axis=1)  # of a class mean, at most 1: its photographs differ
    wanted = (alone + concat_views(SECOND) @ means.T) / np.sqrt(2 * (1 + lengths**2))
    np.testing.assert_allclose(found, wanted, atol=1e-5)
