"""The warnings of `predict`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longtail.errors import counted
from longtail.metrics import never_new, without_score
from longtail.recognition.open_set.decision import Decision
from longtail.recognition.traits import COLUMNS


def prediction_warnings(
    choice: Mapping[str, Any], decision: Decision, facts: Mapping[str, Any], unknown_label: str
) -> list[str]:
    """What a reader of the predictions should know.

    Args:
        choice: as in choice.json.
        decision: threshold and calibration.
        facts: counts of test photographs.
        unknown_label: data.unknown_label; `""` where there is none.

    Returns:
        One sentence a warning.
    """
    warnings = []
    if decision.calibration is None and (decision.threshold or 0) > 0:  # there was nothing but new to fit on
        warnings.append(
            "valid holds no known identity, so new comes first for every photograph: "
            "predict.expected_unknown_share: 0 puts names first"
        )
    network = facts.get("network", {})
    if network and not without_score.has_none(network):
        warnings.append(without_score.too_few(network))
    if choice["classifier"] == "trained_head" and not without_score.has_none(network):
        warnings.append(
            "the network's head is used as trained: it cannot predict identities that are only in valid, "
            "and its threshold is fitted on valid, before any refit"
        )
    if decision.threshold is None and decision.threshold_on_valid is not None:
        warnings.append(
            "data.unknown_label is empty: new is never predicted here, though the open score counts it as an answer; "
            "use the closed score, or set split.new_identity_share: 0. "
            f"{never_new.NO_WORD_REMEDY}, to have new predicted"
        )
    elif decision.threshold is None:
        warnings.append(
            "no threshold: new is never predicted, except for a duplicate of a picture of unknown label, because no "
            f"photograph of an unknown individual was held out. {never_new.held_out_none_remedy(unknown_label)}"
        )
    elif decision.unknown_share == 0:
        warnings.append(never_new.EXPECTED_NONE)
    if decision.why_by_threshold:
        warnings.append(decision.why_by_threshold)
    if decision.expectation_unmet:
        warnings.append("valid holds nothing new, or nothing known: expected_unknown_share changes nothing")
    if facts["duplicates_in_conflict"]:
        count = counted(facts["duplicates_in_conflict"], "test photograph")
        warnings.append(
            f"{count} of a picture with two labels: both are among the predictions (candidates.parquet, kind duplicate)"
        )
    if facts["broken"]:
        broken = counted(facts["broken"], "test photograph")
        warnings.append(f"{broken} cannot be opened: the most frequent identities are predicted")
    for name in COLUMNS:
        if not_known := facts.get(f"{name}_not_known"):
            photographs = counted(not_known, "test photograph")
            warnings.append(f"{photographs} without a {name} in sample_submission.csv: compared with every {name}")
    if nothing := facts.get("nothing_to_compare"):
        photographs = counted(nothing, "test photograph")
        warnings.append(f"{photographs} of a side or species that no labelled photograph shows: new is predicted")
    return warnings
