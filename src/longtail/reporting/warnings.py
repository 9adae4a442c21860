"""What a reader must know before relying on the score."""

from __future__ import annotations

from typing import NamedTuple

from longtail import licences
from longtail.metrics import learning, never_new, without_score
from longtail.metrics.difference import Difference, Verdict, verdict
from longtail.reporting.formatting import (
    MIN_PHOTOGRAPHS,
    count,
    display_name,
    full_stop,
    interval,
    number,
    percent,
    quantity,
    score,
    signed,
)
from longtail.reporting.glossary import BASELINES
from longtail.reporting.inputs import Inputs

UNTRAINED = "frozen_1nn"
"""The baseline on the network before any training."""
_FEW_IDENTITIES = 10  # up to here five candidates cover half of the identities or more


class ReportWarning(NamedTuple):
    """A warning: its kind, which tests and templates look up, and its text."""

    kind: str
    text: str


def collect(inputs: Inputs, unknown_label: str) -> list[ReportWarning]:
    """All warnings of a report, the most serious first; empty where there are none.

    Args:
        inputs: of the report.
        unknown_label: data.unknown_label; `""` where there is none.

    Returns:
        The warnings.
    """
    unscored = without_score.notice(inputs.identifier.get("network", {}))
    return [
        *([ReportWarning("no_score_of_its_own", unscored)] if unscored else []),
        *_training(inputs),
        *_baselines(inputs),
        *_few_photographs(inputs),
        *_interval_without_width(inputs),
        *_few_identities(inputs),
        *_one_photograph_each(inputs),
        *_first_weights(inputs),
        *_predictions(inputs),
        *_open_set(inputs, unknown_label),
        *_excluded(inputs),
        *_label_table(inputs),
        *_test_photographs(inputs),
    ]


def verdicts(inputs: Inputs) -> dict[str, Verdict]:
    """{baseline: what the paired difference to it shows}, the identifier's score minus the baseline's."""
    photographs = number(inputs.metrics.get("photographs")) or 0
    rows = inputs.baselines.to_dict("records")
    return {row["baseline"]: verdict(row["gain_low"], row["gain_high"], photographs) for row in rows}


def _training(inputs: Inputs) -> list[ReportWarning]:
    """A training that achieved little, with what to set."""
    row = next((row for row in inputs.baselines.to_dict("records") if row["baseline"] == UNTRAINED), {})
    value, low, high = (number(row.get(name)) for name in ("gain", "gain_low", "gain_high"))
    photographs = number(inputs.metrics.get("photographs")) or 0
    sentences = learning.training_warnings(inputs.model, Difference(value, low, high, photographs))
    return [ReportWarning("training", sentence.replace("-0.", "−0.")) for sentence in sentences]


def _baselines(inputs: Inputs) -> list[ReportWarning]:
    comparisons = {
        "worse": "The identifier scores lower than the baseline",
        "no difference shown": "The identifier does not differ significantly from the baseline",
    }
    rows = inputs.baselines.set_index("baseline")
    warnings = []
    for name, result in verdicts(inputs).items():
        if result in comparisons and name != UNTRAINED:
            row = rows.loc[name]
            text = (
                f"{comparisons[result]} “{display_name(name)}” ({BASELINES.get(name, '')}): difference "
                f"{signed(row['gain'])}, 95% interval {interval(row['gain_low'], row['gain_high'], signed)}."
            )
            warnings.append(ReportWarning("baseline", text))
    return warnings


def _few_photographs(inputs: Inputs) -> list[ReportWarning]:
    photographs = number(inputs.metrics.get("photographs")) or 0
    if photographs >= MIN_PHOTOGRAPHS:
        return []
    text = (
        f"The score is measured on {quantity(photographs, 'photograph')}. With fewer than {MIN_PHOTOGRAPHS} it is "
        "unreliable, and no method is called better than another."
    )
    return [ReportWarning("few_photographs", text)]


def _interval_without_width(inputs: Inputs) -> list[ReportWarning]:
    """Every resample of the bootstrap has the same mean: all photographs score the same, or are of one individual.

    The share is the upper end of the one-sided 95% interval of a proportion of which nothing was seen in n draws,
    1 - 0.05^(1/n) (Clopper and Pearson 1934, "The use of confidence or fiducial limits", Biometrika 26).

    Returns:
        One warning or none.
    """
    value, low, high = (number(inputs.metrics.get(f"open_map_at_5{end}")) for end in ("", "_low", "_high"))
    photographs = int(number(inputs.metrics.get("photographs")) or 0)
    if value is None or low != value or high != value or not photographs:
        return []
    text = (
        f"The 95% interval, {interval(low, high)}, is not certainty: every bootstrap resample has the same mean, "
        f"so it cannot show how uncertain a score on {quantity(photographs, 'photograph')} is."
    )
    if value in (0, 1):
        share = 100 * (1 - 0.05 ** (1 / photographs))
        text += (
            f" Where none of {count(photographs)} scored otherwise, up to {share:.1f}% of further photographs still "
            "may, and more if several show one individual."
        )
    return [ReportWarning("interval_without_width", text)]


