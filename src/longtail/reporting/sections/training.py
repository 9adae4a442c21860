"""How the network was trained: settings, the learning-rate finder, the epochs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from longtail.reporting import train_settings
from longtail.reporting.charts.line import Series, line_chart
from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import display_name, number, score, significant
from longtail.reporting.inputs import Inputs

TITLE = "Training"


def section(context: ReportContext) -> dict[str, Any]:
    """Settings, the finder's curve, the history as a table and two charts, and model.json."""
    inputs = context.inputs
    return {
        "settings": train_settings.describe(inputs.model, context.train_params),
        "not_trained": train_settings.in_words(inputs.model) if train_settings.is_untrained(inputs.model) else "",
        "learning_rate": _learning_rate(inputs),
        "history": _history(inputs),
        "model": _model(inputs.model),
    }


def _learning_rate(inputs: Inputs) -> dict[str, Any]:
    """The finder's curve with the suggested rate and the rate used."""
    table, model = inputs.lr_find, inputs.model
    used, suggested = number(model.get("lr")), number(model.get("lr_suggested"))
    markers = [
        (value, f"{word} {significant(value)}") for value, word in ((suggested, "suggested"), (used, "used")) if value
    ]
    if used is not None and used == suggested:
        markers = [(used, f"suggested and used: {significant(used)}")]
    curve = _until_divergence(Series("loss", list(table["lr"]), list(table["loss"])))
    return {
        "used": used,
        "suggested": suggested,
        "reason": str(model.get("lr_reason") or ""),
        "steps": len(table),
        "chart": line_chart(
            "Loss against learning rate", [curve], "learning rate", "loss", markers=markers, log_x=True
        ),
    }


def _until_divergence(curve: Series) -> Series:
    """The curve until the loss has clearly risen above its start; the rest would flatten the part that matters."""
    if not curve.y:
        return curve
    start, lowest = curve.y[0], min(curve.y)
    limit = start + max(start - lowest, 0.1 * abs(start))
    end = next((index for index, loss in enumerate(curve.y) if not loss <= limit), len(curve.y))
    return Series(curve.name, curve.x[:end], curve.y[:end])


def _history(inputs: Inputs) -> dict[str, Any]:
    """The epochs as a table and as two charts, with a marker where the backbone was unfrozen."""
    table = inputs.history.reset_index(drop=True)
    epochs = [float(epoch) for epoch in range(1, len(table) + 1)]
    markers = [
        (epochs[index] - 0.5, str(phase))
        for index, phase in enumerate(table["phase"])
        if index and phase != table["phase"].iloc[index - 1]
    ]

    def series(*names: str) -> list[Series]:
        return [Series(display_name(name), epochs, list(table[name])) for name in names if name in table]

    losses, scores = series("train_loss", "valid_loss"), series("map_at_5", "accuracy")
    return {
        "validated": inputs.model.get("validated"),
        "columns": [display_name(str(name)) for name in table.columns],
        "rows": [[_cell(name, row[name]) for name in table.columns] for _, row in table.iterrows()],
        "charts": [
            _chart("Loss by epoch", losses, "loss", markers),
            _chart("MAP@5 and accuracy by epoch", scores, "score", markers),
        ],
    }


def _chart(title: str, series: list[Series], y_label: str, markers: list[tuple[float, str]]) -> dict[str, Any]:
    return {
        "title": title,
        "names": [one.name for one in series],
        "svg": line_chart(title, series, "epoch", y_label, markers=markers, from_zero=y_label == "score"),
    }


def _cell(name: Any, value: Any) -> str:
    if name == "epoch" or isinstance(value, str):
        return str(value)
    return score(value)


def _model(model: Mapping[str, Any]) -> list[tuple[str, str]]:
    """model.json as (name, value); the list of classes as its length."""
    return [
        (display_name(str(key)), f"{len(value):,}" if key == "classes" else _value(value))
        for key, value in sorted(model.items())
    ]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value or "(empty)"
    return significant(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False, default=str)
