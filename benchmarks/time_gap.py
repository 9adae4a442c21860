"""What a random split hides: two networks from equally many photographs, one of earlier ones, one drawn at random.

    python -m benchmarks.time_gap             # on a drawn sample whose marks change over the years
    python -m benchmarks.time_gap data/raw    # on a set of your own, by the params.yaml that lies here

Of each individual that was seen on days before and from the cut-off on, a third of the later days is held out from both
networks and scored. One network learns what came before the cut-off. The other one learns as many photographs of
the same individuals, drawn from all that is not held out. Each names the held-out photographs by its nearest
neighbour among the photographs that it learned. MAP@5 is of these individuals alone, the difference is paired by
photograph, and its interval is over individuals. The figures of the drawn sample test the code: how fast its marks
change was chosen.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.borrowing import originals_once
from benchmarks.measuring import keep
from benchmarks.planted_run import EDITS, prepared
from longtail import params
from longtail.labels.dates import DATE, UNDATED
from longtail.labels.label_csv import UNKNOWN
from longtail.metrics.intervals import bootstrap
from longtail.metrics.map_at_k import average_precision
from longtail.params import ComputeParams
from longtail.recognition import embeddings
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.eval_set import encode_identities, row_index
from longtail.recognition.top_k import Gallery, rank
from longtail.splitting.assignment import COLUMNS
from longtail.splitting.identity_groups import hash_fractions
from longtail.stages import audit, embed, train
from longtail.synthetic.plan import plan_sample
from longtail.synthetic.rawset import DATE_COLUMN, write_sample
from longtail.synthetic.years import with_days

PRESET = Path("presets/sample.yaml")
BY_TIME, AT_RANDOM = "by time", "at random"


@dataclass(frozen=True)
class Halves:
    """Images of the photographs: `held_out` are scored, and each network learns those of one of the other two."""

    held_out: list[str]
    learned: Mapping[str, list[str]]


def main(argv: Sequence[str] | None = None) -> None:
    """Draw or take a set, train twice, keep both scores and their difference."""
    parser = argparse.ArgumentParser(prog="benchmarks.time_gap", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("raw", nargs="?", type=Path, help="folder with train.csv and train/; else a sample is drawn")
    parser.add_argument("--cutoff", default="", help="YYYY-MM-DD; else the day that half of the photographs precede")
    parser.add_argument("--identities", type=int, default=240, help="of the sample (%(default)s)")
    parser.add_argument("--images", type=int, default=2400, help="of the sample (%(default)s)")
    parser.add_argument("--years", type=int, default=10, help="of the sample (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample and of what is drawn (%(default)s)")
    parser.add_argument("--params", type=Path, help=f"whose sections are taken (of the sample: {PRESET})")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="lay over it")
    options = parser.parse_args(argv)
    drawn = options.raw is None
    dates = [f"data.date_column={DATE_COLUMN}"] if drawn else []
    sections = params.read(options.params or (PRESET if drawn else Path("params.yaml")), [*dates, *options.set])
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        if drawn:
            plan = with_days(
                plan_sample(options.identities, options.images, 0, options.seed), options.years, options.seed
            )
            write_sample(plan, root / "drawn", root / "solution.csv", options.seed, ComputeParams())
        groups = grouped(options.raw or root / "drawn", root / "all", sections)
        cutoff = options.cutoff or middle(groups)
        halves = halved(groups, cutoff, options.seed)
        scores = pd.DataFrame({name: scored(groups, halves, name, root, sections) for name in (BY_TIME, AT_RANDOM)})
        individuals = groups.set_index("image")["identity"].loc[halves.held_out].to_numpy(str)
    keep("time_gap", rows(scores, individuals, halves, cutoff, "drawn" if drawn else options.raw.name))


def grouped(raw: Path, root: Path, sections: Mapping[str, Any]) -> pd.DataFrame:
    """`audit`'s table of the raw set's usable photographs that have a name and a date; copies of a picture once."""
    prepared(raw, root, sections)
    table = pd.read_parquet(root / "artifacts" / "prepare" / "labelled.parquet")
    table.head(0).to_parquet(root / "artifacts" / "prepare" / "test.parquet", index=False)
    (root / "edits.csv").write_text(EDITS, encoding="utf-8")
    audit.run(params.load(audit.Params, "audit", sections), audit.Paths.at(root))
    groups = pd.read_parquet(audit.Paths.at(root).groups)
    if DATE not in groups:
        raise SystemExit("no photograph has a date: name a column in data.date_column")
    groups = groups.merge(table[["image", "md5"]], on="image")
    usable = ~groups["conflict"] & (groups["identity"] != UNKNOWN) & (groups[DATE] != UNDATED)
    return groups[usable].drop_duplicates("md5").reset_index(drop=True)


def middle(groups: pd.DataFrame) -> str:
    """The day that half of the photographs precede."""
    return str(np.sort(groups[DATE].to_numpy(str))[len(groups) // 2])


def halved(groups: pd.DataFrame, cutoff: str, seed: int) -> Halves:
    """What both hold out, and what each learns: equally many photographs of each individual.

    Args:
        groups: image, identity, group, date.
        cutoff: `YYYY-MM-DD`.
        seed: of the draws.

    Returns:
        The photographs; of each held-out group one, the first by name.
    """
    table = groups.assign(
        later=groups.groupby("group")[DATE].transform("min") >= cutoff, drawn=hash_fractions(seed, groups["image"])
    )
    held_out: list[str] = []
    learned: dict[str, list[str]] = {BY_TIME: [], AT_RANDOM: []}
    for _, own in table.groupby("identity"):
        later = sorted(own.loc[own["later"], "group"].unique(), key=lambda name: hash_fractions(seed, [name])[0])
        kept_back = later[: (len(later) + 2) // 3]
        early, rest = own[~own["later"]], own[~own["group"].isin(kept_back)]
        if early.empty or not kept_back:
            continue
        held_out += own[own["group"].isin(kept_back)].sort_values("image").drop_duplicates("group")["image"].tolist()
        learned[BY_TIME] += early["image"].tolist()
        learned[AT_RANDOM] += rest.nsmallest(len(early), "drawn")["image"].tolist()
    if not held_out:
        raise SystemExit(f"no individual was seen before and from {cutoff} on: give another --cutoff")
    return Halves(sorted(held_out), learned)


def scored(groups: pd.DataFrame, halves: Halves, name: str, root: Path, sections: Mapping[str, Any]) -> np.ndarray:
    """Train on one half, and name the held-out photographs.

    Args:
        groups: image, identity, group.
        halves: who learns what.
        name: BY_TIME or AT_RANDOM.
        root: where `grouped` wrote into `all`, and this writes into a folder of its own.
        sections: of params.yaml.

    Returns:
        Average precision at 5 of each of `halves.held_out`.
    """
    here = root / name.replace(" ", "_")
    (here / "artifacts").mkdir(parents=True)
    (here / "artifacts" / "prepare").symlink_to(root / "all" / "artifacts" / "prepare")
    split = fold_table(groups, halves, name)
    (here / "artifacts" / "split").mkdir()
    split.to_parquet(here / "artifacts" / "split" / "split.parquet", index=False)
    originals_once(split, here)
    train.run(params.load(train.Params, "train", sections), train.Paths.at(here))
    embed.run(params.load(embed.Params, "embed", sections), embed.Paths.at(here, "labelled"))
    index, views = embeddings.read(here / "artifacts" / "embed" / "labelled")
    learned = split[split["fold"] == "train"]
    identities = sorted(learned["identity"].unique())
    gallery = Gallery(
        views[row_index(learned["image"], index)].normalised(), encode_identities(learned["identity"], identities)
    )
    truth = encode_identities(groups.set_index("image")["identity"].loc[halves.held_out], identities)
    queries = views[row_index(pd.Series(halves.held_out), index)]
    return average_precision(rank(nearest_neighbour(gallery, len(identities)), queries).identity, truth)


def fold_table(groups: pd.DataFrame, halves: Halves, name: str) -> pd.DataFrame:
    """split.parquet of one network; what it neither learns nor is scored on is left out."""
    learned, held_out = (groups["image"].isin(images) for images in (halves.learned[name], halves.held_out))
    fold = np.where(learned, "train", np.where(held_out, "valid", "left_out"))
    table = groups.assign(fold=fold, known=True, scored=held_out, reason="")
    counts = table[learned].groupby("identity")["group"].nunique()
    count = table["identity"].map(counts).fillna(0).astype("int64")
    return table.assign(class_count=count, known=count > 0)[list(COLUMNS)]


def rows(
    scores: pd.DataFrame, individuals: np.ndarray, halves: Halves, cutoff: str, data: str
) -> list[dict[str, object]]:
    """A row a network, and one of the difference.

    Args:
        scores: average precision of each held-out photograph, a column a network.
        individuals: of the photographs.
        halves: what was learned.
        cutoff: `YYYY-MM-DD`.
        data: name of the set.

    Returns:
        MAP@5 with its interval over individuals.
    """
    columns = {**{name: scores[name] for name in scores}, "difference": scores[AT_RANDOM] - scores[BY_TIME]}
    table: list[dict[str, object]] = []
    for name, values in columns.items():
        low, high = bootstrap(values.to_numpy(np.float64), individuals, seed=0)
        figures = {"map_at_5": round(float(values.mean()), 4), "low": round(low, 4), "high": round(high, 4)}
        sizes = {"scored": len(values), "individuals": len(set(individuals)), "learned": len(halves.learned[BY_TIME])}
        table.append({"data": data, "cutoff": cutoff, "trained": name, **figures, **sizes})
    return table


if __name__ == "__main__":
    main()
