"""Class balancing: what the oversampling plan adds for minority classes, and one photograph with its variants."""

from __future__ import annotations

from typing import Any

from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import display_name
from longtail.reporting.glossary import VARIANTS
from longtail.reporting.thumbnails import picture, sample

TITLE = "Class balancing"


def section(context: ReportContext) -> dict[str, Any]:
    """Counts of the plan by variant, and one photograph with all its variants."""
    inputs = context.inputs
    plan, augmented = inputs.plan, inputs.augmented
    variants = [*VARIANTS, *sorted(set(plan["variant"]) - set(VARIANTS))]
    repeats = {name: plan.loc[plan["variant"] == name, "repeats"] for name in variants}
    rows = [
        {
            "key": name,
            "name": display_name(name),
            "meaning": VARIANTS.get(name, ""),
            "images": len(own),
            "repeats": int(own.sum()),
        }
        for name, own in repeats.items()
        if len(own)
    ]
    return {
        "learned_from": inputs.model.get("images"),
        "per_epoch": inputs.model.get("images_per_epoch"),
        "rows": rows,
        "images": len(plan),
        "repeats": int(plan["repeats"].sum()),
        "originals": int((plan["variant"] == "original").sum()),
        "files": len(augmented),
        "stands_for": int(augmented["repeats"].sum()),
        "sources": int(augmented["image"].nunique()),
        "identities": int(augmented["identity"].nunique()),
        "example": _example(context),
    }


def _example(context: ReportContext) -> dict[str, Any] | None:
    """The photograph with the most distinct variants; of several, one with colour, drawn by the seed."""
    inputs, options = context.inputs, context.options
    augmented = inputs.augmented
    if augmented.empty:
        return None
    variants = augmented.groupby("image")["variant"].nunique()
    candidates = sorted(variants[variants == variants.max()].index)
    grey = set(inputs.labelled.loc[inputs.labelled["is_grey"], "image"])
    image = sample([name for name in candidates if name not in grey] or candidates, 1, options.seed)[0]
    rows = augmented[augmented["image"] == image].drop_duplicates("variant").set_index("variant")
    files = {name: inputs.augmented_images / str(rows.loc[name, "file"]) for name in VARIANTS if name in rows.index}
    tiles = [
        {
            "key": name,
            "name": display_name(name),
            "meaning": VARIANTS[name],
            "picture": picture(path, options.picture_size),
        }
        for name, path in {"original": inputs.picture_of(image), **files}.items()
    ]
    return {"image": image, "identity": rows["identity"].iloc[0], "tiles": tiles, "is_grey": image in grey}
