"""How often findings about labels are right: errors planted before training, found after it, all proposals accepted.

    python -m benchmarks.label_issues sample                  # drawn samples, whose truth is known: ten trainings
    python -m benchmarks.label_issues whales RUN --work DIR   # RUN: a checkout whose raw set is the whales
    python -m benchmarks.label_issues show                    # the tables of the docs page, from what is kept

`sample` keeps `src/longtail/labels/label_issues.csv` and `results/label_issues_accepted.csv`, `whales` keeps
`src/longtail/labels/label_issues_whales.csv`. The screens quote the tables of findings, which decide together whether a
kind of finding may propose another label; all three are written into docs/how-to/label-issues.md.
A run that lies in `--work` already is not trained again. Of the whales only the planted labels are known to be wrong;
every other finding there is unjudged. So is a photograph that was labelled unknown and has a copy with a name: the set
contradicts itself there.
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
from longtail.labels.label_csv import UNKNOWN
from longtail.labels.measured import TABLE, WHALES
from longtail.synthetic.plan import plan_sample
from longtail.synthetic.rawset import write_sample

WORK = Path("/tmp/longtail-label-issues")
SEEDS = (1, 2, 3, 4, 5)
SHARES = (0.05, 0.01)
IDENTITIES, IMAGES = 450, 1400
SETTINGS = ("train.lr_find=false", "compute.threads=1")
"""Laid over presets/sample.yaml: no curve of rates, one thread whatever the machine."""
ACCEPTED = RESULTS / "label_issues_accepted.csv"
PAGE = Path("docs/how-to/label-issues.md")
TABLES = (TABLE, ACCEPTED, WHALES)


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
    options = parser.parse_args(argv)
    if options.mode == "sample":
        sections = params.read(Path("presets/sample.yaml"), [*SETTINGS, *options.set])
        count(_samples(options, sections), sections)
    elif options.mode == "whales":
        run = _whales(options, params.read(options.run / "params.yaml", options.set))
        label_scores.table([run]).to_csv(WHALES, index=False, lineterminator="\n")
    if options.mode != "show":
        label_scores.write_page(PAGE, TABLES)
    print("\n\n".join(label_scores.markdown_tables(*TABLES)))


def count(runs: Sequence[Run], sections: Mapping[str, Any]) -> None:
    """Keep the table of what was found, then accept all that it lets propose, and keep what came of that."""
    label_scores.table(runs).to_csv(TABLE, index=False, lineterminator="\n")
    label_scores.forget()
    rows = [label_scores.accept_all(run, sections) for run in runs]
    pd.DataFrame(rows).to_csv(ACCEPTED, index=False, lineterminator="\n")


def _samples(options: argparse.Namespace, sections: Mapping[str, Any]) -> list[Run]:
    runs = []
    for seed in options.seeds:
        plan = plan_sample(options.identities, options.images, 0, seed)
        folder = options.work / f"seed-{seed}"
        if not (folder / "raw").exists():
            compute = params.load(params.ComputeParams, "compute", sections)
            write_sample(plan, folder / "raw", folder / "solution.csv", seed, compute)
        runs += [
            _run(folder, folder / "raw", (seed, share), sections, planting.truth(plan)) for share in options.shares
        ]
    return runs


def _whales(options: argparse.Namespace, sections: Mapping[str, Any]) -> Run:
    """Of real photographs the truth is known where a label was planted: it was another one before."""
    raw = options.run / "data" / "raw"
    return _run(options.work / f"whales-{options.seed}", raw, (options.seed, options.share), sections, None)


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
        groups = pd.read_parquet(root / "artifacts" / "audit" / "groups.parquet")
        truth = pd.DataFrame({"label": _known(errors, labels, groups)}).assign(picture="")
    findings = label_scores.with_all_proposals(root, sections)
    return Run(root, seed, share, errors, truth, findings)


def _known(errors: Sequence[planting.Planted], labels: pd.Series, groups: pd.DataFrame) -> dict[str, str]:
    """The true label of each planted photograph whose true label is known.

    A photograph that was labelled unknown is no unknown individual if another photograph of its group has a name.

    Args:
        errors: what was planted.
        labels: before planting, by image, UNKNOWN for none of the known.
        groups: `group` of each `image`.

    Returns:
        A label by image.
    """
    group_of = groups.set_index("image")["group"]
    named = set(group_of.reindex(labels.index[labels != UNKNOWN]))
    return {one.image: one.was for one in errors if one.was != UNKNOWN or group_of[one.image] not in named}


if __name__ == "__main__":
    main()
