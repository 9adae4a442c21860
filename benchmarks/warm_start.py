"""A warm start against a training from scratch, on the same folds: seconds, and the paired difference of MAP@5.

    python -m benchmarks.warm_start                                  # 5% held out, then added, two split seeds
    python -m benchmarks.warm_start --steps 10 --share 0.01          # ten additions, each from the network before
    python -m benchmarks.warm_start --run FOLDER --set train.warm_epochs=4
    python -m benchmarks.warm_start --work FOLDER                    # stop it, and it goes on there the next time

In a folder whose flow has run as far as `audit`. A share of the labelled photographs is held out for each step, a
network learns the rest from scratch, then they are added. One network goes on from the last one, another begins from
scratch; both learn the train fold of the split that knows the ancestor, so they are scored on the same photographs. The
classifier is chosen by cross-fitting, as in `evaluate`, of those that need no training of their own. The interval is
over individuals, of warm less scratch. The seconds are those of the epochs, which `seconds.csv` keeps over a stop.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.borrowing import no_copies, originals_once
from benchmarks.measuring import keep
from longtail import ancestor, params
from longtail.metrics.intervals import bootstrap
from longtail.splitting.identity_groups import hash_fractions
from longtail.stages import embed, evaluate, split, train

CLASSIFIERS: list[evaluate.ClassifierName] = ["nearest_neighbour", "nearest_class_mean", "ensemble"]
WARM, SCRATCH = "warm", "scratch"
_LOT = "held out for a step"  # so that what is held out has nothing to do with the folds, which are drawn by names too


def main(argv: Sequence[str] | None = None) -> None:
    """Train, add, train twice; keep a row for each step and part of the score."""
    parser = argparse.ArgumentParser(prog="benchmarks.warm_start", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--run", type=Path, default=Path(), help="where `prepare` and `audit` have run (here)")
    parser.add_argument("--params", type=Path, help="whose sections are taken (params.yaml of the run)")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="lay over it")
    parser.add_argument("--share", type=float, default=0.05, help="of the photographs, added at a step (%(default)s)")
    parser.add_argument("--steps", type=int, default=1, help="additions, one after the other (%(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1], help="of the split (%(default)s)")
    parser.add_argument("--work", type=Path, help="folder for what is made, which stays (a temporary one)")
    given = parser.parse_args(argv)
    sections = params.read(given.params or given.run / "params.yaml", given.set)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        for seed in given.seeds:
            root = (given.work or Path(temporary)).resolve() / f"seed{seed}"
            rows += chain(given.run.resolve(), root, sections, given.share, given.steps, seed)
    keep("warm_start", rows)


def chain(
    run: Path, root: Path, sections: Mapping[str, Any], share: float, steps: int, seed: int
) -> list[dict[str, object]]:
    """The network without what is held out, and both networks after each addition.

    Args:
        run: where `prepare` and `audit` have run; nothing is written there.
        root: where everything goes; what an earlier call with the same values has finished there is taken from there.
        sections: of params.yaml.
        share: of the labelled photographs, added at a step.
        steps: their number.
        seed: of the split, and of what is held out.

    Returns:
        A row for each step and part of the score.
    """
    groups = pd.read_parquet(run / "artifacts/audit/groups.parquet")
    step_of = steps_of(groups["image"], share, steps, seed)
    last = root / "step0"
    prepare(run, last, groups[step_of == 0], sections, seed)
    learn(last, sections, SCRATCH)
    rows: list[dict[str, object]] = []
    for step in range(1, steps + 1):
        warm, scratch = (root / f"step{step}_{start}" for start in (WARM, SCRATCH))
        facts = ancestor.Facts(f"step {step - 1}", step - 1, dict(sections["train"]))
        for folder in (warm, scratch):
            prepare(run, folder, groups[step_of <= step], sections, seed, (last / "artifacts/train", facts))
        seconds = {start: learn(folder, sections, start) for start, folder in ((WARM, warm), (SCRATCH, scratch))}
        scores = [scored(folder, sections) for folder in (warm, scratch)]
        about = {"seed": seed, "step": step, "added": int((step_of == step).sum()), "labelled": len(groups)}
        about |= {f"{start}_seconds": round(seconds[start], 1) for start in seconds}
        about |= {"time_share": round(seconds[WARM] / seconds[SCRATCH], 3)}
        rows += compared(*scores, about)
        last = warm
    return rows


def steps_of(images: pd.Series, share: float, steps: int, seed: int) -> np.ndarray:
    """The step at which each photograph is added, 0 for those that are there from the beginning; a hash decides.

    Args:
        images: their names.
        share: of the photographs, added at a step.
        steps: their number.
        seed: of the draw.

    Returns:
        (n,), integers.
    """
    lots = hash_fractions(seed, [f"{_LOT} {image}" for image in images])
    step = np.minimum(lots / share, steps).astype(np.int64) + 1
    return np.where(step <= steps, step, 0)


def prepare(
    run: Path,
    root: Path,
    groups: pd.DataFrame,
    sections: Mapping[str, Any],
    seed: int,
    network: tuple[Path, ancestor.Facts] | None = None,
) -> None:
    """Everything that `train` reads, of some of the photographs of a run.

    Args:
        run: where `prepare` and `audit` have run.
        root: where it goes.
        groups: `audit`'s table of these photographs.
        sections: of params.yaml.
        seed: of the split.
        network: the ancestor's folder, and the facts about it.
    """
    finished = root / "prepared"
    if finished.exists():
        return
    shutil.rmtree(root, ignore_errors=True)
    (root / "artifacts/audit").mkdir(parents=True)
    if network:
        ancestor.write(root / "data/ancestor", *network)
    (root / "artifacts/prepare").symlink_to(run / "artifacts/prepare")
    (root / "artifacts/audit/findings.csv").symlink_to(run / "artifacts/audit/findings.csv")
    groups.to_parquet(root / "artifacts/audit/groups.parquet", index=False)
    paths = split.Paths.at(root)
    split.run(params.load(split.Params, "split", sections).model_copy(update={"seed": seed}), paths)
    originals_once(pd.read_parquet(paths.split), root)
    finished.touch()


def learn(root: Path, sections: Mapping[str, Any], start: str) -> float:
    """Train in `root`, if that is not done, and say how many seconds the epochs took.

    Args:
        root: as `prepare` left it.
        sections: of params.yaml.
        start: WARM or SCRATCH.

    Returns:
        Seconds.
    """
    how = ancestor.ANCESTOR if start == WARM else ancestor.SCRATCH
    values = params.load(train.Params, "train", sections).model_copy(update={"start": how, "images": "originals"})
    paths = train.Paths.at(root)
    if not (paths.model.exists() and paths.seconds.exists()):
        train.run(values, paths)
    return float(pd.read_csv(paths.seconds)["seconds"].sum())


def scored(root: Path, sections: Mapping[str, Any]) -> pd.DataFrame:
    """What `evaluate` says of each scored photograph, with the network in `root`."""
    paths = evaluate.Paths.at(root)
    if not paths.predictions.exists():
        embed.run(params.load(embed.Params, "embed", sections), embed.Paths.at(root, "labelled"))
        no_copies(root)
        evaluate.run(evaluate.Params(classifiers=CLASSIFIERS, strategies=["none"], seeds=1), paths)
    return pd.read_parquet(paths.predictions)


def compared(warm: pd.DataFrame, scratch: pd.DataFrame, about: Mapping[str, object]) -> list[dict[str, object]]:
    """A row for all scored photographs (open), one for known individuals and one for new ones.

    Args:
        warm: predictions.parquet of the network that went on.
        scratch: that of the network from scratch, on the same photographs.
        about: what every row says.

    Returns:
        MAP@5 of both, and the 95% interval of their paired difference over individuals.
    """
    both = warm.merge(scratch[["image", "ap"]], on="image", suffixes=("", "_scratch"), validate="one_to_one")
    parts = {"open": both, "known": both[both["known"]], "new": both[~both["known"]]}
    rows: list[dict[str, object]] = []
    for part, own in parts.items():
        if own.empty:
            continue
        difference = (own["ap"] - own["ap_scratch"]).to_numpy(np.float64)
        individuals = own["identity"].where(own["identity"] != "", own["image"]).to_numpy(str)
        low, high = bootstrap(difference, individuals, seed=0)
        figures = {WARM: own["ap"].mean(), SCRATCH: own["ap_scratch"].mean(), "difference": difference.mean()}
        figures |= {"low": low, "high": high}
        rows.append(
            {**about, "scored": part, "photographs": len(own)} | {k: round(float(v), 4) for k, v in figures.items()}
        )
    return rows


if __name__ == "__main__":
    main()
