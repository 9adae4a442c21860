"""How right the probabilities of a finished run are, and what several photographs of one individual add.

`python -m benchmarks.calibration CHECKOUT --name NAME` refits what the run chose on each half, without the grid. It
writes the figures of the procedure and of each kind of calibration, and compares the rules for several photographs of
one individual: of the held-out ones with two scored photographs or more, and of those that are kept out for `discover`,
who are new. `results/calibration.csv` and `results/together.csv` keep a block of rows a name.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import scored_run, together
from benchmarks.measuring import RESULTS
from benchmarks.scored_run import Run
from longtail.compute import set_torch_threads
from longtail.evaluation import calibrated, calibration_figures, ranking_rule
from longtail.evaluation.calibrated import Calibrated, Half
from longtail.evaluation.paired_choice import HeldOut
from longtail.recognition.open_set.calibration import fit as fit_calibration
from longtail.recognition.open_set.new_probability import KINDS


def main(argv: Sequence[str] | None = None) -> None:
    """Measure one run, keep its rows."""
    parser = argparse.ArgumentParser(prog="benchmarks.calibration", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("checkout", type=Path, help="a checkout with artifacts/ of a finished run")
    parser.add_argument("--name", default="", help="of the run in the tables (its folder's name)")
    parser.add_argument("--threads", type=int, default=1, help="(%(default)s)")
    options = parser.parse_args(argv)
    set_torch_threads(options.threads)
    name, run = options.name or options.checkout.resolve().name, scored_run.read(options.checkout)
    replace_rows("calibration", name, [*procedure(run), *each_kind(run)])
    replace_rows("together", name, together.measured(run))


def procedure(run: Run) -> list[dict[str, Any]]:
    """The figures of what evaluate does: a kind is chosen on each half, and the ranking is compared."""
    cross_fitted = calibrated.calibrate(run.candidates, run.selections, run.eval_set, run.half_b, run.seed)
    chosen = cross_fitted.kinds[cross_fitted.kinds["chosen"].astype(bool)].set_index("fitted_on")["kind"].to_dict()
    held_out = HeldOut(run.eval_set, run.half_b, scored_run.bootstrap(run))
    rule = ranking_rule.compare_rules(cross_fitted, run.candidates, run.selections, held_out)
    rows = _figures(cross_fitted, run, f"chosen: {', '.join(f'{kind} on {half}' for half, kind in chosen.items())}")
    if rule.gain is not None:
        value, low, high, _ = rule.gain
        rows.append(
            {"calibrator": f"ranking by {rule.rule}", "event": "answers", "metric": "map_at_5 gain over the threshold"}
            | {"photographs": len(run.eval_set.truth), "value": value, "low": low, "high": high}
        )
    return rows


def each_kind(run: Run) -> Iterator[dict[str, Any]]:
    """The figures of each kind alone, fitted on one half and measured on the other, both ways round."""
    on_a, on_b = (run.candidates[index].top_k for index in (0, 1))
    truth = run.eval_set.truth
    rows_a, rows_b = np.flatnonzero(~run.half_b), np.flatnonzero(run.half_b)
    for kind in KINDS:
        by_a, by_b = (fit_calibration(kind, on[rows], truth[rows]) for on, rows in ((on_a, rows_a), (on_b, rows_b)))
        if by_a is not None and by_b is not None:
            halves = (Half(rows_b, on_a[rows_b], by_a), Half(rows_a, on_b[rows_a], by_b))
            yield from _figures(calibrated.of_halves(None, halves, run.eval_set, run.half_b), run, kind)


def _figures(cross_fitted: Calibrated, run: Run, calibrator: str) -> list[dict[str, Any]]:
    table = calibration_figures.figures(cross_fitted, run.eval_set, run.half_b, scored_run.bootstrap(run))
    return [{"calibrator": calibrator, **row} for row in table.to_dict("records")]


def replace_rows(protocol: str, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print the rows and put them in the place of those that `results/<protocol>.csv` has of this name."""
    path = RESULTS / f"{protocol}.csv"
    own = pd.DataFrame(rows).round(4)
    own.insert(0, "run", name)
    kept = pd.read_csv(path, keep_default_na=False, dtype=str) if path.exists() else own.head(0)
    own.to_csv(path, index=False, lineterminator="\n")
    added = pd.read_csv(path, keep_default_na=False, dtype=str)
    pd.concat([kept[kept["run"] != name], added]).to_csv(path, index=False, lineterminator="\n")
    for row in own.to_dict("records"):
        print("  ".join(f"{key}: {value}" for key, value in row.items() if not pd.isna(value)))


if __name__ == "__main__":
    main()