def _few_identities(inputs: Inputs) -> list[ReportWarning]:
    names = inputs.model.get("classes") or inputs.split.loc[inputs.split["fold"] == "train", "identity"]
    known = len(set(names) - {""}) + int(number(inputs.model.get("excluded")) or 0)  # not trained on, but predicted
    if not 0 < known <= _FEW_IDENTITIES:
        return []
    chance = sum(1 / rank for rank in range(1, min(known, 5) + 1)) / known
    text = (
        f"There are only {quantity(known, 'identity', 'identities')}: random guesses already give a closed MAP@5 of "
        f"{score(chance)}. Use balanced accuracy ({score(inputs.metrics.get('balanced_accuracy'))}) and the recall of "
        "each identity instead."
    )
    return [ReportWarning("few_identities", text)]


def _one_photograph_each(inputs: Inputs) -> list[ReportWarning]:
    class_counts = inputs.split.loc[inputs.split["known"], "class_count"]
    if class_counts.empty or class_counts.max() > 1:
        return []
    text = (
        "Every identity has one picture in the train fold: class means equal the nearest neighbour, and there is "
        "nothing to balance. A second photograph of each identity helps most."
    )
    return [ReportWarning("one_photograph_each", text)]


def _first_weights(inputs: Inputs) -> list[ReportWarning]:
    if licence := licences.warning(inputs.model):
        return [ReportWarning("non_commercial", licence)]
    text = "The network started from random weights (train.weights: none). Pretrained weights usually score far higher."
    return [ReportWarning("random_weights", text)] * (inputs.model.get("weights") == "none")


def _predictions(inputs: Inputs) -> list[ReportWarning]:
    new_first = inputs.predictions["new"]
    if len(new_first) and not inputs.predictions["known"].any():
        text = (
            "No held-out photograph shows a known identity, so “new” is correct for all of them. How well known "
            "identities are recognised was not measured."
        )
        return [ReportWarning("no_known_photographs", text)]
    if len(new_first) and new_first.all():
        text = (
            f"The identifier ranks “new” first for all {count(len(new_first))} held-out photographs: no known identity "
            "scores above the threshold."
        )
        return [ReportWarning("always_new", text)]
    return []


def _open_set(inputs: Inputs, unknown_label: str) -> list[ReportWarning]:
    if not number(inputs.metrics.get("unknowns")):
        text = (
            "No photograph of an unknown identity was held out: no threshold was fitted, “new” is never predicted, and "
            f"the open score equals the closed score. {never_new.held_out_none_remedy(unknown_label)}."
        )
        return [ReportWarning("no_unknown_photographs", text)]
    if inputs.choice.get("threshold") is None:
        return [ReportWarning("no_threshold", "No threshold was fitted, so “new” is never predicted.")]
    if inputs.identifier.get("threshold") is None:
        text = (
            "The label table has no label for unknown individuals (data.unknown_label is empty), so the submission "
            "never contains “new”. The open score counts “new” as an answer: use the closed score. With "
            "split.new_identity_share: 0 no identity is held out as unknown. "
            f"{never_new.NO_WORD_REMEDY}, to have “new” predicted."
        )
        return [ReportWarning("no_unknown_label", text)]
    expects_none = number(inputs.identifier.get("unknown_share")) == 0
    return [ReportWarning("no_unknown_expected", f"{never_new.EXPECTED_NONE}.")] * expects_none


def _excluded(inputs: Inputs) -> list[ReportWarning]:
    """Labelled photographs that took no part, by reason."""
    labelled, split = inputs.labelled, inputs.split
    broken = labelled[labelled["error"] != ""]
    warnings = []
    if len(broken):
        first = broken.iloc[0]
        text = (
            f"{quantity(len(broken), 'labelled photograph is', 'labelled photographs are')} unreadable and excluded, "
            f"e.g. {first['image']}: {full_stop(first['error'])}"
        )
        warnings.append(ReportWarning("unreadable_photographs", text))
    for reason, rows in split[split["fold"] == "left_out"].groupby("reason"):
        text = (
            f"{quantity(len(rows), 'photograph is', 'photographs are')} excluded "
            f"({percent(len(rows), len(labelled))} of the labelled)"
        )
        warnings.append(ReportWarning("excluded_photographs", full_stop(": ".join(filter(None, (text, str(reason)))))))
    if (dropped := len(labelled) - len(broken) - len(split)) > 0:
        text = f"{quantity(dropped, 'photograph is', 'photographs are')} excluded: dropped by edits.csv."
        warnings.append(ReportWarning("dropped_photographs", text))
    return warnings


def _label_table(inputs: Inputs) -> list[ReportWarning]:
    """The most serious finding of the validation."""
    findings = inputs.verdict.get("findings", [])
    if not findings:
        return []
    worst = max(findings, key=lambda finding: (finding["severity"] == "critical", finding["count"]))
    times = f"{count(worst['count'])} × " if worst["count"] > 1 else ""
    more = f" Data checks lists all {len(findings)} findings." if len(findings) > 1 else ""
    return [ReportWarning("label_table", f"The label table has problems: {times}{worst['what']}.{more}")]


def _test_photographs(inputs: Inputs) -> list[ReportWarning]:
    if len(inputs.test) == 0:
        text = "There are no test photographs: the submission has a header and no rows."
        return [ReportWarning("no_test_photographs", text)]
    broken = inputs.test[inputs.test["error"] != ""]
    if len(broken):
        unreadable = f"{quantity(len(broken), 'test photograph is', 'test photographs are')} unreadable"
        return [ReportWarning("unreadable_test_photographs", f"{unreadable}: the answer is a guess.")]
    return []
