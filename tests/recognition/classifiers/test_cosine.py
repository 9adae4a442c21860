"""The refitted cosine head: it starts at the class means and learns from there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from longtail.recognition.balancing.apply import FitData
from longtail.recognition.classifiers.base import head_classifier
from longtail.recognition.classifiers.class_mean import class_mean
from longtail.recognition.classifiers.cosine import CosineSettings, fit
from longtail.recognition.classifiers.projection import principal_axes
from longtail.recognition.embeddings import PairedEmbeddings, concat_views
from longtail.recognition.top_k import Gallery

SETTINGS = CosineSettings(epochs=5, lr=0.01, scale=20.0, dims=6)


def world(noise: float = 1.2, each: int = 8) -> tuple[PairedEmbeddings, np.ndarray]:
    """Five identities in three dimensions, photograph and mirror image."""
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(5), each)
    plain, mirrored = (
        (rng.normal(size=(5, 3))[classes] + noise * rng.normal(size=(len(classes), 3))).astype(np.float32)
        for _ in range(2)
    )
    return PairedEmbeddings(plain, mirrored).normalised(), classes


def data() -> FitData:
    views, classes = world()
    count = len(classes)
    return FitData(concat_views(views), views.plain, classes, np.ones(count), count, count, None, None, 5)


def test_before_it_learns_it_is_the_class_mean() -> None:
    balanced = data()
    axes = principal_axes(balanced.vectors, 6, centred=False, whitened=False)
    head = fit(balanced, axes, replace(SETTINGS, lr=1e-9), seed=0)
    views, classes = world()
    own, other = head_classifier(head, np.arange(5), 5)(views), class_mean(Gallery(views, classes), 5)(views)
    np.testing.assert_allclose(own, other, atol=1e-4)


def test_learning_tells_its_own_photographs_apart_better_than_the_means_do() -> None:
    balanced = data()
    axes = principal_axes(balanced.vectors, 6, centred=False, whitened=False)
    views, classes = world()
    before, after = (
        (
            head_classifier(fit(balanced, axes, replace(SETTINGS, lr=lr), 0), np.arange(5), 5)(views).argmax(1)
            == classes
        ).mean()
        for lr in (1e-9, SETTINGS.lr)
    )
    assert after > before


def test_rows_have_length_one_and_equal_arguments_give_equal_bytes() -> None:
    balanced = data()
    axes = principal_axes(balanced.vectors, 6, centred=False, whitened=False)
    heads = [fit(balanced, axes, SETTINGS, seed) for seed in (0, 0, 1)]
    np.testing.assert_allclose(np.linalg.norm(heads[0].weight, axis=1), 1, rtol=1e-5)
    assert heads[0].weight.tobytes() == heads[1].weight.tobytes() != heads[2].weight.tobytes()
    assert (heads[0].form, heads[0].reads) == ("cosine", "both")


def test_it_can_start_from_other_directions() -> None:
    balanced = data()
    axes = principal_axes(balanced.vectors, 6, centred=False, whitened=False)
    start = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    head = fit(balanced, axes, replace(SETTINGS, lr=1e-9), 0, start)
    np.testing.assert_allclose(head.weight, start / np.linalg.norm(start, axis=1, keepdims=True), atol=1e-4)
