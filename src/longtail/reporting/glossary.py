"""What the names in our tables are called on the page, and what each of them means.

A name that is missing here is shown as it stands; a test holds that none of ours is.
"""

from __future__ import annotations

APPROACHES = {
    "none": ("no balancing", "every photograph as often as the next"),
    "random_undersampling": ("random undersampling", "at most evaluate.max_count photographs of an identity"),
    "random_oversampling": (
        "random oversampling",
        "photographs of rare identities repeated until there are evaluate.min_count",
    ),
    "augmented_oversampling": (
        "augmented oversampling",
        "the post's way: channels, blur and sharpening of rare identities as more images",
    ),
    "smote": ("SMOTE", "new embeddings between two of one identity; one photograph alone gives none"),
    "class_balanced": ("class-balanced", "every identity as often as the next"),
    "class_weights": ("class weights", "a rare identity's mistakes count more in the loss"),
    "logit_adjustment": ("logit adjustment", "how frequent an identity is, is taken out of its score"),
    "tau_normalised": ("tau-normalised", "each identity's weights divided by their length to the power of tau"),
    "crt": ("cRT", "the trained head, retrained class-balanced (Kang et al. 2020)"),
    "as_trained": ("as trained", "what training left: its head, class means for whom it did not learn"),
}
"""Approach -> (what it is called, what it does)."""

SCORERS = {
    "nearest_neighbour": ("nearest neighbour", "the most similar labelled photograph of each identity"),
    "nearest_class_mean": ("nearest class mean", "the mean embedding of each identity"),
    "linear_probe": ("linear probe", "a linear layer fitted on the embeddings"),
    "cosine_classifier": ("cosine classifier", "a layer that compares directions, fitted on the embeddings"),
    "trained_head": ("trained head", "the layer that was trained with the network"),
    "ensemble": ("ensemble", "the mean of several of these"),
}
"""Scorer -> (what it is called, how it names an identity)."""

BASELINES = {
    "all_new": "always says “nobody we know”",
    "most_frequent": "always names the five most photographed",
    "frozen_1nn": "nearest neighbour on the backbone as it was before training",
    "duplicates_only": "copies the label of a photograph with nearly the same hash, unverified",
}

SLICES = {
    "all (open)": "all photographs (open)",
    "known (closed)": "known identities only (closed)",
    "unknown": "identities that the train fold lacks",
    "1": "1 group in the train fold",
    "2-4": "2 to 4 groups there",
    "5-9": "5 to 9 groups there",
    "10+": "10 groups or more there",
}
CLASS_COUNTS = ("1", "2-4", "5-9", "10+")
"""The slices by class count, in order."""

IDENTITIES = {
    "1": "identities seen once",
    "2-4": "identities seen 2 to 4 times",
    "5-9": "identities seen 5 to 9 times",
    "10+": "identities seen 10 times or more",
    "known (closed)": "all known identities (closed)",
    "all (open)": "all photographs (open)",
}

VARIANTS = {
    "original": "as prepared",
    "red": "red channel alone, as grey",
    "green": "green channel alone, as grey",
    "blue": "blue channel alone, as grey",
    "gaussian_blur": "softened",
    "unsharp_mask": "sharpened",
}

KINDS = {
    "exact_duplicate": (
        "same bytes",
        "The files are equal to the byte. They stay in one group: none is scored on its copy.",
    ),
    "near_duplicate": (
        "same picture",
        "The pixels show one picture. They stay in one group, whatever edits.csv says of their names.",
    ),
    "conflict": ("two names for one picture", "Left out of training and scoring until edits.csv says who is right."),
    "named_and_unknown": ("a name and “unknown” for one picture", "The name wins."),
    "edit_without_effect": ("edit without effect", "A line of edits.csv changes nothing any more; it may go."),
    "broken": ("cannot be read", "The file does not open; it takes no part."),
    "grey": (
        "grey",
        "No colour, whatever the file's mode. Nothing to mend; its red, green and blue variants are equal.",
    ),
    "tinted": ("tinted", "One colour channel alone carries the picture."),
    "odd_size": ("odd size", "Much smaller, wider or narrower than the rest."),
    "likely_label_error": (
        "likely label error",
        "Its nearest groups bear another name, and what bears its name does not look like it.",
    ),
    "doubtful_label": ("doubtful label", "No other photograph of its name looks like it. Who it is is not clear."),
    "confusion": ("confused identities", "Photographs of the one are taken for the other."),
    "confident_mistake": ("confident mistake", "A wrong name, given with more certainty than most right ones."),
}
"""Kind of a finding, of audit or of evaluate -> (what it is called, what it means)."""


def approach(name: str) -> str:
    """An approach as people call it."""
    return APPROACHES[name][0] if name in APPROACHES else name.replace("_", " ")


def scorer(name: str) -> str:
    """A scorer as people call it."""
    return SCORERS[name][0] if name in SCORERS else name.replace("_", " ")


def pair(scorer_name: str, approach_name: str) -> str:
    """A scorer under an approach: `nearest neighbour with no balancing`, `network head as trained`."""
    said = approach(approach_name)
    return f"{scorer(scorer_name)} {said}" if approach_name == "as_trained" else f"{scorer(scorer_name)} with {said}"
