"""How often findings about labels are right: errors planted before training, found after it, all proposals accepted.

    python -m benchmarks.label_issues sample                  # drawn samples, whose truth is known: ten trainings
    python -m benchmarks.label_issues whales RUN --work DIR   # RUN: a checkout whose raw set is the whales
    python -m benchmarks.label_issues show                    # the tables of the docs page, from what is kept

`sample` keeps `src/longtail/labels/label_issues.csv`, which the screens quote and which decides whether a kind of
finding may propose another label, and `results/label_issues_accepted.csv`, and writes both tables into
docs/how-to/label-issues.md.
A run that lies in `--work` already is not trained again. Of the whales only the planted labels are known to be wrong;
every other finding there is unjudged.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import label_scores, planted_run, planting
from benchmarks.measuring import RESULTS
from longtail import params
from longtail.labels.measured import TABLE
from longtail.synthetic.plan import plan_sample
from longtail.synthetic.rawset import write_sample

WORK = Path("/tmp/longtail-label-issues")
SEEDS = (1, 2, 3, 4, 5)
SHARES = (0.05, 0.01)
IDENTITIES, IMAGES = 450, 1400
SETTINGS = ("train.lr_find=false", "compute.threads=1")
"""Laid over presets/sample.yaml: no curve of rates, one thread whatever the machine."""
ACCEPTED = RESULTS / "label_issues_accepted.csv"
WHALES = RESULTS / "label_issues_whales.csv"
PAGE = Path("docs/how-to/label-issues.md")


@dataclass(frozen=True)
class Run:
    """A training on planted errors, what it found, and whom the photographs truly show.

    `truth`, by image: label and picture; label is `""` for unknown, and missing where nobody knows.
    """

    root: Path
    seed: int
    share: float
    planted: list[planting.Planted]
    truth: pd.DataFrame
    findings: pd.DataFrame


def main(argv: Sequence[str] | None = None) -> None:
    """Train and count, or show."""
    parser = argparse.ArgumentParser(prog="benchmarks.label_issues", description=(__doc__ or "").split("\n")[0])
    modes = parser.add_subparsers(dest="mode", required=True)
    sample = modes.add_parser("sample", help="plant, train and count on drawn samples")
    sample.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    sample.add_argument("--shares", type=float, nargs="+", default=list(SHARES))
    sample.add_argument("--identities", type=int, default=IDENTITIES)
    sample.add_argument("--images", type=int, default=IMAGES)
    whales = modes.add_parser("whales", help="plant, train and count on real photographs; trains by its params.yaml")
    whales.add_argument("run", type=Path)
    whales.add_argument("--share", type=float, default=0.01)
    whales.add_argument("--seed", type=int, default=1)
    for mode in (sample, whales):
        mode.add_argument("--work", type=Path, default=WORK, help="where runs are kept (%(default)s)")
        mode.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="lay over the preset")
    modes.add_parser("show", help="print the tables of the page")
    given = parser.parse_args(argv)
    if given.mode == "sample":
        sections = params.read(Path("presets/sample.yaml"), [*SETTINGS, *given.set])
        count(_samples(given, sections), sections)
        label_scores.write_page(PAGE, TABLE, ACCEPTED)
    elif given.mode == "whales":
        run = _whales(given, params.read(given.run / "params.yaml", given.set))
        label_scores.table([run]).to_csv(WHALES, index=False, lineterminator="\n")
        print(label_scores.markdown(pd.read_csv(WHALES)))
    if given.mode != "whales":
        print("\n\n".join(label_scores.shown(TABLE, ACCEPTED)))


def count(runs: Sequence[Run], sections: Mapping[str, Any]) -> None:
    """Keep the table of what was found, then accept all that it lets propose, and keep what came of that."""
    label_scores.table(runs).to_csv(TABLE, index=False, lineterminator="\n")
    label_scores.forget()
    rows = [label_scores.accept_all(run, sections) for run in runs]
    pd.DataFrame(rows).to_csv(ACCEPTED, index=False, lineterminator="\n")


def _samples(given: argparse.Namespace, sections: Mapping[str, Any]) -> list[Run]:
    runs = []
    for seed in given.seeds:
        plan = plan_sample(given.identities, given.images, 0, seed)
        folder = given.work / f"seed-{seed}"
        if not (folder / "raw").exists():
            compute = params.load(params.ComputeParams, "compute", sections)
            write_sample(plan, folder / "raw", folder / "solution.csv", seed, compute)
        runs += [_run(folder, folder / "raw", (seed, share), sections, planting.truth(plan)) for share in given.shares]
    return runs


def _whales(given: argparse.Namespace, sections: Mapping[str, Any]) -> Run:
    """Of real photographs the truth is known where a label was planted: it was another one before."""
    raw = given.run / "data" / "raw"
    return _run(given.work / f"whales-{given.seed}", raw, (given.seed, given.share), sections, None)


def _run(
    folder: Path, raw: Path, draw: tuple[int, float], sections: Mapping[str, Any], truth: pd.DataFrame | None
) -> Run:
    seed, share = draw
    labels = planted_run.prepared(raw, folder, sections).set_index("image")["label"]
    rng = np.random.default_rng([seed, round(share * 1000)])
    errors = planting.plant(labels, share, planted_run.resembling(folder, sections), rng)
    root = folder / f"share-{share:g}"
    planted_run.trained(folder, planting.with_errors(labels, errors), root, sections)
    if truth is None:
        truth = pd.DataFrame({"label": {one.image: one.was for one in errors}}).assign(picture="")
    found = label_scores.with_all_proposals(root, sections)
    return Run(root, seed, share, errors, truth, found)


if __name__ == "__main__":
    main()
