"""What a reader must know before believing the score, in plain words."""

from __future__ import annotations

from longtail.metrics import learning
from longtail.metrics.difference import Difference, Verdict, verdict
from longtail.reporting.formatting import (
    ENOUGH,
    count,
    ended,
    gain,
    number,
    percent,
    score,
    span,
    spoken,
    times,
)
from longtail.reporting.glossary import BASELINES
from longtail.reporting.inputs import Inputs

UNTRAINED = "frozen_1nn"
"""The baseline that is the network before any training."""
_FEW = 10
"""Identities up to which five guesses name half of them or more."""


def plain(inputs: Inputs) -> list[str]:
    """The page's warnings, the gravest first; empty when there is nothing to warn of."""
    return [
        *about_training(inputs),
        *_about_score(inputs),
        *_about_few_identities(inputs),
        *_about_seen_once(inputs),
        *_about_weights(inputs),
        *_about_new(inputs),
        *_about_unknowns(inputs),
        *_about_left_out(inputs),
        *_about_labels(inputs),
        *_about_test(inputs),
    ]


def verdicts(inputs: Inputs) -> dict[str, Verdict]:
    """What the paired difference to each trivial baseline shows, ours less theirs."""
    photographs = number(inputs.metrics.get("photographs")) or 0
    rows = inputs.baselines.to_dict("records")
    return {row["baseline"]: verdict(row["gain_low"], row["gain_high"], photographs) for row in rows}


def about_training(inputs: Inputs) -> list[str]:
    """A training that came to little, with what to set: what stands above the score."""
    row = next((row for row in inputs.baselines.to_dict("records") if row["baseline"] == UNTRAINED), {})
    value, low, high = (number(row.get(name)) for name in ("gain", "gain_low", "gain_high"))
    photographs = number(inputs.metrics.get("photographs")) or 0
    said = learning.about(inputs.model, Difference(value, low, high, photographs))
    return [sentence.replace("-0.", "−0.") for sentence in said]


def _about_score(inputs: Inputs) -> list[str]:
    said = []
    photographs = number(inputs.metrics.get("photographs")) or 0
    beginnings = {"worse": "The score is worse than", "no difference shown": "The score shows no difference to"}
    for name, shown in verdicts(inputs).items():
        if shown not in beginnings or name == UNTRAINED:
            continue
        row = inputs.baselines.set_index("baseline").loc[name]
        said.append(
            f"{beginnings[shown]} the trivial baseline “{spoken(name)}” ({BASELINES.get(name, '')}): the difference is"
            f" {gain(row['gain'])}, with an interval of {span(row['gain_low'], row['gain_high'], gain)}."
        )
    if photographs < ENOUGH:
        said.append(
            f"The score rests on {times(photographs, 'photograph')}: under {ENOUGH} it says little, "
            "and no winner is named."
        )
    return said


def _about_few_identities(inputs: Inputs) -> list[str]:
    left_out = int(number(inputs.model.get("left_out")) or 0)  # named from embeddings, all the same
    known = len([name for name in inputs.model.get("classes", []) if name]) + left_out
    if not 0 < known <= _FEW:
        return []
    chance = sum(1 / place for place in range(1, min(known, 5) + 1)) / known
    balanced = score(inputs.metrics.get("balanced_accuracy"))
    return [
        f"There are {times(known, 'identity', 'identities')} to tell apart: guessing alone gives a closed MAP@5 of "
        f"{score(chance)}, so it says little. Look at balanced accuracy, {balanced}, and at the recall of each "
        "identity."
    ]


def _about_seen_once(inputs: Inputs) -> list[str]:
    counts = inputs.split.loc[inputs.split["known"], "class_count"]
    if counts.empty or counts.max() > 1:
        return []
    return [
        "Every identity was learned from one picture: only the nearest neighbour is left, a mean of one is that one, "
        "and there is nothing to balance. A second photograph of an identity helps most."
    ]


def _about_weights(inputs: Inputs) -> list[str]:
    if inputs.model.get("weights") == "none":
        return [
            "The network started from random weights (train.weights: none): it had seen no picture before these. "
            "Expect far less than pretrained weights would give."
        ]
    return []


def _about_new(inputs: Inputs) -> list[str]:
    said = inputs.predictions["new"]
    if len(said) and not inputs.predictions["known"].any():
        return [
            "No held-out photograph shows an identity that training knows, so that “new” is right for all of them: "
            "how well names are found was not measured."
        ]
    if len(said) and said.all():
        return [
            f"All {count(len(said))} held-out photographs are answered “new” first: "
            "the identifier is never sure enough to name anybody before that."
        ]
    return []


def _about_unknowns(inputs: Inputs) -> list[str]:
    if number(inputs.metrics.get("unknowns")):
        if inputs.choice.get("threshold") is None:
            return ["No threshold was fitted, so no answer ever says “new”."]
        if inputs.identifier.get("threshold") is None:
            return [
                "The data has no word for unknown (data.unknown_label is empty), so that the submission never says "
                "“new”, though the open score counts it as an answer: look at the closed score. With "
                "split.new_identity_share: 0 nobody is held out as new: who was seen once stays in the train fold."
            ]
        return []
    return [
        "No photograph of an unknown identity was there to score on: no threshold was fitted, "
        "the answers never say “new”, and the open score equals the closed one."
    ]


def _about_left_out(inputs: Inputs) -> list[str]:
    said = []
    labelled, split = inputs.labelled, inputs.split
    broken = labelled[labelled["error"] != ""]
    if len(broken):
        first = broken.iloc[0]
        said.append(
            f"{times(len(broken), 'labelled photograph')} could not be read and took no part, "
            f"e.g. {first['image']}: {ended(first['error'])}"
        )
    for reason, rows in split[split["fold"] == "left_out"].groupby("reason"):
        said.append(
            f"{times(len(rows), 'photograph')} ({percent(len(rows), len(labelled))} of the labelled) "
            f"took no part: {ended(str(reason) or 'left out')}"
        )
    dropped = len(labelled) - len(broken) - len(split)
    if dropped > 0:
        said.append(f"{times(dropped, 'photograph')} took no part: dropped by edits.csv.")
    return said


def _about_labels(inputs: Inputs) -> list[str]:
    found = inputs.verdict.get("findings", [])
    if not found:
        return []
    worst = max(found, key=lambda item: (item["severity"] == "critical", item["count"]))
    more = f" The section on checks lists all {len(found)} findings." if len(found) > 1 else ""
    many = f"{count(worst['count'])} × " if worst["count"] > 1 else ""
    return [f"The label table is not as expected: {many}{worst['what']}.{more}"]


def _about_test(inputs: Inputs) -> list[str]:
    broken = inputs.test[inputs.test["error"] != ""]
    if len(inputs.test) == 0:
        return ["There are no test photographs: the submission has a header and no rows."]
    if len(broken):
        return [f"{times(len(broken), 'test photograph')} could not be read: the answer is a guess."]
    return []
