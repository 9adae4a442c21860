"""What the network learned from, and how: the variants, the plan, the learning rate, the epochs."""

from __future__ import annotations

from typing import Any

from longtail.reporting.charts.line import Series, line_chart
from longtail.reporting.formatting import digits, number, score, spoken
from longtail.reporting.glossary import VARIANTS
from longtail.reporting.inputs import Inputs
from longtail.reporting.thumbnails import drawn, picture


def balancing(inputs: Inputs, longest: int, seed: int) -> dict[str, Any]:
    """One photograph with its variants side by side, and what the plan makes of all of them."""
    plan, augmented = inputs.plan, inputs.augmented
    named = [*VARIANTS, *sorted(set(plan["variant"]) - set(VARIANTS))]
    parts = {name: plan.loc[plan["variant"] == name, "times"] for name in named}
    rows = [
        {"name": spoken(name), "meaning": VARIANTS.get(name, ""), "images": len(part), "times": int(part.sum())}
        for name, part in parts.items()
        if len(part)
    ]
    return {
        "learned_from": inputs.model.get("images"),
        "per_epoch": inputs.model.get("images_per_epoch"),
        "rows": rows,
        "images": len(plan),
        "times": int(plan["times"].sum()),
        "originals": int((plan["variant"] == "original").sum()),
        "files": len(augmented),
        "stands_for": int(augmented["times"].sum()),
        "sources": int(augmented["image"].nunique()),
        "identities": int(augmented["identity"].nunique()),
        "example": _example(inputs, longest, seed),
    }


def learning_rate(inputs: Inputs) -> dict[str, Any]:
    """The finder's curve with the suggestion and the rate used."""
    table, model = inputs.lr_find, inputs.model
    used, suggested = number(model.get("lr")), number(model.get("lr_suggested"))
    marks = [(value, f"{word} {digits(value)}") for value, word in ((suggested, "suggested"), (used, "used")) if value]
    if used is not None and used == suggested:
        marks = [(used, f"suggested and used: {digits(used)}")]
    curve = _before_it_explodes(Series("loss", list(table["lr"]), list(table["loss"])))
    return {
        "used": used,
        "suggested": suggested,
        "reason": str(model.get("lr_reason") or ""),
        "steps": len(table),
        "chart": line_chart("Loss against learning rate", [curve], "learning rate", "loss", markers=marks, log_x=True),
    }


def history(inputs: Inputs) -> dict[str, Any]:
    """The epochs as a table and as two charts, with the epoch at which the backbone was set free."""
    table = inputs.history.reset_index(drop=True)
    steps = [float(step) for step in range(1, len(table) + 1)]
    marks = [
        (steps[index] - 0.5, str(phase))
        for index, phase in enumerate(table["phase"])
        if index and phase != table["phase"].iloc[index - 1]
    ]

    def series(*names: str) -> list[Series]:
        return [Series(spoken(name), steps, list(table[name])) for name in names if name in table]

    losses, scores = series("train_loss", "valid_loss"), series("map_at_5", "accuracy")
    return {
        "watched": inputs.model.get("watched"),
        "columns": [spoken(str(name)) for name in table.columns],
        "rows": [[_cell(name, row[name]) for name in table.columns] for _, row in table.iterrows()],
        "charts": [
            _chart("Loss by epoch", losses, "loss", marks),
            _chart("MAP@5 and accuracy by epoch, identities that were learned", scores, "score", marks),
        ],
    }


def _example(inputs: Inputs, longest: int, seed: int) -> dict[str, Any] | None:
    """The photograph with the most distinct variants; of several, one with colour, drawn by the seed."""
    augmented = inputs.augmented
    if augmented.empty:
        return None
    many = augmented.groupby("image")["variant"].nunique()
    best = sorted(many[many == many.max()].index)
    grey = set(inputs.labelled.loc[inputs.labelled["is_grey"], "image"])
    image = drawn([name for name in best if name not in grey] or best, 1, seed)[0]
    rows = augmented[augmented["image"] == image].drop_duplicates("variant").set_index("variant")
    files = {name: inputs.augmented_images / str(rows.loc[name, "file"]) for name in VARIANTS if name in rows.index}
    shown = [
        {"name": spoken(name), "meaning": VARIANTS[name], "picture": picture(path, longest)}
        for name, path in {"original": inputs.picture_of(image), **files}.items()
    ]
    return {"image": image, "identity": rows["identity"].iloc[0], "shown": shown, "is_grey": image in grey}


def _before_it_explodes(curve: Series) -> Series:
    """The curve up to where the loss has risen clearly above its start: what follows would flatten all that matters."""
    if not curve.y:
        return curve
    start, lowest = curve.y[0], min(curve.y)
    limit = start + max(start - lowest, 0.1 * abs(start))
    end = next((place for place, loss in enumerate(curve.y) if not loss <= limit), len(curve.y))
    return Series(curve.name, curve.x[:end], curve.y[:end])


def _chart(title: str, series: list[Series], y_name: str, marks: list[tuple[float, str]]) -> dict[str, Any]:
    return {
        "title": title,
        "names": [line.name for line in series],
        "drawing": line_chart(title, series, "epoch", y_name, markers=marks, from_zero=y_name == "score"),
    }


def _cell(name: Any, value: Any) -> str:
    if name == "epoch" or isinstance(value, str):
        return str(value)
    return score(value)
