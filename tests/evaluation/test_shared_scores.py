"""What several classifiers have in common is computed once, and nothing changes by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from longtail.evaluation import grid, shared_scores
from longtail.recognition.classifiers import fit, linear_probe
from longtail.recognition.classifiers.base import CLASSIFIERS
from longtail.recognition.classifiers.fit import FitContext
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.top_k import rank
from longtail.recognition.traits import Traits
from tests.evaluation.test_grid import at

STRATEGIES = ["none", "smote", "class_weights", "tau_normalised"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[FitContext, PairedEmbeddings]:
    """Read only."""
    return at(tmp_path_factory.mktemp("world"))


def with_sides(world: tuple[FitContext, PairedEmbeddings]) -> tuple[FitContext, PairedEmbeddings]:
    """The same photographs, each of the left or the right side, or of a side that is not known."""
    context, queries = world

    def sided(views: PairedEmbeddings) -> PairedEmbeddings:
        side = np.arange(len(views)) % 3
        return PairedEmbeddings(views.plain, views.mirrored, Traits(np.stack([side, np.zeros_like(side)], axis=1)))

    training_set = replace(context.training_set, views=sided(context.training_set.views))
    return fit.make_context(training_set, context.settings, context.network), sided(queries)


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[int]:
    """A list that grows with each call of a function."""
    calls: list[int] = []
    inner: Callable[..., Any] = getattr(module, name)

    def count(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return inner(*args, **kwargs)

    monkeypatch.setattr(module, name, count)
    return calls


@pytest.mark.parametrize(("sides", "kept"), [(False, 0), (True, 2**20)])
def test_every_candidate_is_ranked_as_by_its_classifier_alone(
    world: tuple[FitContext, PairedEmbeddings], monkeypatch: pytest.MonkeyPatch, *, sides: bool, kept: int
) -> None:
    monkeypatch.setattr(shared_scores, "_KEPT", kept)
    monkeypatch.setattr("longtail.recognition.top_k.BLOCK", 4)
    context, queries = with_sides(world) if sides else world
    wanted = grid.pairs(CLASSIFIERS, STRATEGIES, context)
    for candidate in grid.fit_candidates(wanted, context, queries, seeds=1):
        alone = rank(fit.refit(candidate.classifier, candidate.strategy, context).score, queries)
        np.testing.assert_allclose(candidate.top_k.score, alone.score, rtol=1e-6, err_msg=candidate.name)
        assert candidate.top_k.identity.tolist() == alone.identity.tolist(), candidate.name


def test_tau_normalisation_takes_the_layers_that_were_fitted_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, queries = at(tmp_path)
    fits = counted(monkeypatch, linear_probe, "fit")
    wanted = [("linear_probe", name) for name in ("none", "tau_normalised", "class_weights")]
    none, normalised, weighted = grid.fit_candidates(wanted, context, queries, seeds=2)
    assert len(fits) == 4
    scores = [candidate.top_k.score.tolist() for candidate in (none, normalised, weighted)]
    assert scores[0] != scores[1] != scores[2]


def test_strategies_with_one_gallery_compare_with_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, queries = at(tmp_path)
    classifiers = counted(monkeypatch, shared_scores, "nearest_neighbour")
    wanted = [("nearest_neighbour", "none"), *(("ensemble", name) for name in ("none", "class_weights", "smote"))]
    list(grid.fit_candidates(wanted, context, queries, seeds=2))
    assert len(classifiers) == 3  # of the photographs, and of SMOTE's rows with each seed
