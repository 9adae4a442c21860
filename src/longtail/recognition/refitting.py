"""The selected classifier refitted on all labelled photographs, and the network whose embeddings it uses.

With `train.fold: all` that is the network that learned from every fold. It has learned `valid`, so that nothing can be
fitted there with it. Threshold and calibration are those of the scored network, and the scores are mapped to the scale
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
class NetworkEmbeddings:
    """Labelled and test photographs embedded by one network, and the head of that network."""

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
class RefittedClassifier:
    """The selected classifier, fitted on all labelled photographs as one network embeds them."""

    embedded: NetworkEmbeddings
    training_set: TrainingSet
    classifier: Classifier
    identifier: Identifier
    network: Mapping[str, Any]
    """The entry `network` of identifier.json; empty where there is no other network than the scored one."""

    @property
    def is_scored(self) -> bool:
        """Whether its network is the one that was scored."""
        return not self.embedded.source.all_folds


def source_of(choice: Mapping[str, Any], card: Path) -> EmbeddingSource:
    """The embeddings of the networks that `evaluate` chose.

    Args:
        choice: as in choice.json.
        card: `model.json` of the trained network.

    Returns:
        Those of the scored networks, not of those that learned from every fold.
    """
    own = json.loads(card.read_text("utf-8")).get("embedding_size", 0)
    return EmbeddingSource(network_choice.used_by(choice), own)


def read_embeddings(paths: Any, network: Path, source: EmbeddingSource) -> NetworkEmbeddings:
    """Read the embeddings and the head of one network, or of those side by side.

    Args:
        paths: those of `predict`.
        network: the folder with the head and the card of the trained one.
        source: whose embeddings are read.

    Returns:
        Index and embeddings of the labelled and of the test photographs, and the head.
    """
    trained = trained_head.read_trained_head(network / paths.head.name, network / paths.card.name)
    return NetworkEmbeddings(
        with_traits(source.read(paths.labelled), paths.labelled_images),
        with_traits(source.read(paths.test), paths.images),
        paths.augmented,
        pd.read_parquet(paths.copies),
        trained_head.among(trained, source.used),
        source,
    )


def refitted(embedded: NetworkEmbeddings, split: pd.DataFrame, choice: Mapping[str, Any]) -> RefittedClassifier:
    """The selected classifier, refitted on all labelled photographs with the embeddings of one network.

    Args:
        embedded: photographs embedded by the network.
        split: as in split.parquet.
        choice: as in choice.json.

    Returns:
        The classifier, and the same as an identifier.
    """
    training_set = embedded.training_set(split)
    return RefittedClassifier(embedded, training_set, *embedded.refit(choice, training_set), {})


def prefer_all_folds(
    scored: RefittedClassifier,
    all_folds: RefittedClassifier,
    unseen: tuple[Ints, Ints],
    learned: pd.DataFrame,
    decision: Decision,
) -> RefittedClassifier:
    """The classifier to predict with, where there is a network that learned from every fold.

    Args:
        scored: with the network that was scored.
        all_folds: with the network that learned from every fold.
        unseen: rows of the labelled and of the test photographs that neither has learned from.
        learned: learned_from.parquet.
        decision: threshold and calibration of the scored network.

    Returns:
        `all_folds`, its scores mapped to the scale of the scored network; `scored`, with the reason, where there are
        too few photographs to fit that map. None is needed where neither threshold nor calibration was fitted.
    """
    classes = all_folds.embedded.head.classes if all_folds.embedded.head else ()
    photographs, identities = int(learned.loc[learned["all_folds"], "image"].nunique()), len(set(classes) - {""})
    network = {"fold": "all", "photographs": photographs, "identities": identities}
    if decision.threshold is None and decision.calibration is None:
        return replace(all_folds, network=network)
    onto, scores = (rank(one.classifier, _queries(one.embedded, unseen)).best for one in (scored, all_folds))
    scale = score_scale.fit(onto, scores)
    if scale is None:
        return replace(scored, network={"fold": "train", "unseen": len(onto), "needed": score_scale.ENOUGH})
    network |= {"score_scale": scale.to_dict()}
    return replace(all_folds, classifier=scale.of(all_folds.classifier), network=network)


def unseen_rows(
    embedded: NetworkEmbeddings, split: pd.DataFrame, learned: pd.DataFrame, labelled_pictures: Collection[str]
) -> tuple[Ints, Ints]:
    """Photographs that no network has learned from: labelled unknown, and test photographs of other pictures.

    Args:
        embedded: by either network: their rows are the same.
        split: as in split.parquet.
        learned: learned_from.parquet.
        labelled_pictures: test photographs of a picture that is labelled.

    Returns:
        Their rows among the labelled and among the test photographs.
    """
    unknown = split.loc[(split["identity"] == "") & (split["fold"] != "left_out"), "image"]
    labelled = embedded.labelled[0]["image"]
    of_labelled = labelled.isin(unknown) & ~labelled.isin(learned["image"])
    of_test = ~embedded.test[0]["image"].isin(list(labelled_pictures))
    return np.flatnonzero(of_labelled), np.flatnonzero(of_test)


def _queries(embedded: NetworkEmbeddings, rows: tuple[Ints, Ints]) -> PairedEmbeddings:
    (_, labelled), (_, test) = embedded.labelled, embedded.test
    return join(labelled[rows[0]], test[rows[1]])
