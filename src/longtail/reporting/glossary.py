"""Names of the tables as the page writes them, and what each of them means.

A name that is missing here is shown as it is; a test holds that none of ours is missing.
"""

from __future__ import annotations

STRATEGIES = {
    "none": ("no balancing", "each photograph is used once"),
    "random_undersampling": ("random undersampling", "at most evaluate.max_count photographs of each identity"),
    "random_oversampling": (
        "random oversampling",
        "photographs of minority classes are repeated up to evaluate.min_count",
    ),
    "augmented_oversampling": (
        "augmented oversampling",
        "the 2019 post's method: filtered variants of minority classes are added (channels, blur, sharpening)",
    ),
    "smote": (
        "SMOTE",
        "new embeddings between two of the same identity; none for an identity with one photograph",
    ),
    "class_balanced": ("class-balanced sampling", "each identity is sampled equally often"),
    "class_weights": ("class weights", "errors on minority classes weigh more in the loss"),
    "logit_adjustment": ("logit adjustment", "scores are corrected for the class frequencies"),
    "tau_normalised": ("tau-normalisation", "the weights of each class are divided by their norm to the power of tau"),
    "crt": ("cRT", "the trained head, retrained with class-balanced sampling (Kang et al. 2020)"),
    "as_trained": ("as trained", "the network's head; class means for identities that it was not trained on"),
}
"""Balancing strategy -> (name on the page, what it does)."""

CLASSIFIERS = {
    "nearest_neighbour": ("nearest neighbour", "the most similar labelled photograph of each identity"),
    "nearest_class_mean": ("nearest class mean", "the mean embedding of each identity"),
    "linear_probe": ("linear probe", "a linear layer fitted on the embeddings"),
    "cosine_classifier": ("cosine classifier", "a linear layer on normalised embeddings, fitted on them"),
    "trained_head": ("trained head", "the head that was trained with the network"),
    "ensemble": ("ensemble", "the mean score of several classifiers"),
}
"""Classifier -> (name on the page, how it scores an identity)."""

RERANKINGS = {"local_scaling": "local scaling"}
"""Re-ranking -> its name on the page."""

BASELINES = {
    "all_new": "always predicts “new”",
    "most_frequent": "always predicts the five identities with the most photographs",
    "frozen_1nn": "nearest neighbour on the backbone before training",
    "duplicates_only": "copies the label of a photograph with a similar hash, unverified",
}

CLASS_COUNTS = ("1", "2-4", "5-9", "10+")
"""The slices by class count, in order."""
SLICES = {
    "all (open)": "all photographs (open)",
    "known (closed)": "known identities (closed)",
    "unknown": "unknown identities",
    "1": "class count 1",
    "2-4": "class count 2–4",
    "5-9": "class count 5–9",
    "10+": "class count 10+",
}

VERDICTS = {"no difference shown": "no significant difference", "too few to say": "too few photographs"}
"""Verdict of `metrics.difference` -> its text, where the two differ."""

VARIANTS = {
    "original": "unchanged",
    "red": "red channel as greyscale",
    "green": "green channel as greyscale",
    "blue": "blue channel as greyscale",
    "gaussian_blur": "blurred",
    "unsharp_mask": "sharpened",
}

KINDS = {
    "exact_duplicate": (
        "identical files",
        "The files are byte-identical. They stay in one group, so no photograph is scored against its copy.",
    ),
    "near_duplicate": (
        "same picture",
        "The files show the same picture. They stay in one group, whatever labels edits.csv gives them.",
    ),
    "conflict": (
        "conflicting labels",
        "Two identities for the same picture. It takes no part in training and scoring until edits.csv decides.",
    ),
    "named_and_unknown": (
        "named and unknown",
        "The same picture is labelled with an identity and as unknown. The identity is used.",
    ),
    "side_conflict": ("two sides", "One picture is labelled with two sides. One of them is wrong: mend train.csv."),
    "species_conflict": (
        "two species",
        "One picture is labelled with two species. One of them is wrong: mend train.csv.",
    ),
    "mirrored_duplicate": ("mirrored copy", "One photograph is the mirror image of the other, and shows a wrong side."),
    "edit_without_effect": ("edit without effect", "This line of edits.csv changes nothing and can be removed."),
    "broken": ("unreadable file", "The file cannot be opened. It is excluded."),
    "grey": (
        "greyscale",
        "The picture has no colour, whatever its mode. No action needed; its channel variants are equal.",
    ),
    "tinted": ("single channel", "Only one colour channel holds the picture."),
    "new_individual": (
        "proposed individual",
        "Photographs labelled unknown that may show one individual, under a name that says nothing yet.",
    ),
    "odd_size": ("unusual size", "Much smaller, wider or narrower than the other pictures."),
    "likely_label_error": (
        "likely label error",
        "Its closest look-alikes have a different label; photographs with its own label look different.",
    ),
    "doubtful_label": (
        "doubtful label",
        "No other photograph with its label looks similar. The correct identity is unclear.",
    ),
    "confusion": ("confused identities", "Photographs of one identity are predicted as the other."),
    "confident_mistake": ("confident mistake", "A wrong prediction that scores higher than most correct ones."),
}
"""Kind of a finding, of audit or of evaluate -> (name on the page, what it means)."""


def strategy(name: str) -> str:
    """A balancing strategy as the page writes it."""
    return STRATEGIES[name][0] if name in STRATEGIES else name.replace("_", " ")


def classifier(name: str) -> str:
    """A classifier as the page writes it."""
    return CLASSIFIERS[name][0] if name in CLASSIFIERS else name.replace("_", " ")


def reranking(name: str) -> str:
    """A re-ranking as the page writes it."""
    return RERANKINGS.get(name, name.replace("_", " "))


def pair(classifier_name: str, strategy_name: str) -> str:
    """A classifier with its strategy: `nearest neighbour with no balancing`; without it where it has no choice.

    Args:
        classifier_name: As in the tables.
        strategy_name: As in the tables.

    Returns:
        The text.
    """
    if strategy_name == "as_trained":
        return classifier(classifier_name)
    return f"{classifier(classifier_name)} with {strategy(strategy_name)}"
