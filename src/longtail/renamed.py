"""Words of earlier versions, and the words that replaced them: the one place that knows the old ones.

Old words in params.yaml are accepted for one release, with a warning. What a run wrote with them (choice.json,
identifier.json, records, receipts, tables) is read for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

KEYS: Mapping[str, Mapping[str, str]] = {
    "audit": {"min_likeness": "min_similarity", "odd_factor": "size_outlier_factor"},
    "evaluate": {"scorers": "classifiers", "approaches": "strategies"},
    "report": {"wall": "gallery_size", "doubts": "label_issues"},
    "gate": {"enough": "min_photographs"},
    "publish": {"patience": "score_timeout_s"},
}
"""Section of params.yaml -> {old key: new key}."""

STRATEGIES: Mapping[str, str] = {
    "undersample": "random_undersampling",
    "copies": "random_oversampling",
    "threshold": "augmented_oversampling",
    "balanced_weights": "class_weights",
    "retrained": "crt",
}
CLASSIFIERS: Mapping[str, str] = {
    "class_mean": "nearest_class_mean",
    "combination": "ensemble",
    "linear_head": "linear_probe",
    "cosine_head": "cosine_classifier",
    "network_head": "trained_head",
}
VALUES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("oversample", "strategy"): STRATEGIES,
    ("oversample", "layout"): {"seed": "legacy_2019"},
    ("evaluate", "strategies"): STRATEGIES,
    ("evaluate", "classifiers"): CLASSIFIERS,
    ("train", "weights"): {"imagenet": "pretrained"},
}
"""(section, new key) -> {old value: new value}."""

FIELDS: Mapping[str, str] = {
    "approach": "strategy",
    "scorer": "classifier",
    "next_approach": "next_strategy",
    "next_scorer": "next_classifier",
}
"""Columns of tables, and keys of choice.json and identifier.json."""
_VALUES_OF_FIELDS = {
    "strategy": STRATEGIES,
    "classifier": CLASSIFIERS,
    "next_strategy": STRATEGIES,
    "next_classifier": CLASSIFIERS,
}
FILES: Mapping[str, str] = {
    "leaderboard.csv": "approaches.csv",
    "per_class_count.csv": "by_class_count.csv",
    "leakage_demo.csv": "leak_audit.csv",
}
"""New name of a file of `evaluate` -> its old name."""


def key(section: str, name: str) -> str:
    """The name that a parameter has now.

    Args:
        section: its section.
        name: its name, old or new.

    Returns:
        The new name; `name` itself where it was not renamed.
    """
    return KEYS.get(section, {}).get(name, name)


def parameters(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one section of params.yaml under their new keys, in new words.

    Args:
        section: the section's name.
        values: {key: value} as a file has them, in old words, new ones, or both.

    Returns:
        {key: value}, in the order given. A key that stands there under both names keeps the new one's value.
    """
    renamed: dict[str, Any] = {}
    for name, value in values.items():
        now = key(section, name)
        if now == name or now not in values:
            renamed[now] = _value(VALUES.get((section, now), {}), value)
    return renamed


def in_use(sections: Mapping[str, Any]) -> list[str]:
    """The old words that these sections of params.yaml use, each as `audit.min_likeness is now min_similarity`."""
    return [
        line
        for section, values in sections.items()
        if isinstance(values, Mapping)
        for name, value in values.items()
        for line in _old_words(str(section), str(name), value)
    ]


def warning(sections: Mapping[str, Any]) -> str:
    """One line about all old words in params.yaml; `""` where there are none."""
    lines = in_use(sections)
    if not lines:
        return ""
    return f"params.yaml uses names that the next release will not know: {'; '.join(lines)}"


def record(value: Any) -> Any:
    """choice.json or identifier.json in new words, whatever version wrote it; its `settings` stay as they are."""
    if not isinstance(value, Mapping):
        return value
    renamed = {}
    for name, one in value.items():
        now = FIELDS.get(name, name)
        inner = one if now == "settings" else record(one)
        renamed[now] = _value(_VALUES_OF_FIELDS.get(now, {}), inner)
    return renamed


def table_path(folder: Path, name: str) -> Path:
    """The table of `evaluate` under the name that it has in a folder: the new one, else the old one.

    Args:
        folder: where a run left its tables.
        name: the new name.

    Returns:
        The path; if neither is there, that of the new name.
    """
    old = folder / FILES.get(name, name)
    return old if old.is_file() and not (folder / name).is_file() else folder / name


def column_values(column: str) -> Mapping[str, str]:
    """{old value: new value} of a column of a table, by the column's new name."""
    return _VALUES_OF_FIELDS.get(column, {})


def _old_words(section: str, name: str, value: Any) -> Iterator[str]:
    now = key(section, name)
    if now != name:
        yield f"{section}.{name} is now {now}"
    words = VALUES.get((section, now), {})
    for word in value if isinstance(value, list) else [value]:
        if isinstance(word, str) and word in words:
            yield f"{section}.{now}: {word} is now {words[word]}"


def _value(words: Mapping[str, str], value: Any) -> Any:
    if isinstance(value, list):
        return [_value(words, one) for one in value]
    return words.get(value, value) if isinstance(value, str) else value
