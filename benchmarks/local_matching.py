"""What the marks that match add to a finished run, and what they cost.

`python -m benchmarks.local_matching CHECKOUT --name NAME --work FOLDER` computes the keypoints of the labelled
photographs, refits what the run chose on the train fold, without the grid, and compares it with and without the marks
as `evaluate` does: fused and given a threshold on one half, scored on the other. Keypoints lie under `--work`, and are
computed once for each `--side` and `--max-keypoints`; a run that finds them gives no seconds for them. The intervals
take the thresholds as they are; `benchmarks.choices` has those of the rule, also with keypoints of other photographs.
`results/local_matching.csv` keeps a block of rows a name.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import scored_run
from benchmarks.calibration import replace_rows
from benchmarks.scored_run import Run
from longtail.compute import set_torch_threads
from longtail.evaluation import local_matching, model_selection, scorecard
from longtail.evaluation.local_matching import Decision, Procedure
from longtail.evaluation.model_selection import CrossFitResult, Selection
from longtail.evaluation.paired_choice import HeldOut
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.embeddings import Bools
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.local_matching.shortlist import LabelledMarks, shortlist
from longtail.recognition.open_set.threshold import fit_threshold
from longtail.stages import keypoints

_MEGABYTE = 1_000_000
_COLUMNS = ("slice", "photographs", "without", "with", "gain", "low", "high", "seconds", "megabytes")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure one run, keep its rows."""
    parser = argparse.ArgumentParser(prog="benchmarks.local_matching", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("checkout", type=Path, help="a checkout with artifacts/ of a finished run")
    parser.add_argument("--name", default="", help="of the run in the table (its folder's name)")
    parser.add_argument("--work", type=Path, required=True, help="folder for the keypoints")
    parser.add_argument("--side", type=int, default=320, help="longer side of a photograph, px (%(default)s)")
    parser.add_argument("--max-keypoints", type=int, default=256, help="kept of a photograph (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="(%(default)s)")
    options = parser.parse_args(argv)
    set_torch_threads(options.threads)
    params = keypoints.Params.model_validate(
        {"method": "sift", "side": options.side, "max_keypoints": options.max_keypoints}
        | {"compute": {"workers": options.threads}}
    )
    work = options.work / f"{options.side}-{options.max_keypoints}"
    is_new, began = not keypoints.Paths.at(work, "labelled").folder.exists(), time.perf_counter()
    table = computed(options.checkout, work, params)
    computing = time.perf_counter() - began if is_new else float("nan")
    run = scored_run.read(options.checkout)
    began = time.perf_counter()
    plain, with_marks, decision = compare(run, table)
    comparing = time.perf_counter() - began
    size = (table.descriptors.nbytes + table.positions.nbytes) / _MEGABYTE
    rows = [*scores(run, plain, with_marks), _cost("keypoints", len(table), computing, size)]
    rows.append(_cost("compared", len(run.eval_set.truth), comparing, float("nan")))
    replace_rows("local_matching", options.name or options.checkout.resolve().name, rows)
    print(pd.DataFrame(rows).to_string(), decision.why, decision.fusion, sep="\n")


def computed(checkout: Path, work: Path, params: keypoints.Params) -> KeypointTable:
    """The keypoints of the labelled photographs, by the stage; what the run left is only read."""
    paths = keypoints.Paths.at(work, "labelled")
    if not paths.folder.exists():
        paths.images.parent.mkdir(parents=True, exist_ok=True)
        own = keypoints.Paths.at(checkout.resolve(), "labelled")
        for here, there in ((paths.table, own.table), (paths.images, own.images)):
            if not here.exists():
                here.symlink_to(there)
        print(keypoints.run(params, paths).line)
    return keypoint_table.read(paths.folder)


def compare(run: Run, table: KeypointTable) -> tuple[CrossFitResult, CrossFitResult, Decision]:
    """The answers without and with the marks, and what `evaluate` decides about them on all photographs."""
    on, held_out = run.selections, HeldOut(run.eval_set, run.half_b, scored_run.bootstrap(run))
    plain = model_selection.cross_fit_result(run.candidates, on.on_a, on.on_b, run.half_b)
    of_query = [table.of(image) for image in run.eval_set.table["image"]]
    lists = {}
    for candidate, fitted in zip(run.candidates, run.fitted, strict=True):
        key = local_matching.key_of(candidate)
        if key not in lists:
            marks = LabelledMarks(fitted.gallery, fitted.images, table)
            lists[key] = shortlist(fitted.score, run.queries, of_query, marks, "compared")
    decided = local_matching.decide(Procedure(run.candidates, on, plain), lists, held_out)
    candidates, selections = [], []
    *_, everyone = held_out.folds()
    for index, rows in enumerate(everyone.halves):
        listed = lists[local_matching.key_of(run.candidates[index])]
        fitted_on = local_matching.fuse(listed, held_out.truth, rows)
        top_k = run.candidates[index].top_k if fitted_on is None else listed.fused(fitted_on)
        selections.append(Selection(index, fit_threshold(top_k[rows], held_out.truth[rows])))
        candidates.append(replace(run.candidates[index], top_k=top_k))
    by_a, by_b = selections
    return plain, model_selection.cross_fit_result(candidates, by_a, by_b, run.half_b), decided.on_all


def scores(run: Run, plain: CrossFitResult, with_marks: CrossFitResult) -> Iterator[dict[str, Any]]:
    """MAP@5 without and with the marks, and the paired difference: all open, the known ones closed."""
    truth, known = run.eval_set.truth, run.eval_set.known
    slices: list[tuple[str, Bools, bool]] = [("all (open)", known | ~known, False), ("known (closed)", known, True)]
    slices += [(name, scorecard.has_class_count(run.eval_set, name), True) for name in scorecard.CLASS_COUNTS]
    for name, rows, closed in slices:
        answers = [one.closed if closed else one.open for one in (plain, with_marks)]
        before, after = (average_precision(answer, truth) for answer in answers)
        low, high = scorecard.interval(after - before, run.eval_set, rows, scored_run.bootstrap(run))
        values = (before[rows].mean(), after[rows].mean(), (after - before)[rows].mean(), low, high)
        yield dict(zip(_COLUMNS, (name, int(rows.sum()), *values, float("nan"), float("nan")), strict=True))


def _cost(what: str, photographs: int, seconds: float, megabytes: float) -> dict[str, Any]:
    nothing = [float("nan")] * 5
    return dict(zip(_COLUMNS, (what, photographs, *nothing, round(seconds, 1), round(megabytes, 1)), strict=True))


if __name__ == "__main__":
    main()
