"""Which networks answer: the trained one, the pretrained one or both, decided on one half and scored on the other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation import model_selection, network_selection
from longtail.evaluation.grid import Candidate, EmbeddingSpace
from longtail.evaluation.network_selection import NetworkSelection
from longtail.evaluation.paired_choice import HeldOut
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.metrics.network_choice import BOTH, PRETRAINED, TRAINED, Used
from longtail.recognition.balancing.strategies import Pool
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.base import Head
from longtail.recognition.classifiers.fit import FitContext, FitSettings
from longtail.recognition.classifiers.trained_head import AS_TRAINED, TrainedHead, among
from longtail.recognition.embedding_source import side_by_side
from longtail.recognition.embeddings import Floats, PairedEmbeddings
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set.cross_fit import assign_halves
from longtail.recognition.top_k import NEW, rank
from longtail.recognition.training_set import make_training_set

IDENTITIES = [f"w{number:03}" for number in range(120)]
DIMS, QUERIES, NEW_ONES = 16, 2, 80
NAMES = [f"{name}.jpg" for name in IDENTITIES]


class World:
    """One photograph an identity and two queries of it, as a trained and a pretrained network see them."""

    def __init__(self, trained: float, pretrained: float, *, alike: bool = False) -> None:
        """The noise by which each network's views of one individual differ; `alike`: both see the same."""
        self.truth = np.concatenate([np.repeat(np.arange(len(IDENTITIES)), QUERIES), np.full(NEW_ONES, NEW)])
        clusters = [IDENTITIES[one] if one != NEW else f"new {place}" for place, one in enumerate(self.truth.tolist())]
        table = pd.DataFrame({"image": clusters, "identity": clusters, "class_count": 1})
        eval_set = EvalSet(table, np.arange(len(self.truth)), self.truth, clusters)
        half_b = assign_halves(clusters, self.truth == NEW, 0)
        self.held_out = HeldOut(eval_set, half_b, BootstrapConfig(0, 200))
        first = self._seen(trained, 1)
        other = first if alike else self._seen(pretrained, 2)
        both = tuple(side_by_side(one, two, DIMS) for one, two in zip(first, other, strict=True))
        weight = first[0] / np.linalg.norm(first[0], axis=1, keepdims=True)
        head = TrainedHead(Head(weight, np.zeros(len(weight), np.float32), "cosine", "plain"), IDENTITIES, {})
        views: dict[Used, tuple[Floats, ...]] = {TRAINED: first, PRETRAINED: other, BOTH: both}
        self.spaces = {
            used: EmbeddingSpace(_context(one[0], among(head, used)), _paired(one[1])) for used, one in views.items()
        }

    def _seen(self, noise: float, seed: int) -> tuple[Floats, Floats]:
        """Labelled photographs and queries by one network, whose axes have nothing in common with another's."""
        rng = np.random.default_rng(seed)
        own = rng.normal(size=(len(IDENTITIES), DIMS))
        of_queries = np.where((self.truth == NEW)[:, None], rng.normal(size=(len(self.truth), DIMS)), own[self.truth])
        return own.astype(np.float32), (of_queries + noise * rng.normal(size=of_queries.shape)).astype(np.float32)

    def choose(self, card: Path, classifier: str = "nearest_neighbour", strategy: str = "none") -> NetworkSelection:
        space = self.spaces[TRAINED]
        compared = dict.fromkeys([(classifier, strategy), ("nearest_neighbour", "none")])
        candidates = [
            Candidate(two, one, rank(fit.refit(one, two, space.context).score, space.queries), len(IDENTITIES), 0)
            for one, two in compared
        ]
        on = self.held_out.half_b
        chosen = [model_selection.select(candidates[:1], self.truth, rows) for rows in (~on, on, on | ~on)]
        return network_selection.choose(candidates, Selections(*chosen), self.spaces, self.held_out, card)


def _paired(plain: Floats) -> PairedEmbeddings:
    return PairedEmbeddings(plain, plain)


def _context(plain: Floats, head: TrainedHead | None) -> FitContext:
    pool = Pool(
        pd.DataFrame({"image": NAMES, "identity": IDENTITIES, "class_count": 2}),
        pd.DataFrame({"image": [], "identity": [], "repeats": []}),
    )
    return fit.make_context(make_training_set(pool, _paired(plain), mirrored_copies=True), FitSettings(), head)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("card") / "model.json"
    path.write_text(json.dumps({"backbone": "a_net", "embedding_size": DIMS}), encoding="utf-8")
    return path


def on_each(chosen: NetworkSelection) -> list[str]:
    return [chosen.candidates[one.candidate].network for one in vars(chosen.selections).values()]


