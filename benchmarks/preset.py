"""What `longtail preset` chooses against presets/sample.yaml, on drawn sets of other kinds than the measured ones.

    python -m benchmarks.preset [--seed 0] [--kinds catalogue seen_once few]

On each kind both are trained on one split, and the evaluate stage selects a procedure for each. The difference is of
open MAP@5 by the stage's own predictions, paired by photograph; its interval is over individuals. On the drawn sample
and on the 100-px whales the preset chooses what their own presets have (tests/preset/test_rules.py): equal values give
equal bytes, so nothing is trained for them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image, ImageFilter

from benchmarks.measuring import keep
from benchmarks.planted_run import prepared, trained
from longtail import params
from longtail.compute import usable_cores
from longtail.images.working import downscale
from longtail.metrics.difference import verdict
from longtail.metrics.intervals import bootstrap
from longtail.params import ComputeParams, DataParams
from longtail.preset import rules, survey
from longtail.stages import evaluate
from longtail.synthetic.plan import UNKNOWN, Plan, Shot
from longtail.synthetic.rawset import write_sample

PRESET = Path("presets/sample.yaml")
CLASSIFIERS: list[evaluate.ClassifierName] = [
    "nearest_neighbour", "nearest_class_mean", "ensemble", "linear_probe", "trained_head",
]  # fmt: skip


class Kind(NamedTuple):
    """What is drawn, and from how far it is photographed."""

    counts: dict[int, int]
    """{photographs of an individual: individuals}."""
    unknown: int
    """Photographs of unknown individuals, one each."""
    look: str
    """Colour or grey."""
    side: tuple[int, int]
    """Pixels of the short side, at least and at most."""
    blur: float
    """Pixels by which a photograph is out of focus at most."""


KINDS = {
    "catalogue": Kind({6: 100}, 0, "colour", (40, 120), 2.0),
    "seen_once": Kind({1: 350, 2: 120, 4: 30}, 60, "colour", (40, 250), 1.0),
    "few": Kind({16: 30}, 40, "grey", (24, 72), 1.5),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Draw, train twice and compare each kind; keep a row a kind."""
    parser = argparse.ArgumentParser(prog="benchmarks.preset", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (%(default)s)")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        keep("preset", [compared(kind, options.seed, Path(scratch) / kind) for kind in options.kinds])


def plan(kind: str, seed: int) -> Plan:
    """All photographs of a kind, no two alike."""
    counts, unknown, look, *_ = KINDS[kind]
    labels = [f"drawn_{number:05x}" for number in range(sum(counts.values()))]
    of_each = np.repeat(list(counts), list(counts.values())).tolist() + [1] * unknown
    names = np.random.default_rng([seed, 0]).permutation(sum(of_each)).tolist()
    shots = [
        Shot(f"{names.pop():05d}.jpg", labels[whale] if whale < len(labels) else UNKNOWN, whale, number, look, 88)
        for whale, several in enumerate(of_each)
        for number in range(several)
    ]
    return Plan(sorted(shots, key=lambda shot: shot.name), [], labels)


def compared(kind: str, seed: int, root: Path) -> dict[str, object]:
    """Train by both, and compare.

    Args:
        kind: of KINDS.
        seed: of what is drawn.
        root: where everything goes.

    Returns:
        A row of the result.
    """
    drawn = plan(kind, seed)
    raw = root / "data" / "raw"
    raw.parent.mkdir(parents=True)
    write_sample(drawn, raw, root / "solution.csv", seed, ComputeParams())
    _from_afar(raw / "train", KINDS[kind], seed)
    facts = survey.survey(root, DataParams(), (usable_cores(), "cpu"), {})
    chosen = {choice.name: choice.value for choice in rules.choose(facts) if choice.section != "compute"}
    before = params.values_of(params.read(PRESET), chosen)
    changed = {name: value for name, value in chosen.items() if value != before[name]}
    answers = {
        name: scored(raw, root / name, params.read(PRESET, [f"{key}={value}" for key, value in values.items()]))
        for name, values in (("sample", {}), ("preset", changed))
    }
    if not answers["sample"]["image"].equals(answers["preset"]["image"]):
        raise SystemExit(f"{kind}: the two are not of one split")
    mine, theirs = (answers[name]["ap"].to_numpy(np.float64) for name in ("preset", "sample"))
    low, high = bootstrap(mine - theirs, answers["preset"]["cluster"].to_numpy(str), seed=0)
    return {
        "kind": kind,
        "seed": seed,
        "photographs": len(drawn.labelled),
        "individuals": len(drawn.names),
        "scored": len(mine),
        "changed": " ".join(f"{name}={value}" for name, value in changed.items()),
        "sample": round(float(theirs.mean()), 4),
        "preset": round(float(mine.mean()), 4),
        "difference": round(float((mine - theirs).mean()), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "verdict": verdict(low, high),
    }


def scored(raw: Path, root: Path, sections: Mapping[str, Any]) -> pd.DataFrame:
    """Prepare, split, train, evaluate: `predictions.parquet`, with the cluster of each photograph."""
    table = prepared(raw, root / "prepared", sections)
    trained(root / "prepared", table.set_index("image")["label"], root, sections)
    values = evaluate.Params(classifiers=CLASSIFIERS, strategies=["none"], seeds=1, resamples=100)
    paths = evaluate.Paths.at(root)
    evaluate.run(values, paths)
    answers = pd.read_parquet(paths.predictions)
    groups = pd.read_parquet(paths.split).set_index("image")["group"]
    cluster = answers["identity"].where(answers["known"], answers["image"].map(groups).astype("str"))
    return answers.assign(cluster=cluster).sort_values("image", ignore_index=True)


def _from_afar(folder: Path, kind: Kind, seed: int) -> None:
    """Make each photograph as small and as blurred as a draw says, so that not every fluke can be told."""
    noise = np.random.default_rng([seed, 1])
    for path in sorted(folder.iterdir()):
        side, blur = int(noise.integers(kind.side[0], kind.side[1] + 1)), noise.uniform(0, kind.blur)
        with Image.open(path) as image:
            small = downscale(image, side).filter(ImageFilter.GaussianBlur(blur))
        small.save(path, quality=90)


if __name__ == "__main__":
    main()
