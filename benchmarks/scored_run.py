"""What a finished run chose on each half of `valid`, refitted on the train fold without the grid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from longtail import renamed
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import Selection
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.recognition import embeddings
from longtail.recognition.classifiers import fit, trained_head
from longtail.recognition.classifiers.fit import FitContext, FittedClassifier
from longtail.recognition.embeddings import Bools, Ints, PairedEmbeddings
from longtail.recognition.eval_set import EvalSet, make_eval_set, row_index, within_reach
from longtail.recognition.open_set.cross_fit import assign_halves
from longtail.recognition.top_k import Classifier, rank
from longtail.recognition.training_set import gather
from longtail.stages import evaluate

HALVES = ("chosen_on_half_a", "chosen_on_half_b")


@dataclass(frozen=True)
class Run:
    """A finished run: its scored photographs, and what each half and all of them chose, refitted on the train fold."""

    eval_set: EvalSet
    half_b: Bools
    queries: PairedEmbeddings
    candidates: Sequence[Candidate]
    fitted: Sequence[FittedClassifier]
    selections: Selections
    kept_out: Sequence[PairedEmbeddings]  # of each individual that is kept out, with two photographs or more
    context: FitContext
    seed: int

    @property
    def classifiers(self) -> Sequence[Classifier]:
        """Those of `fitted`."""
        return [one.score for one in self.fitted]


def read(root: Path) -> Run:
    """Refit what the run chose, with its settings."""
    paths = evaluate.Paths.at(root)
    choice = renamed.record(json.loads(paths.choice.read_text("utf-8")))
    split = pd.read_parquet(paths.split)
    labelled = index, views = embeddings.with_traits(embeddings.read(paths.labelled), paths.images)
    training_set = gather(labelled, paths.augmented, split, pd.read_parquet(paths.copies), ("train",))
    eval_set = make_eval_set(split, index, training_set.identities)
    queries = views[eval_set.rows]
    eval_set = within_reach(eval_set, queries, training_set.photographs)
    settings = fit.FitSettings.from_dict(choice["settings"])
    context = fit.make_context(training_set, settings, trained_head.read_trained_head(paths.head, paths.card))
    chosen = [choice[half] for half in HALVES] + [choice]
    pairs = [(one["classifier"], one["strategy"]) for one in chosen]
    refitted = {pair: fit.refit(*pair, context) for pair in dict.fromkeys(pairs)}
    fitted = [refitted[pair] for pair in pairs]
    candidates = [
        Candidate(one["strategy"], one["classifier"], rank(own.score, queries), 0, 0)
        for one, own in zip(chosen, fitted, strict=True)
    ]
    selections = Selections(*(Selection(number, one["threshold"]) for number, one in enumerate(chosen)))
    half_b = assign_halves(eval_set.clusters, ~eval_set.known, settings.seed)
    kept_out = [views[rows] for rows in _kept_out(split, index)]
    return Run(eval_set, half_b, queries, candidates, fitted, selections, kept_out, context, settings.seed)


def _kept_out(split: pd.DataFrame, index: pd.DataFrame) -> Iterator[Ints]:
    """Rows of the embeddings of each individual in fold `discover`, one photograph a group."""
    rows = (
        split[(split["fold"] == "discover") & (split["identity"] != "")].sort_values("image").drop_duplicates("group")
    )
    rows = rows.assign(row=row_index(rows["image"], index))
    for _, own in rows[rows["row"] >= 0].groupby("identity"):
        if len(own) > 1:
            yield own["row"].to_numpy(dtype=np.int64)


def bootstrap(run: Run) -> BootstrapConfig:
    """As evaluate does."""
    return BootstrapConfig(run.seed, 1000)
