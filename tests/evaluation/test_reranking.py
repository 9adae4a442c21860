"""Whether the chosen classifier is re-ranked: decided on one half, scored on the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation import model_selection, reranking
from longtail.evaluation.grid import Candidate, EmbeddingSpace
from longtail.evaluation.paired_choice import HeldOut
from longtail.evaluation.reranking import Reranked
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.metrics.network_choice import TRAINED
from longtail.recognition.balancing.strategies import Pool
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.fit import FitSettings
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.top_k import NEW, rank
from longtail.recognition.training_set import make_training_set

IDENTITIES = [f"w{number:03}" for number in range(400)]
HUBS, DIMS, QUERIES, NEW_ONES = 100, 24, 3, 300


def world(hubs: int) -> tuple[fit.FitContext, PairedEmbeddings, EvalSet]:
    """One photograph an identity; the first `hubs` look like all of them: the mean, with little of their own."""
    rng = np.random.default_rng(1)
    own = rng.normal(size=(len(IDENTITIES), DIMS))
    common = rng.normal(size=DIMS)
    own[:hubs] = 3.0 * common + 0.6 * own[:hubs]
    own[hubs:] += 2.0 * common
    names = [f"{name}.jpg" for name in IDENTITIES]
    pool = Pool(
        pd.DataFrame({"image": names, "identity": IDENTITIES, "class_count": 2}),
        pd.DataFrame({"image": [], "identity": [], "repeats": []}),
    )
    photographs = PairedEmbeddings(own.astype(np.float32), own.astype(np.float32))
    context = fit.make_context(make_training_set(pool, photographs, mirrored_copies=True), FitSettings(), None)
    truth = np.concatenate([np.repeat(np.arange(hubs, len(IDENTITIES)), QUERIES), np.full(NEW_ONES, NEW)])
    unknown = rng.normal(size=(NEW_ONES, DIMS)) + 2.0 * common
    seen = np.vstack([own[truth[truth != NEW]], unknown]) + rng.normal(scale=0.6, size=(len(truth), DIMS))
    clusters = [IDENTITIES[one] if one != NEW else f"new {place}" for place, one in enumerate(truth.tolist())]
    table = pd.DataFrame({"image": clusters, "identity": clusters, "class_count": 1})
    queries = PairedEmbeddings(seen.astype(np.float32), seen.astype(np.float32))
    return context, queries, EvalSet(table, np.arange(len(truth)), truth, clusters)


def reranked(
    hubs: int, methods: tuple[str, ...] = ("local_scaling",), classifier: str = "nearest_neighbour"
) -> Reranked:
    context, queries, eval_set = world(hubs)
    top_k = rank(fit.refit(classifier, "none", context).score, queries)
    candidates = [Candidate("none", classifier, top_k, len(IDENTITIES), 0)]
    half_b = np.array([hash_of % 2 == 0 for hash_of in range(len(eval_set.truth))])
    everyone = half_b | ~half_b
    chosen = [model_selection.select(candidates, eval_set.truth, on) for on in (~half_b, half_b, everyone)]
    held_out = HeldOut(eval_set, half_b, BootstrapConfig(0, 100))
    return reranking.rerank(
        candidates, Selections(*chosen), methods, {TRAINED: EmbeddingSpace(context, queries)}, held_out
    )


def test_where_some_individuals_look_like_all_others_local_scaling_is_chosen() -> None:
    """By half b, with half of the photographs, it is not shown: half a is scored without it."""
    found = reranked(hubs=HUBS)
    selections = found.selections
    methods = [found.candidates[one.candidate].reranking for one in vars(selections).values()]
    assert methods == ["local_scaling", "none", "local_scaling"]
    assert found.gain is not None
    assert found.gain.verdict == "better"
    assert found.why.startswith("local_scaling is used; +")
    before = {name: {"threshold": 9.0} for name in ("chosen_on_half_a", "chosen_on_half_b")}
    record = found.update_choice(before | {"threshold": 9.0, "classifier": "nearest_neighbour"})
    assert record["reranking"] == {"method": "local_scaling", "why": found.why}
    assert [record[f"chosen_on_half_{half}"]["reranking"] for half in "ab"] == ["local_scaling", "none"]
    assert record["threshold"] == selections.on_all.threshold != 9.0
    assert found.metrics()["reranking_gain"] == pytest.approx(found.gain.value, abs=1e-6)


def test_what_scores_the_same_is_not_re_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longtail.recognition.classifiers.local_scaling.SHARE", 0.0)
    found = reranked(hubs=HUBS)
    assert {one.candidate for one in vars(found.selections).values()} == {0}
    assert found.why.startswith("local_scaling is not used")
    assert found.gain is not None
    assert found.gain[:3] == pytest.approx((0, 0, 0))


def test_nothing_is_compared_where_nothing_is_asked_for() -> None:
    found = reranked(hubs=HUBS, methods=())
    assert (len(found.candidates), found.gain) == (1, None)
    assert found.metrics() == dict.fromkeys(("reranking_gain", "reranking_gain_low", "reranking_gain_high"))


def test_probabilities_are_not_re_ranked() -> None:
    assert len(reranked(hubs=HUBS, classifier="linear_probe").candidates) == 1
