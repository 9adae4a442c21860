"""What several photographs of one individual add: `benchmarks.calibration` measures it on a finished run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.scored_run import Run
from longtail.evaluation import calibrated
from longtail.metrics.intervals import bootstrap_columns
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.open_set.calibration import Probabilities
from longtail.recognition.open_set.decision import Decision, Ranking
from longtail.recognition.open_set.new_probability import sigmoid
from longtail.recognition.open_set.ranking import rank_by_probability
from longtail.recognition.together import combined
from longtail.recognition.top_k import NEW, Classifier, TopK, rank, rank_scores

Rule = Callable[[Classifier, PairedEmbeddings, Decision], tuple[TopK, Probabilities | None]]


def measured(run: Run) -> list[dict[str, Any]]:
    """Each rule on the individuals with two photographs or more, by what the half without the individual fitted."""
    cross_fitted = calibrated.calibrate(run.candidates, run.selections, run.eval_set, run.half_b, run.seed)
    if not cross_fitted.halves:
        return []
    by_half = {
        True: (run.classifiers[0], cross_fitted.halves[0]),
        False: (run.classifiers[1], cross_fitted.halves[1]),
    }
    scores: dict[str, list[tuple[float, float]]] = {rule: [] for rule in RULES}
    truths, counts = [], []
    for views, truth, in_b in individuals(run):
        classifier, half = by_half[in_b]
        decision = Decision(0.0, 0.0, half.fitted, None, Ranking("probability", ""))
        for rule in RULES:
            scores[rule].append(_score(*RULES[rule](classifier, views, decision), truth))
        truths.append(truth)
        counts.append(len(views))
    new = np.array(truths) == NEW
    rows = []
    for kind, chosen in (("known", ~new), ("new", new), ("all", new | ~new)):
        alone = np.array(scores["alone"])[chosen]
        for rule in RULES if chosen.any() else ():
            own = np.array(scores[rule])[chosen]
            columns = np.hstack([own, own - alone])
            intervals = bootstrap_columns(columns, np.arange(len(own)), run.seed)
            facts = {
                "individuals": kind,
                "rule": rule,
                "count": len(own),
                "photographs": int(np.array(counts)[chosen].sum()),
            }
            for name, index in (("map_at_5", 0), ("log_loss", 1), ("map_at_5_gain", 2), ("log_loss_gain", 3)):
                low, high = intervals[index]
                facts |= {name: columns[:, index].mean(), f"{name}_low": low, f"{name}_high": high}
            rows.append(facts)
    return rows


def individuals(run: Run) -> Iterator[tuple[PairedEmbeddings, int, bool]]:
    """Photographs, ground truth and half of each individual with two photographs or more; a kept-out one is new."""
    clusters = np.asarray(run.eval_set.clusters)
    for name, count in zip(*np.unique(clusters, return_counts=True), strict=True):
        rows = np.flatnonzero(clusters == name)
        if count > 1 and len(set(run.eval_set.truth[rows].tolist())) == 1:
            yield run.queries[rows], int(run.eval_set.truth[rows[0]]), bool(run.half_b[rows[0]])
    for index, views in enumerate(run.kept_out):
        yield views, NEW, bool(index % 2)


def _score(top_k: TopK, probabilities: Probabilities | None, truth: int) -> tuple[float, float]:
    """Mean average precision and log loss over the rows."""
    if probabilities is None or probabilities.candidates is None:
        raise ValueError("the candidates have no probabilities")
    truths = np.full(len(top_k), truth)
    hit = top_k.identity == truths[:, None]
    others = np.maximum(1 - probabilities.new - probabilities.candidates.sum(axis=1), 0)
    known = np.where(hit.any(axis=1), (probabilities.candidates * hit).sum(axis=1), others)
    right = probabilities.new if truth == NEW else known
    losses = -np.log(np.maximum(right, 1e-6))
    return float(average_precision(rank_by_probability(top_k, probabilities), truths).mean()), float(losses.mean())


def alone(classifier: Classifier, views: PairedEmbeddings, decision: Decision) -> tuple[TopK, Probabilities | None]:
    """Each photograph by itself."""
    top_k = rank(classifier, views)
    return top_k, decision.probabilities(top_k)


def highest(classifier: Classifier, views: PairedEmbeddings, decision: Decision) -> tuple[TopK, Probabilities | None]:
    """The highest score of each identity over the photographs."""
    top_k = rank_scores([classifier(views).max(axis=0, keepdims=True)])
    return top_k, decision.probabilities(top_k)


def mean_score(
    classifier: Classifier, views: PairedEmbeddings, decision: Decision
) -> tuple[TopK, Probabilities | None]:
    """The mean score of each identity, calibrated as that of one photograph: what `identify --together` does."""
    top_k = combined(classifier, views)
    return top_k, decision.probabilities(top_k)


def mean_odds(classifier: Classifier, views: PairedEmbeddings, decision: Decision) -> tuple[TopK, Probabilities | None]:
    """The mean of the log odds of a new individual: a logarithmic opinion pool (Genest & Zidek 1986)."""
    top_k, probabilities = mean_score(classifier, views, decision)
    each = decision.probabilities(rank(classifier, views))
    if probabilities is None or probabilities.candidates is None or each is None:
        return top_k, probabilities
    new = sigmoid(np.array([(np.log(each.new) - np.log1p(-each.new)).mean()]))
    return top_k, Probabilities(new, probabilities.candidates / (1 - probabilities.new)[:, None] * (1 - new)[:, None])


RULES: dict[str, Rule] = {
    "alone": alone,
    "mean score": mean_score,
    "mean log odds": mean_odds,
    "highest score": highest,
}
