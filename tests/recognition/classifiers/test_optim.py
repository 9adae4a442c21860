"""What every refitted head shares: what is drawn, for how long, along which axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from longtail.recognition.balancing.apply import FitData
from longtail.recognition.classifiers import projection
from longtail.recognition.classifiers.optim import (
    OptimConfig,
    aligned_linear,
    fit_minibatches,
    one_cycle,
    steps_for,
    systematic_sample,
)
from longtail.recognition.classifiers.projection import principal_axes
from longtail.recognition.embeddings import normalise

LESSON = FitData(
    vectors=np.eye(4, dtype=np.float32),
    raw=np.eye(4, dtype=np.float32),
    classes=np.array([0, 0, 0, 1]),
    weight=np.ones(4),
    images=4,
    photographs=4,
    class_weight=None,
    offset=None,
    count=2,
)


def test_equal_weights_draw_whole_passes() -> None:
    rows = systematic_sample(np.ones(10), 30, np.random.default_rng(0))
    assert np.bincount(rows).tolist() == [3] * 10
    assert rows[:10].tolist() != rows[10:20].tolist()


def test_rows_are_drawn_in_proportion_to_their_weight() -> None:
    rows = systematic_sample(np.array([1.0, 2.0, 5.0]), 3000, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(rows) / len(rows), [1 / 8, 2 / 8, 5 / 8], atol=0.05)


@pytest.mark.parametrize(
    ("images", "photographs", "steps"),
    [
        (60, 60, 30),  # a small set is passed over oftener
        (25_600, 25_600, 500),
        (10_000, 25_600, 500),  # taking photographs away saves no steps
        (40_000, 25_600, 781),  # 10 passes over the approach's own rows
        (900_000, 25_600, 1000),  # at most twice the steps of the photographs
    ],
)
def test_steps_are_passes_over_the_approachs_rows_within_bounds(images: int, photographs: int, steps: int) -> None:
    assert steps_for(replace(LESSON, images=images, photographs=photographs), 10) == steps


def bias_after(data: FitData) -> np.ndarray:
    """A layer that sees nothing of its inputs can only learn how frequent each class seems."""
    bias = torch.zeros(data.count, requires_grad=True)
    inputs = torch.from_numpy(data.vectors)
    fit_minibatches(lambda rows: bias.expand(len(rows), -1), [bias], inputs, data, OptimConfig(400, 0.1, 0.0, seed=0))
    return bias.detach().numpy()


def test_without_more_a_fit_learns_the_shares() -> None:
    bias = bias_after(LESSON)
    assert bias[0] - bias[1] == pytest.approx(np.log(3), abs=0.05)


def test_weights_of_rows_and_of_classes_both_undo_the_shares() -> None:
    drawn = bias_after(replace(LESSON, weight=np.array([1 / 3, 1 / 3, 1 / 3, 1])))
    weighed = bias_after(replace(LESSON, class_weight=np.array([2 / 3, 2], np.float32)))
    assert drawn[0] - drawn[1] == pytest.approx(0, abs=0.05)
    assert weighed[0] - weighed[1] == pytest.approx(0, abs=0.05)


def test_an_offset_in_the_loss_is_not_learned_again() -> None:
    prior = np.log(np.array([3 / 4, 1 / 4], np.float32))
    bias = bias_after(replace(LESSON, offset=prior))
    assert bias[0] - bias[1] == pytest.approx(0, abs=0.05)


def test_a_fit_is_torchs_own_to_the_bit() -> None:
    """AdamW and OneCycleLR of torch, whose classes take longer to import than a fit takes."""
    inputs, config = torch.from_numpy(LESSON.vectors), OptimConfig(40, 0.1, 0.05, seed=3)
    ours, theirs = (torch.full((LESSON.count, inputs.shape[1]), 0.1, requires_grad=True) for _ in range(2))
    fit_minibatches(lambda rows: rows @ ours.T, [ours], inputs, LESSON, config)
    optimiser = torch.optim.AdamW([theirs], lr=config.lr, weight_decay=config.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.lr, total_steps=config.steps + 1)
    drawn = systematic_sample(LESSON.weight, config.steps * 32, np.random.default_rng(config.seed))
    for rows in np.array_split(drawn, config.steps):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(inputs[rows] @ theirs.T, torch.from_numpy(LESSON.classes[rows]))
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    assert not torch.equal(ours, torch.full_like(ours, 0.1))
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("steps", [30, 33, 1000])
def test_rate_and_momentum_are_those_of_torch_in_every_step(steps: int) -> None:
    optimiser = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=0.2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.2, total_steps=steps + 1)
    expected = []
    for _ in range(steps):
        expected.append((optimiser.param_groups[0]["lr"], optimiser.param_groups[0]["betas"][0]))
        optimiser.step()
        schedule.step()
    assert list(one_cycle(0.2, steps)) == expected


def test_whitening_makes_the_axes_uncorrelated_and_of_unit_variance() -> None:
    rng = np.random.default_rng(0)
    embeddings = normalise((rng.normal(size=(500, 6)) * [5, 4, 3, 2, 2, 1]).astype(np.float32))
    seen = principal_axes(embeddings, 4, centred=True, whitened=True)(embeddings).numpy()
    np.testing.assert_allclose(np.cov(seen.T), np.eye(4), atol=1e-3)
    np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-5)


def test_axes_around_the_origin_keep_cosines() -> None:
    rng = np.random.default_rng(0)
    embeddings = normalise(rng.normal(size=(50, 3)).astype(np.float32) @ rng.normal(size=(3, 9)).astype(np.float32))
    seen = principal_axes(embeddings, 3, centred=False, whitened=False)(embeddings).numpy()
    np.testing.assert_allclose(seen @ seen.T, embeddings @ embeddings.T, atol=1e-5)


def test_more_axes_than_dimensions_are_as_many_as_there_are() -> None:
    assert principal_axes(np.eye(3, dtype=np.float32), 512, centred=True, whitened=True).axes.shape == (3, 3)


def test_identical_embeddings_do_not_divide_by_zero() -> None:
    axes = principal_axes(np.ones((5, 3), np.float32), 2, centred=True, whitened=True)
    assert np.isfinite(axes.axes).all()


@pytest.mark.parametrize("classes", [5, 300])
@pytest.mark.parametrize("biased", [False, True])
def test_an_aligned_layer_is_torchs_own(classes: int, *, biased: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(20, 16, generator=generator)
    target = torch.randint(0, classes, (20,), generator=generator)
    logits, gradients = [], []
    for layer in (torch.nn.functional.linear, aligned_linear):
        weight = torch.randn(classes, 16, generator=generator.manual_seed(1)).requires_grad_()
        bias = torch.randn(classes, generator=generator).requires_grad_() if biased else None
        logits.append(layer(inputs, weight, bias))
        torch.nn.functional.cross_entropy(logits[-1], target).backward()
        gradients.append([weight.grad, *([bias.grad] if bias is not None else [])])
    torch.testing.assert_close(*logits)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("whitened", [False, True])
def test_of_wide_vectors_the_axes_are_those_of_all(whitened: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 90)).astype(np.float32) * np.linspace(
        3, 1, 90, dtype="float32"
    )
    every = principal_axes(vectors, 12, centred=True, whitened=whitened)
    monkeypatch.setattr(projection, "_WIDE", 80)
    kept, again = (principal_axes(vectors, 12, centred=True, whitened=whitened) for _ in range(2))
    assert kept.axes.tobytes() == again.axes.tobytes()
    signs = np.sign((kept.axes * every.axes).sum(axis=0))
    np.testing.assert_allclose(kept.axes * signs, every.axes, atol=1e-5)


@pytest.mark.parametrize(("rows", "rank"), [(20, 90), (200, 5)], ids=["few photographs", "copies"])
def test_where_axes_have_no_variance_all_are_computed(rows: int, rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(rows, rank)) @ rng.normal(size=(rank, 90))).astype(np.float32)
    every = principal_axes(vectors, 12, centred=False, whitened=True)
    monkeypatch.setattr(projection, "_WIDE", 80)
    same = principal_axes(vectors, 12, centred=False, whitened=True)
    assert every.axes.shape == (90, 12)
    assert rows == 200 or same.axes.tobytes() == every.axes.tobytes()
    assert np.isfinite(same.axes).all()
