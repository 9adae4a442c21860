"""Where nobody is called new, as no threshold is fitted or none is wanted: what a reader is told, and what to do."""

from __future__ import annotations

_EXAMPLE = "new_whale"
NO_WORD_REMEDY = f"Set data.unknown_label to a word for them, as {_EXAMPLE}, and run again"
"""For data with identities that are held out as unknown, and without a word for "new"."""

EXPECTED_NONE = (
    "predict.expected_unknown_share: 0 expects no unknown individual: nobody is called new before five known "
    "individuals, though the open score counts new as an answer. Set it to the share that you expect, or to valid, and "
    "run again, if some are unknown"
)


def held_out_none_remedy(word: str) -> str:
    """What gives a threshold to data of which no photograph of an unknown individual was held out.

    Args:
        word: data.unknown_label; `""` where there is none.

    Returns:
        A sentence without its full stop.
    """
    first = "" if word else f"Set data.unknown_label to a word for them, as {_EXAMPLE}. "
    word = word or _EXAMPLE
    return (
        f"{first}Put photographs of individuals without a name into a folder {word}/ (the word of data.unknown_label), "
        f"or label them {word}, and import and run again. A share of them (split.unknown_share) is held out: "
        "where they are few, raise it"
    )


def notice(
    word: str, threshold: float | None, threshold_on_valid: float | None, unknown_share: float | None = None
) -> str:
    """What `identify` says once, where its identifier never calls an individual new.

    Args:
        word: data.unknown_label; `""` where there is none.
        threshold: of the identifier; None where "new" is never predicted.
        threshold_on_valid: the one of `evaluate`; None where no photograph of an unknown individual was held out.
        unknown_share: that the threshold was made for; None where an earlier version has not written it.

    Returns:
        Sentences; `""` where individuals may be called new.
    """
    if threshold is not None:
        return f"{EXPECTED_NONE}." if unknown_share == 0 else ""
    if threshold_on_valid is None:
        why, remedy = "no photograph of an unknown individual was held out", held_out_none_remedy(word)
    else:
        why, remedy = "there was no label for unknown individuals (data.unknown_label was empty)", NO_WORD_REMEDY
    return f"Nobody is ever called new by this identifier, because {why}. {remedy}."
