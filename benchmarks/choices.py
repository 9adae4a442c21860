"""What the rule of the choices says on a finished run, and how often it takes a step in which nothing can help.

`python -m benchmarks.choices CHECKOUT --name NAME --work FOLDER` refits what the run chose on the train fold, without
the grid, and compares each step with doing without it as `evaluate` does: local scaling, then the marks that match,
then ranking by the threshold instead of by probability; on half a, on half b, and on all. Then come steps that cannot
help: `--draws` times each photograph has the keypoints of another one, and `--noise-draws` times the scores get noise.
Beside the rule's interval stands the one that takes the thresholds as they are. Keypoints and shortlists are kept in
`--work`. `results/choices.csv` keeps a block of rows a name.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import scored_run
from benchmarks.calibration import replace_rows
from benchmarks.local_matching import computed
from benchmarks.scored_run import Run
from longtail.compute import set_torch_threads
from longtail.evaluation import calibrated, local_matching, paired_choice, ranking_rule, reranking, scorecard
from longtail.evaluation.grid import Candidate, EmbeddingSpace
from longtail.evaluation.paired_choice import Fold, HeldOut
from longtail.evaluation.threshold_curves import by_threshold
from longtail.metrics.difference import Difference
from longtail.metrics.map_at_k import average_precision
from longtail.metrics.network_choice import TRAINED
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.base import RERANKED
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.local_matching.shortlist import CANDIDATES, LabelledMarks, Shortlist, shortlist
from longtail.recognition.top_k import TopK
from longtail.stages import keypoints

NOISES = (0.002, 0.005, 0.01, 0.02)
FOLDS = ("half a", "half b", "all")
Pair = tuple[TopK, TopK]
"""What half a fitted, what half b fitted."""


def main(argv: Sequence[str] | None = None) -> None:
    """Measure one run, keep its rows."""
    parser = argparse.ArgumentParser(prog="benchmarks.choices", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("checkout", type=Path, help="a checkout with artifacts/ of a finished run")
    parser.add_argument("--name", default="", help="of the run in the table (its folder's name)")
    parser.add_argument("--work", type=Path, required=True, help="folder for keypoints and shortlists")
    parser.add_argument("--draws", type=int, default=20, help="of keypoints of other photographs (%(default)s)")
    parser.add_argument("--noise-draws", type=int, default=200, help="of noise, for each of its sizes (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="(%(default)s)")
    options = parser.parse_args(argv)
    set_torch_threads(options.threads)
    settings = {"method": "sift", "side": 320, "max_keypoints": 256, "compute": {"workers": options.threads}}
    table = computed(options.checkout, options.work / "320-256", keypoints.Params.model_validate(settings))
    run = scored_run.read(options.checkout)
    held_out = HeldOut(run.eval_set, run.half_b, scored_run.bootstrap(run))
    rows = [*steps(run, held_out, table, options.work), *others(run, held_out, table, options.work, options.draws)]
    rows += noise(run.candidates[2].top_k, held_out, options.noise_draws)
    replace_rows("choices", options.name or options.checkout.resolve().name, rows)


def steps(run: Run, held_out: HeldOut, table: KeypointTable, work: Path) -> Iterator[dict[str, Any]]:
    """Each step that evaluate may take, on what was chosen before it."""
    methods = ["local_scaling"] if run.candidates[2].classifier in RERANKED else []
    spaces = {TRAINED: EmbeddingSpace(run.context, run.queries)}
    reranked = reranking.rerank(run.candidates, run.selections, methods, spaces, held_out)
    scaled = {one.classifier: one.top_k for one in reranked.candidates[len(run.candidates) :]}
    for fold, name, plain in zip(held_out.folds(), FOLDS, run.candidates, strict=True):
        if (other := scaled.get(plain.classifier)) is not None:
            gain = reranking.measured(plain.top_k, other, fold, held_out)
            yield _row("local scaling", name, gain, _fixed(fold, (plain.top_k,) * 2, (other,) * 2, held_out))
    indices = paired_choice.selected_on_each(reranked.selections)
    chosen = [reranked.candidates[index] for index in indices]
    for fold, name, plain in zip(held_out.folds(), FOLDS, chosen, strict=True):
        listed = _listed(run, plain, table, work, "own")
        yield from _marks("marks that match", name, plain.top_k, listed, fold, held_out)
    plain_procedure = local_matching.Procedure(reranked.candidates, reranked.selections, reranked.result)
    lists = {local_matching.key_of(one): _listed(run, one, table, work, "own") for one in chosen}
    marked = local_matching.decide(plain_procedure, lists, held_out).procedure
    cross_fitted = calibrated.calibrate(marked.candidates, marked.selections, run.eval_set, run.half_b, run.seed)
    kinds = [
        *(half.fitted.kind for half in cross_fitted.halves),
        cross_fitted.fitted.kind if cross_fitted.fitted else "",
    ]
    for fold, name, index, kind in zip(
        held_out.folds(), FOLDS, paired_choice.selected_on_each(marked.selections), kinds, strict=True
    ):
        by_limit = ranking_rule.measured(marked.candidates[index].top_k, kind, fold, held_out)
        if by_limit is not None:
            yield _row("ranking by the threshold", name, by_limit, None)


def others(run: Run, held_out: HeldOut, table: KeypointTable, work: Path, draws: int) -> Iterator[dict[str, Any]]:
    """The marks that match where each photograph has the keypoints of another one."""
    *_, everyone = held_out.folds()
    plain = run.candidates[2]
    for draw in range(draws):
        images = np.random.default_rng(draw).permutation(table.images)
        shuffled = replace(table, images=images.tolist())
        listed = _listed(run, plain, shuffled, work, f"draw-{draw}")
        yield from _marks(f"keypoints of others, draw {draw}", "all", plain.top_k, listed, everyone, held_out)


def noise(plain: TopK, held_out: HeldOut, draws: int) -> Iterator[dict[str, Any]]:
    """How often noise on the scores is called a gain."""
    *_, everyone = held_out.folds()
    for spread in NOISES:
        gains, fixed = [], []
        for draw in range(draws):
            other = _with_noise(plain, spread, draw)
            gains.append(reranking.measured(plain, other, everyone, held_out))
            fixed.append(_fixed(everyone, (plain, plain), (other, other), held_out))
        used = float(np.mean([paired_choice.is_used(gain) for gain in gains]))
        mean = float(np.mean([gain.value for gain in gains]))
        row = {"step": f"noise of {spread} on the scores", "fold": "all", "draws": draws, "gain": mean}
        yield row | {"used": used, "used_fixed": float(np.mean([gain.verdict == "better" for gain in fixed]))}


def _marks(
    step: str, name: str, plain: TopK, listed: Shortlist, fold: Fold, held_out: HeldOut
) -> Iterator[dict[str, Any]]:
    gain = local_matching.measured(plain, listed, fold, held_out)
    by_a, by_b = (local_matching.fuse(listed, held_out.truth, half) for half in fold.halves)
    if gain is None or by_a is None or by_b is None:
        yield {"step": step, "fold": name, "draws": 1, "used": 0.0, "used_fixed": 0.0}
        return
    yield _row(step, name, gain, _fixed(fold, (plain, plain), (listed.fused(by_a), listed.fused(by_b)), held_out))


def _fixed(fold: Fold, default: Pair, alternative: Pair, held_out: HeldOut) -> Difference:
    """The difference with the interval that takes the thresholds as they are."""
    rows, truth = fold.rows, held_out.truth[fold.rows]
    precision = []
    for by_a, by_b in (default, alternative):
        folds = ((by_a[rows], ~fold.half_b), (by_b[rows], fold.half_b))
        precision.append(average_precision(by_threshold(folds, truth, None), truth))
    gain = np.zeros(len(held_out.half_b))
    gain[rows] = precision[1] - precision[0]
    inside = np.isin(np.arange(len(gain)), rows)
    ends = scorecard.interval(gain, held_out.eval_set, inside, held_out.bootstrap)
    return Difference(float(gain[rows].mean()), *ends, len(gain))


def _row(step: str, name: str, gain: Difference, fixed: Difference | None) -> dict[str, Any]:
    row: dict[str, Any] = {"step": step, "fold": name, "draws": 1, "gain": gain.value, "low": gain.low}
    row |= {"high": gain.high, "used": float(paired_choice.is_used(gain))}
    if fixed is not None:
        row |= {"low_fixed": fixed.low, "high_fixed": fixed.high, "used_fixed": float(fixed.verdict == "better")}
    return row


def _with_noise(top_k: TopK, spread: float, seed: int) -> TopK:
    noisy = top_k.score + np.random.default_rng(seed).normal(0, spread, top_k.score.shape).astype(np.float32)
    order = np.argsort(-noisy, axis=1, kind="stable")
    return TopK(np.take_along_axis(top_k.identity, order, axis=1), np.take_along_axis(noisy, order, axis=1))


def _listed(run: Run, candidate: Candidate, table: KeypointTable, work: Path, name: str) -> Shortlist:
    """The shortlist of a candidate's best, computed once."""
    key = local_matching.key_of(candidate)
    path = work / "shortlists" / f"{'-'.join(key)}-{name}-{CANDIDATES}.npz"
    if not path.exists():
        fitted = dict(zip(map(local_matching.key_of, run.candidates), run.fitted, strict=True)).get(key)
        if fitted is None:
            fitted = fit.refit(candidate.classifier, candidate.strategy, run.context, candidate.reranking)
        of_query = [table.of(image) for image in run.eval_set.table["image"]]
        marks = LabelledMarks(fitted.gallery, fitted.images, table)
        listed = shortlist(fitted.score, run.queries, of_query, marks, f"compared: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, identity=listed.top_k.identity, score=listed.top_k.score, marks=listed.marks)
    arrays = np.load(path)
    return Shortlist(TopK(arrays["identity"], arrays["score"]), arrays["marks"])


if __name__ == "__main__":
    main()
