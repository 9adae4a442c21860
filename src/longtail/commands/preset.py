"""Choose the parameters for the imported photographs, and say how long a run will take.

Looks at data/raw and at the machine, and writes params.yaml with a reason beside every choice. What you have set stays.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from longtail import atomic, params, paths
from longtail.compute import set_torch_threads, usable_cores

EXAMPLE = "longtail preset --dry-run"
PARAMS = "params.yaml"
START = "presets/sample.yaml"
"""What a project without a params.yaml begins with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to write, and whether to measure."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument("--no-measure", action="store_true", help="do not measure how long a run will take")


def run(arguments: argparse.Namespace) -> list[str]:
    """Look, choose, write.

    Returns:
        What to run next.

    Raises:
        BadInput: there is no imported set, or no params.yaml and no presets to begin with.
        BadParameter: params.yaml is not valid, or would not be with the choices.
    """
    from longtail.preset import merging, rules, survey

    root = paths.project_root()
    target = root / PARAMS
    source = target if target.exists() else root / START
    written = params.read(source)
    data = params.load(params.DataParams, "data", written)
    facts = survey.survey(root, data, (usable_cores(), _device()), written)
    print(facts)
    choices = rules.choose(facts)
    shipped = [params.read(path) for path in sorted((root / "presets").glob("*.yaml"))]
    merged = merging.merge(source.read_text("utf-8"), choices, shipped, _meanings())
    loaded = _checked(merged.text)
    is_new = not target.exists()
    _report(merged, is_new)
    if not is_new and not merged.changed:
        print(f"{PARAMS}: not changed")
    elif arguments.dry_run:
        print(f"{PARAMS}: not written")
    else:
        with atomic.replacing(target) as temporary:
            temporary.write_text(merged.text, encoding="utf-8")
        print(f"{PARAMS}: written, with a reason beside every choice")
    if not arguments.no_measure:
        _tell_minutes(root, facts, loaded, merged.text)
    return ["longtail preset" if arguments.dry_run and (is_new or merged.changed) else "make run"]


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _meanings() -> dict[str, str]:
    """{section.key: meaning} of the sections that are written."""
    return {
        f"{section}.{key}": field.description or ""
        for section, schema in _schemas().items()
        for key, field in schema.model_fields.items()
    }


def _schemas() -> dict[str, type[params.Section]]:
    from longtail.stages import keypoints, prepare, train

    stages: dict[str, type[params.Section]] = {
        "prepare": prepare.Params,
        "keypoints": keypoints.Params,
        "train": train.Params,
    }
    return {"compute": params.ComputeParams, **stages}


def _checked(text: str) -> dict[str, Any]:
    """The sections that were written, as their stages will read them. Raises BadParameter."""
    from ruamel.yaml import YAML

    raw = YAML(typ="rt").load(text)
    return {section: params.load(schema, section, raw, PARAMS) for section, schema in _schemas().items()}


def _report(merged: Any, is_new: bool) -> None:
    """What is chosen, and what of the user's stays."""
    for choice, before in merged.changed:
        was = f" (was {before})" if not is_new and before is not None else ""
        print(f"  {choice.name}: {choice.value}{was}: {choice.reason}")
    for choice, value in merged.kept:
        print(f"  {choice.name}: {value} stays, you have set it (the preset: {choice.value}, {choice.reason})")
    if is_new and not merged.changed:
        print(f"  every choice is that of {START}")


def _tell_minutes(root: Path, facts: Any, loaded: dict[str, Any], text: str) -> None:
    from ruamel.yaml import YAML

    from longtail.preset import timing
    from longtail.stages import oversample, split

    raw, train = YAML(typ="rt").load(text), loaded["train"]
    sections = {
        "split": params.load(split.Params, "split", raw, PARAMS),
        "oversample": params.load(oversample.Params, "oversample", raw, PARAMS),
        "train": train,
    }
    print("measuring how long a run will take ...", flush=True)
    set_torch_threads(train.compute.threads)
    speed = timing.measure(root, train, loaded["prepare"], facts.identities)
    print(f"make run: {timing.estimate(facts, sections, loaded['compute'], speed)}")
