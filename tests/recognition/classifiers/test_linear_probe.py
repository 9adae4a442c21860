"""The refitted softmax head: what it learns, and that its folding is exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from longtail.recognition.balancing.apply import FitData
from longtail.recognition.classifiers.base import Head, head_classifier
from longtail.recognition.classifiers.linear_probe import LinearProbeSettings, fit, retrain, unprojected
from longtail.recognition.classifiers.projection import principal_axes
from longtail.recognition.embeddings import PairedEmbeddings, concat_views

SETTINGS = LinearProbeSettings(epochs=10, lr=0.2, dims=4)


def three_groups(each: int = 20) -> tuple[PairedEmbeddings, np.ndarray]:
    """Embeddings of three identities a third of a turn apart, of length 7."""
    angles = np.repeat([0.0, 2.1, 4.2], each) + np.random.default_rng(0).normal(scale=0.1, size=3 * each)
    plain = 7 * np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return PairedEmbeddings(plain, np.ascontiguousarray(plain[:, ::-1])), np.repeat([0, 1, 2], each)


def data(weight: np.ndarray | None = None) -> FitData:
    views, classes = three_groups()
    weight = np.ones(len(classes)) if weight is None else weight
    return FitData(concat_views(views), views.plain, classes, weight, len(classes), len(classes), None, None, 3)


def fitted(weight: np.ndarray | None = None, seed: int = 0, tau: float = 0.0) -> Head:
    balanced = data(weight)
    axes = principal_axes(balanced.vectors, 4, centred=True, whitened=True)
    return unprojected(fit(balanced, axes, SETTINGS, seed), axes, tau)


def guesses(head: Head) -> np.ndarray:
    return head_classifier(head, np.arange(3), 3)(three_groups()[0]).argmax(axis=1)


def test_it_tells_three_separate_identities_apart() -> None:
    assert (guesses(fitted()) == three_groups()[1]).all()


def test_an_identity_that_is_never_drawn_is_never_guessed() -> None:
    weight = np.where(three_groups()[1] == 2, 1e-9, 1.0)
    assert 2 not in guesses(fitted(weight))


def test_equal_arguments_give_equal_bytes_and_another_seed_others() -> None:
    assert fitted().weight.tobytes() == fitted().weight.tobytes()
    assert fitted().weight.tobytes() != fitted(seed=1).weight.tobytes()


def test_whitening_is_folded_into_the_layer() -> None:
    balanced = data()
    axes = principal_axes(balanced.vectors, 4, centred=True, whitened=True)
    one_step = unprojected(fit(balanced, axes, SETTINGS, 0), axes)
    logits = balanced.vectors @ one_step.weight.T + one_step.bias
    seen = axes(balanced.vectors).numpy()
    unfolded, *_ = np.linalg.lstsq(np.hstack([seen, np.ones((len(seen), 1))]), logits, rcond=None)
    np.testing.assert_allclose(np.hstack([seen, np.ones((len(seen), 1))]) @ unfolded, logits, atol=1e-3)
    assert np.abs(axes(balanced.vectors).numpy().mean(axis=0)).max() < 1e-4


def test_tau_gives_the_rows_of_rare_and_frequent_identities_one_length() -> None:
    balanced = data(np.where(three_groups()[1] == 0, 10.0, 1.0))
    axes = principal_axes(balanced.vectors, 4, centred=False, whitened=False)  # lengths survive these axes
    layer = fit(balanced, axes, SETTINGS, 0)
    uneven, half, even = (unprojected(layer, axes, tau) for tau in (0.0, 0.5, 1.0))
    lengths = np.linalg.norm(even.weight, axis=1)
    np.testing.assert_allclose(lengths, lengths.mean(), rtol=1e-4)
    assert np.ptp(np.linalg.norm(uneven.weight, axis=1)) > 0.01
    assert (even.bias == 0).all()
    assert 0 < np.ptp(np.linalg.norm(half.weight, axis=1)) < np.ptp(np.linalg.norm(uneven.weight, axis=1))


def test_retraining_starts_from_the_networks_own_layer() -> None:
    balanced = data()
    axes = principal_axes(balanced.raw, 2, centred=False, whitened=False)
    right = np.stack([balanced.raw[balanced.classes == number].mean(axis=0) for number in range(3)])
    start = (right, np.array([0.1, 0.2, 0.3], np.float32))
    still = retrain(balanced, axes, replace(SETTINGS, lr=1e-9, weight_decay=0), 0, start)
    np.testing.assert_allclose(still.weight, right, rtol=1e-4)
    np.testing.assert_allclose(still.bias, start[1], rtol=1e-4)
    assert still.reads == "plain"
    wrong = (0.01 * right[[1, 2, 0]], np.zeros(3, np.float32))
    assert (guesses(retrain(balanced, axes, replace(SETTINGS, lr=2), 0, wrong)) == balanced.classes).all()
