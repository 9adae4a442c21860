"""What `train`, `evaluate` and `predict` would have written: hand-put numbers that a test can look for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.reporting import comparing


def training(classes: list[str]) -> dict[str, Any]:
    model = {
        "backbone": "efficientnet_lite0",
        "weights": "package",
        "weights_note": "ImageNet weights from a package",
        "head": "arcface",
        "margin": 0.3,
        "scale": 30.0,
        "mirror_as_identity": True,
        "grey": True,
        "min_groups": 2,
        "excluded": 7,
        "size": 96,
        "classes": [*classes, *(f"w_more_{index:03d}" for index in range(150 - len(classes)))],
        "embedding_size": 512,
        "lr": 0.002,
        "lr_suggested": 0.0048,
        "lr_reason": "set by train.base_lr",
        "epochs": {"frozen": 2, "unfrozen": 2},
        "images": "originals",
        "images_per_epoch": 25,
        "image_passes": 100,
    }
    history = pd.DataFrame(
        {
            "epoch": [1, 2, 1, 2],
            "phase": ["frozen", "frozen", "unfrozen", "unfrozen"],
            "train_loss": [2.9, 2.2, 1.4, 0.71],
            "valid_loss": [2.8, 2.4, 2.0, 2.15],
            "accuracy": [0.1, 0.2, 0.4, 0.45],
            "map_at_5": [0.21, 0.33, 0.512, 0.539],
        }
    )
    rates = [10 ** (-6 + index / 6) for index in range(37)]
    losses = [3.0 - 1.6 * (index / 24) ** 3 if index <= 24 else 1.4 + 0.02 * (index - 24) ** 2.2 for index in range(37)]
    return {"model": model, "history": history, "lr_find": pd.DataFrame({"lr": rates, "loss": losses})}


def scores(split: pd.DataFrame, unknowns: bool) -> dict[str, Any]:
    scored = split[split["scored"]]
    strangers = int((~scored["known"]).sum()) if unknowns else 0
    metrics = {"open_map_at_5": 0.437, "open_map_at_5_low": 0.381, "open_map_at_5_high": 0.492}
    metrics |= {
        "closed_map_at_5": 0.3571,
        "closed_map_at_5_low": 0.29,
        "closed_map_at_5_high": 0.41,
        "accuracy": 0.3889,
    }
    metrics |= {
        "closed_accuracy": 0.31,
        "balanced_accuracy": 0.274,
        "photographs": 412,
        "identities": 150,
        "unknowns": strangers,
    }
    metrics |= {"auroc_known": 0.713, "brier_new": 0.121, "brier_new_base": 0.178} if unknowns else {}
    slices = ["all (open)", "known (closed)", "unknown", "1", "2-4", "5-9", "10+"]
    card = pd.DataFrame(
        {"slice": slices, "photographs": [412, 316, 96, 104, 120, 77, 15], "identities": [233, 150, 83, 90, 40, 15, 5]}
    )
    card["map_at_5"] = [0.437, 0.3571, 0.7, 0.241, 0.36, 0.47, 0.61]
    card["low"], card["high"] = card["map_at_5"] - 0.06, card["map_at_5"] + 0.06
    card["accuracy"], card["balanced_accuracy"] = card["map_at_5"] - 0.05, card["map_at_5"] - 0.08
    card["frozen_1nn"] = [0.301, 0.15, 0.8, 0.11, 0.15, 0.2, 0.3]
    names = ["all_new", "most_frequent", "frozen_1nn", "duplicates_only"]
    baselines = pd.DataFrame({"baseline": names, "open_map_at_5": [0.2334, 0.02, 0.3011, 0.2402]})
    baselines["closed_map_at_5"] = [0.0, 0.03, 0.15, 0.01]
    baselines["gain"] = 0.437 - baselines["open_map_at_5"]
    baselines["gain_low"], baselines["gain_high"] = baselines["gain"] - 0.05, baselines["gain"] + 0.05
    choice = {"strategy": "none", "classifier": "nearest_neighbour", "threshold": 0.61 if unknowns else None}
    choice |= {"chosen_on_half_a": {**choice}, "chosen_on_half_b": {**choice, "strategy": "random_oversampling"}}
    choice |= {"why": "highest open MAP@5 on both halves"}
    known = scored[scored["known"]].drop_duplicates("identity")
    return {
        "metrics": metrics,
        "scorecard": card,
        "leaderboard": comparing.leaderboard(),
        "per_class_count": comparing.per_class_count(),
        "winners": comparing.winners(),
        "baselines": baselines,
        "leakage_demo": comparing.leakage_demo(),
        "recall": comparing.recall(list(known["identity"])),
        **comparing.open_set(unknowns),
        "choice": choice,
        "predictions": predictions(split, scored),
        "marks": pd.DataFrame(columns=["image", "other", "marks", "common", "weight", "x", "y", "other_x", "other_y"]),
    }


def predictions(split: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    train = split[(split["fold"] == "train") & (split["identity"] != "")]
    gallery = train.drop_duplicates("identity").set_index("identity")["image"]
    rows = []
    for index, row in enumerate(scored.to_dict("records")):
        wrong = [name for name in gallery.index if name != row["identity"]][:5]
        right = [row["identity"]] if row["known"] else [""]
        five = [wrong[:5], right + wrong[:4], wrong[:1] + right + wrong[1:4]][index % 3]
        named = next(name for name in five if name)
        own = row["identity"] if row["known"] else ""
        rows.append(
            {**{key: row[key] for key in ("image", "identity", "known", "class_count")}, "half": "ab"[index % 2]}
            | dict(zip(("first", "second", "third", "fourth", "fifth"), five, strict=True))
            | {"score": 0.9 - 0.05 * index, "new": five[0] == "", "nearest": gallery[named]}
            | {"closed_rank": [name for name in five if name].index(own) + 1 if own and own in five else 0}
            | {"ap": 1 / (five.index(own) + 1) if own in five else 0.0}
        )
    return pd.DataFrame(rows)


def answers(test: pd.DataFrame, name: str, threshold: float | None) -> dict[str, Any]:
    kinds = ["classifier", "duplicate", "new"]
    rows, lines = [], []
    for index, image in enumerate(test["image"]):
        first = "" if kinds[index] == "new" else name
        rows.append(
            {
                "image": image,
                "rank": 1,
                "identity": first,
                "score": 0.7,
                "probability": 0.6,
                "match": "",
                "kind": kinds[index],
            }
        )
        lines.append({"Image": image, "Id": f"{first or 'new_whale'} a b c d"})
    columns = ["image", "rank", "identity", "score", "probability", "match", "kind"]
    probability = [0.125, 0.25, 0.875][: len(test)]
    decisions = pd.DataFrame({"image": list(test["image"]), "best_score": 0.7, "probability_new": probability})
    identifier = {"classifier": "nearest_neighbour", "strategy": "none", "unknown_share": None, "threshold": None}
    if threshold is not None:
        identifier |= {"threshold": 0.64, "threshold_on_valid": threshold, "unknown_share": 0.2325}
    return {
        "identifier": identifier,
        "decisions": decisions.assign(threshold=threshold),
        "submission": pd.DataFrame(lines, columns=["Image", "Id"]),
        "candidates": pd.DataFrame(rows, columns=columns),
    }


def discovered(unknown: list[str]) -> dict[str, Any]:
    """One proposed individual of two photographs labelled unknown and a test photograph; not measured without any."""
    metrics: dict[str, Any] = {"individuals": 0, "proposals": 0, "proposed_photographs": 0, "photographs": 0}
    columns = ["proposal", "part", "image", "probability"]
    if not unknown:
        return {"discover": metrics, "proposals": pd.DataFrame(columns=columns)}
    figures = {"precision": 0.8125, "recall": 0.3, "adjusted_rand": 0.43, "b_cubed_f": 0.881}
    metrics = {"individuals": 34, "distractors": 38, "unknown": 28, "not_judged": 3, "factor": 1.5}
    metrics |= {"photographs": 61, "proposals": 1, "proposed_photographs": 3, **figures}
    metrics |= {"expected_precision": 0.78, "expected_precision_low": 0.61, "expected_precision_high": 0.9}
    metrics |= {"expected_recall": 0.28}
    for name in ("alone", "copies"):
        metrics |= {f"{name}_precision": None, f"{name}_recall": 0.0, f"{name}_adjusted_rand": 0.0}
        metrics |= {
            f"{name}_b_cubed_f": 0.79,
            f"{name}_gain": 0.091,
            f"{name}_gain_low": 0.06,
            f"{name}_gain_high": 0.13,
        }
    metrics["sizes"] = {"2": {"groups": 9, "judged": 8, "right": 7}, "3": {"groups": 1, "judged": 1, "right": 0}}
    rows = [("new_5f0c11aa", "labelled", image, 0.87) for image in unknown]
    rows.append(("new_5f0c11aa", "test", "test-0.jpg", 0.84))
    return {"discover": metrics, "proposals": pd.DataFrame(rows, columns=columns)}
