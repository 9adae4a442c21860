"""Tables of `evaluate` about the comparison, the open set and the labels: hand-written numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

SLICES = {"1": 104, "2-4": 120, "5-9": 77, "10+": 15, "known (closed)": 316, "all (open)": 412}
BASE = {"1": 0.24, "2-4": 0.36, "5-9": 0.47, "10+": 0.61, "known (closed)": 0.357, "all (open)": 0.437}
ENTRIES = (
    ("none", "nearest_neighbour", 0.0),
    ("random_undersampling", "nearest_neighbour", -0.03),
    ("none", "linear_probe", -0.05),
    ("random_oversampling", "linear_probe", -0.03),
    ("augmented_oversampling", "linear_probe", -0.035),
    ("smote", "linear_probe", -0.04),
    ("logit_adjustment", "linear_probe", 0.03),
    ("as_trained", "trained_head", -0.035),
)
COSTS = {
    "random_oversampling": (40, 18, 0),
    "augmented_oversampling": (112, 90, 0),
    "smote": (31, 9, 4),
    "random_undersampling": (20, 0, 0),
}


def leaderboard() -> pd.DataFrame:
    return pd.DataFrame([_entry(*entry) for entry in ENTRIES])


def _entry(strategy: str, classifier: str, shift: float) -> dict[str, Any]:
    value = 0.437 + shift
    rows, added, skipped = COSTS.get(strategy, (22, 0, 0))
    row = {"strategy": strategy, "classifier": classifier, "seed": 0, "open_map_at_5": value}
    row |= {"low": value - 0.05, "high": value + 0.05, "closed_map_at_5": value - 0.08, "accuracy": value - 0.05}
    row |= {"balanced_accuracy": value - 0.1, "seen_1": value - 0.2, "seen_2_4": value - 0.1, "seen_5_9": value}
    row |= {"seen_10": value + 0.1, "rows": rows, "added": added, "skipped": skipped}
    return row | {"chosen": (strategy, classifier) == ("none", "nearest_neighbour")}


def per_class_count() -> pd.DataFrame:
    plain = {classifier: shift for strategy, classifier, shift in ENTRIES if strategy == "none"}
    rows = []
    for strategy, classifier, shift in ENTRIES:
        gain = shift - plain[classifier] if classifier in plain else None
        rows_, added, skipped = COSTS.get(strategy, (22, 0, 0))
        for name, photographs in SLICES.items():
            value = BASE[name] + shift
            row = {"strategy": strategy, "classifier": classifier, "slice": name, "photographs": photographs}
            row |= {"identities": photographs // 2, "map_at_5": value, "low": value - 0.04, "high": value + 0.04}
            row |= {"seed_spread": 0.0 if classifier == "nearest_neighbour" else 0.012, "gain": gain}
            row |= {"gain_low": None if gain is None else gain - 0.025, "rows": rows_, "added": added}
            rows.append(row | {"gain_high": None if gain is None else gain + 0.025, "skipped": skipped})
    return pd.DataFrame(rows)


def winners() -> pd.DataFrame:
    rows = []
    verdicts = {"1": "leads", "2-4": "noise", "5-9": "too_few", "10+": "too_few"}
    for name, photographs in SLICES.items():
        row = {"slice": name, "photographs": photographs, "strategy": "logit_adjustment", "classifier": "linear_probe"}
        row |= {"map_at_5": BASE[name] + 0.03, "next_strategy": "none", "next_classifier": "nearest_neighbour"}
        row |= {"lead": 0.03, "lead_low": 0.004, "lead_high": 0.055, "verdict": verdicts.get(name, "leads")}
        if row["verdict"] == "noise":
            row |= {"lead": 0.002, "lead_low": -0.02}
        rows.append(row)
    return pd.DataFrame(rows)


def leakage_demo() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "protocol": ["post", "honest"],
            "accuracy": [0.976, 0.188],
            "map_at_5": [0.983, 0.3],
            "photographs": [410, 412],
            "rows": [1640, 1638],
            "note": ["of 410 images 99.5% show a photograph that was learned from", "the same head, on valid"],
        }
    )


def recall(names: list[str]) -> pd.DataFrame:
    values = [0.0, 0.5, 1.0]
    rows = [
        {"identity": name, "class_count": index + 1, "photographs": 2, "recall": values[index % 3]}
        for index, name in enumerate(names)
    ]
    return pd.DataFrame(rows, columns=["identity", "class_count", "photographs", "recall"])


def open_set(unknowns: bool) -> dict[str, Any]:
    """Curves and bins; without an unknown photograph they have their columns and no row."""
    steps = [index / 20 for index in range(21)] if unknowns else []
    curve = pd.DataFrame({"threshold": steps})
    curve["unknown_called_new"] = [step**0.5 for step in steps]
    curve["known_called_new"] = [step**3 for step in steps]
    curve["open_map_at_5"] = [0.44 - (step - 0.6) ** 2 for step in steps]
    curve["chosen"] = [step == 0.6 for step in steps]
    shares = [0.02, 0.1, 0.2, 0.2325, 0.4, 0.6, 0.9] if unknowns else []
    share = pd.DataFrame({"unknown_share": shares})
    share["open_map_at_5"] = [0.4 + 0.2 * value for value in shares]
    share["open_map_at_5_shifted"] = [0.4 + 0.2 * value + 2 * (value - 0.2325) ** 2 / 3 for value in shares]
    share["unknown_called_new"] = [value**0.5 for value in shares]
    share["known_called_new"] = [value**3 for value in shares]
    share["threshold"] = [0.4 + 0.4 * value for value in shares]
    share["is_valid"] = [value == 0.2325 for value in shares]
    return {"threshold_curve": curve, "share_curve": share, **calibration(unknowns)}


def calibration(unknowns: bool) -> dict[str, Any]:
    """Fifteen bins of two events, and the figures of both."""
    events = ["new", "first_candidate"] if unknowns else []
    reliability = pd.DataFrame(
        [(event, number) for event in events for number in range(1, 16)], columns=["event", "bin"]
    )
    reliability["photographs"] = 27
    reliability["lowest"], reliability["highest"] = reliability["bin"] / 16, (reliability["bin"] + 0.9) / 16
    reliability["predicted"] = (reliability["bin"] + 0.4) / 16
    reliability["observed"] = reliability["predicted"] * 0.9 + 0.03
    metrics = [("calibration_error", None), ("brier", "constant share"), ("log_loss", "constant share")]
    metrics += [("auroc", "best score")]
    figures = pd.DataFrame(
        [(event, name, baseline) for event in events for name, baseline in metrics],
        columns=["event", "metric", "baseline"],
    )
    figures["photographs"] = 412
    figures["value"], figures["low"], figures["high"] = 0.121, 0.1, 0.14
    compared = figures["baseline"].notna()
    for column, value in {
        "baseline_value": 0.178, "difference": -0.057, "difference_low": -0.07, "difference_high": -0.04
    }.items():  # fmt: skip
        figures[column] = np.where(compared, value, np.nan)
    return {"reliability": reliability, "calibration": figures}


def label_issues(split: pd.DataFrame, predictions: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """A likely label error, a confusion, and a confident mistake on the surest wrong answer."""
    one, two, three = (split.iloc[row] for row in (0, 10, 16))
    wrong = predictions[predictions["ap"] == 0].sort_values("score", ascending=False).head(1)
    rows = [
        ("d0000001", "likely_label_error", one, two, "its 5 nearest all say w_ben", "relabel"),
        ("d0000002", "confusion", two, three, "3 photographs of w_ben are taken for w_cleo", ""),
    ]
    findings = [
        {"finding": key, "kind": kind, "severity": "warning", "image": left["image"], "label": left["identity"]}
        | {"other": right["image"], "other_label": right["identity"], "row": "2", "distance": ""}
        | {"detail": detail, "proposal": proposal}
        for key, kind, left, right, detail, proposal in rows
    ]
    findings += [
        {"finding": "d0000003", "kind": "confident_mistake", "severity": "info", "image": row["image"]}
        | {"label": row["identity"], "other": row["nearest"], "other_label": row["first"], "row": "3"}
        | {"distance": "", "detail": "surer than 93% of the right answers", "proposal": ""}
        for row in wrong.to_dict("records")
    ]
    return pd.DataFrame(findings, columns=columns)