@pytest.mark.parametrize(
    ("trained", "pretrained", "used"),
    [(3.0, 0.4, PRETRAINED), (0.4, 3.0, TRAINED), (1.1, 1.1, BOTH)],
    ids=["the pretrained one is better", "the trained one is better", "each sees what the other does not"],
)
def test_the_networks_that_answer_best_are_chosen(card: Path, trained: float, pretrained: float, used: Used) -> None:
    chosen = World(trained, pretrained).choose(card)
    assert on_each(chosen) == [used, used, used]
    assert chosen.gain is not None
    assert (chosen.gain.verdict == "better") == (used != TRAINED)
    assert chosen.metrics()["network_gain"] == pytest.approx(chosen.gain.value, abs=1e-6)


def test_what_sees_the_same_gives_nothing_and_is_not_chosen(card: Path) -> None:
    chosen = World(0.8, 0.8, alike=True).choose(card)
    assert on_each(chosen) == [TRAINED, TRAINED, TRAINED]
    assert chosen.gain is not None
    assert chosen.gain[:3] == pytest.approx((0, 0, 0), abs=1e-6)
    assert chosen.why.startswith("the trained network alone; no significant gain by the best of the others, the ")


def test_each_half_chooses_for_the_other_by_its_own_photographs(card: Path) -> None:
    """The labels of half b changed: what half a chose, and so how half b is answered, stays."""
    one, other = World(1.1, 1.1), World(1.1, 1.1)
    labels = np.where(other.held_out.half_b, np.roll(other.truth, 7), other.truth)
    held_out = other.held_out
    eval_set = EvalSet(held_out.eval_set.table, held_out.eval_set.rows, labels, held_out.eval_set.clusters)
    other.held_out = HeldOut(eval_set, held_out.half_b, held_out.bootstrap)
    chosen = [world.choose(card) for world in (one, other)]
    assert chosen[0].selections.on_a == chosen[1].selections.on_a
    assert chosen[0].selections.on_b != chosen[1].selections.on_b
    half_b = held_out.half_b
    np.testing.assert_array_equal(chosen[0].result.open[half_b], chosen[1].result.open[half_b])


def test_what_needs_the_trained_head_is_replaced_where_there_is_none(card: Path) -> None:
    world = World(1.1, 1.1)
    pairs = {"trained_head": ("trained_head", AS_TRAINED), "directions": ("cosine_classifier", AS_TRAINED)}
    fitted = {}
    for name, pair in pairs.items():
        others = [one for one in world.choose(card, *pair).candidates if one.network != TRAINED]
        fitted[name] = [(one.network, one.classifier, one.strategy) for one in others]
    neighbours = [(PRETRAINED, "nearest_neighbour", "none"), (BOTH, "nearest_neighbour", "none")]
    assert fitted["trained_head"] == neighbours
    assert fitted["directions"] == [
        (PRETRAINED, "cosine_classifier", "none"), neighbours[0],
        (BOTH, "cosine_classifier", AS_TRAINED), neighbours[1],
    ]  # fmt: skip


def test_the_record_says_what_each_half_and_all_chose(card: Path) -> None:
    chosen = World(3.0, 0.4).choose(card, "trained_head", AS_TRAINED)
    before = {"classifier": "trained_head", "strategy": AS_TRAINED, "threshold": 9.0}
    record = chosen.update_choice(before | {"chosen_on_half_a": before, "chosen_on_half_b": before, "why": "first"})
    assert record["network_choice"] == {"used": PRETRAINED, "backbone": "a_net", "why": chosen.why}
    for name, one in zip(("chosen_on_half_a", "chosen_on_half_b"), vars(chosen.selections).values(), strict=False):
        assert record[name] == {
            "classifier": "nearest_neighbour", "strategy": "none",
            "threshold": one.threshold, "network_choice": PRETRAINED,
        }  # fmt: skip
    assert (record["classifier"], record["threshold"]) == ("nearest_neighbour", chosen.selections.on_all.threshold)
    assert record["why"] == "first"


def test_without_a_pretrained_network_nothing_changes(card: Path) -> None:
    world = World(1.1, 1.1)
    world.spaces = {TRAINED: world.spaces[TRAINED]}
    chosen = world.choose(card)
    assert (len(chosen.candidates), chosen.gain, chosen.metrics()) == (1, None, {})
    record = {"classifier": "nearest_neighbour"}
    assert chosen.update_choice(record) is record


def test_the_cosine_of_a_row_is_the_mean_over_the_networks() -> None:
    rng = np.random.default_rng(3)
    first, second, other = (rng.normal(size=(9, width)).astype(np.float32) for width in (4, 4, 7))
    two = side_by_side(first, second, 4)
    row = side_by_side(two, other, 4)
    assert row.shape == (9, 15)
    np.testing.assert_array_equal(row[:, :4], first)
    np.testing.assert_allclose(_cosines(row), np.mean([_cosines(one) for one in (first, second, other)], 0), atol=1e-6)


def _cosines(vectors: Floats) -> Floats:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)
