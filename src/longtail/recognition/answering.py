"""Which network answers, and the selected classifier refitted on all labelled photographs as that network sees them.

With `train.fold: all` the network that learned from every fold answers. It has learned `valid`, so that nothing can be
fitted there with it. Threshold and calibration are those of the scored network, and the scores are brought to the scale
of that one (`open_set.score_scale`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from longtail.metrics import network_choice
from longtail.recognition.classifiers import fit, trained_head
from longtail.recognition.classifiers.base import NOT_RERANKED
from longtail.recognition.embedding_source import EmbeddingSource
from longtail.recognition.embeddings import Ints, PairedEmbeddings, join, with_traits
from longtail.recognition.eval_set import LABELLED_FOLDS
from longtail.recognition.identifier import Identifier
from longtail.recognition.open_set import score_scale
from longtail.recognition.open_set.decision import Decision
from longtail.recognition.top_k import Classifier, rank
from longtail.recognition.training_set import TrainingSet, gather

Part = tuple[pd.DataFrame, PairedEmbeddings]


@dataclass(frozen=True)
class View:
    """All photographs as one network sees them, and its own head."""

    labelled: Part
    test: Part
    augmented: Path
    copies: pd.DataFrame
    head: trained_head.TrainedHead | None
    source: EmbeddingSource

    def training_set(self, split: pd.DataFrame) -> TrainingSet:
        """All photographs in the split's table, whatever their fold, and the filtered copies of the train fold."""
        return gather(self.labelled, self.augmented, split, self.copies, LABELLED_FOLDS, self.source)

    def refit(self, choice: Mapping[str, Any], training_set: TrainingSet) -> tuple[Classifier, Identifier]:
        """The selected classifier on a training set, with the settings that `evaluate` compared it with.

        Args:
            choice: as in choice.json.
            training_set: what it is fitted on.

        Returns:
            The classifier, and the same as an identifier.
        """
        reranking = choice.get("reranking", {}).get("method", NOT_RERANKED)
        metadata = {name: choice[name] for name in ("classifier", "strategy", "settings")}
        metadata |= {} if reranking == NOT_RERANKED else {"reranking": reranking}
        context = fit.make_context(training_set, fit.FitSettings.from_dict(choice["settings"]), self.head)
        fitted = fit.refit(choice["classifier"], choice["strategy"], context, reranking)
        parts = fitted.gallery, fitted.images, fitted.head, fitted.classes, fitted.offset
        return fitted.score, Identifier(metadata, training_set.identities, *parts)


@dataclass(frozen=True)
class Answering:
    """A network's view, and the classifier that is refitted in it."""

    view: View
    training_set: TrainingSet
    classifier: Classifier
    identifier: Identifier
    network: Mapping[str, Any]
    """The entry `network` of identifier.json; empty where there is no other network than the scored one."""

    @property
    def is_scored(self) -> bool:
        """Whether the network that answers is the one that was scored."""
        return not self.view.source.all_folds


def source_of(choice: Mapping[str, Any], card: Path) -> EmbeddingSource:
    """Whose embeddings the chosen networks gave.

    Args:
        choice: as in choice.json.
        card: `model.json` of the trained network.

    Returns:
        Those of the scored ones.
    """
    own = json.loads(card.read_text("utf-8")).get("embedding_size", 0)
    return EmbeddingSource(network_choice.used_by(choice), own)


def read_view(paths: Any, network: Path, source: EmbeddingSource) -> View:
    """Read the embeddings and the head of one network, or of those side by side.

    Args:
        paths: those of `predict`.
        network: the folder with the head and the card of the trained one.
        source: whose embeddings are read.

    Returns:
        The view.
    """
    trained = trained_head.read_trained_head(network / paths.head.name, network / paths.card.name)
    return View(
        with_traits(source.read(paths.labelled), paths.labelled_images),
        with_traits(source.read(paths.test), paths.images),
        paths.augmented,
        pd.read_parquet(paths.copies),
        trained_head.among(trained, source.used),
        source,
    )


def refitted(view: View, split: pd.DataFrame, choice: Mapping[str, Any]) -> Answering:
    """The selected classifier in the view of one network.

    Args:
        view: of the network.
        split: as in split.parquet.
        choice: as in choice.json.

    Returns:
        What could answer.
    """
    training_set = view.training_set(split)
    return Answering(view, training_set, *view.refit(choice, training_set), {})


def by_all_folds(
    scored: Answering, everything: Answering, unseen: tuple[Ints, Ints], learned: pd.DataFrame, decision: Decision
) -> Answering:
    """What answers where there is a network that learned from every fold.

    Args:
        scored: by the network that was scored.
        everything: by the network that learned from every fold.
        unseen: rows of the labelled and of the test photographs that neither has learned from.
        learned: learned_from.parquet.
        decision: threshold and calibration of the scored network.

    Returns:
        `everything`, its scores on the scale of the scored network; `scored`, with the reason, where there are too few
        photographs to bring them there. Nothing needs to be brought where neither threshold nor calibration was fitted.
    """
    classes = everything.view.head.classes if everything.view.head else ()
    photographs, identities = int(learned.loc[learned["all_folds"], "image"].nunique()), len(set(classes) - {""})
    network = {"fold": "all", "photographs": photographs, "identities": identities}
    if decision.threshold is None and decision.calibration is None:
        return replace(everything, network=network)
    onto, scores = (rank(one.classifier, _queries(one.view, unseen)).best for one in (scored, everything))
    scale = score_scale.fit(onto, scores)
    if scale is None:
        return replace(scored, network={"fold": "train", "unseen": len(onto), "needed": score_scale.ENOUGH})
    network |= {"score_scale": scale.to_dict()}
    return replace(everything, classifier=scale.of(everything.classifier), network=network)


def unseen_rows(
    view: View, split: pd.DataFrame, learned: pd.DataFrame, labelled_pictures: Collection[str]
) -> tuple[Ints, Ints]:
    """Photographs that no network has learned from: labelled unknown, and test photographs of other pictures.

    Args:
        view: of either network: their rows are the same.
        split: as in split.parquet.
        learned: learned_from.parquet.
        labelled_pictures: test photographs of a picture that is labelled.

    Returns:
        Their rows among the labelled and among the test photographs.
    """
    unknown = split.loc[(split["identity"] == "") & (split["fold"] != "left_out"), "image"]
    labelled = view.labelled[0]["image"]
    of_labelled = labelled.isin(unknown) & ~labelled.isin(learned["image"])
    of_test = ~view.test[0]["image"].isin(list(labelled_pictures))
    return np.flatnonzero(of_labelled), np.flatnonzero(of_test)


def _queries(view: View, rows: tuple[Ints, Ints]) -> PairedEmbeddings:
    (_, labelled), (_, test) = view.labelled, view.test
    return join(labelled[rows[0]], test[rows[1]])
