"""A million label rows: `validate` against the same checks in plain pandas, `split` and the plan against reading them.

    python -m benchmarks.scale [--rows N]

Drawn labels, as long-tailed as the whales: half of the identities have one photograph. No photograph is there; the
names of the files are given, so listing a folder is not in it, and imports are not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measuring import keep, paired
from longtail.labels import expectations, frequency, gx_runner, label_csv, validation_report, validation_tables
from longtail.params import DataParams
from longtail.sampling.plan import PlanParams, plan
from longtail.splitting import leakage
from longtail.splitting.assignment import Shares, assign
from longtail.stages import validate

DATA = DataParams()
LIMITS = validate.Params()


def main(asked: Sequence[str] | None = ()) -> None:
    """Draw the labels, time each against its bar, keep the ratios."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args(asked).rows
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        table = drawn(rows)
        table.to_csv(folder / "train.csv", index=False, lineterminator="\n")
        groups_of(table).to_parquet(folder / "groups.parquet", index=False)
        split_of(folder).to_parquet(folder / "split.parquet", index=False)
        files = sorted(table["Image"])
        measured = [
            ("validate", "plain pandas", partial(validated, folder, files), partial(plainly, folder, files)),
            ("split", "reading the labels", partial(split_of, folder), partial(read, folder)),
            ("plan", "reading the labels", partial(planned, folder), partial(read, folder)),
        ]
        keep("scale", [_row(rows, *one) for one in measured])


def _row(
    rows: int, what: str, against: str, ours: Callable[[], object], other: Callable[[], object]
) -> dict[str, object]:
    mine, theirs, faster = paired(ours, other)
    seconds = {"seconds": round(mine, 2), "its_seconds": round(theirs, 2)}
    return {"what": what, "rows": rows, "against": against, **seconds, "ratio": round(1 / faster, 2)}


def drawn(rows: int) -> pd.DataFrame:
    """Image and Id: 8% unknown, identities as often photographed as a long tail has it."""
    rng = np.random.default_rng(0)
    sizes = np.minimum(rng.zipf(2.1, rows), 40)
    identity = np.repeat(np.arange(rows), sizes)[:rows]
    labels = np.char.add("w_", rng.permutation(np.char.mod("%07x", identity)))
    labels[rng.random(rows) < 0.08] = DATA.unknown_label
    images = np.char.add(np.char.mod("%08x", rng.permutation(rows)), ".jpg")
    return pd.DataFrame({"Image": images, "Id": labels}, dtype="str")


def groups_of(table: pd.DataFrame) -> pd.DataFrame:
    """`audit`'s table of these labels, by image as it writes it: a group a photograph."""
    table = table.sort_values("Image", ignore_index=True)
    identity = table["Id"].mask(table["Id"] == DATA.unknown_label, "")
    group = table["Image"].str.removesuffix(".jpg")
    return pd.DataFrame(
        {"image": table["Image"], "identity": identity, "label": identity, "group": group, "conflict": False}
    )


def validated(folder: Path, files: list[str]) -> None:
    """What `validate` does after it has listed the photographs."""
    as_written = label_csv.read_as_written(folder / "train.csv", DATA)
    identities = label_csv.identities_of(as_written, DATA, "train.csv")
    facts = frequency.label_statistics(identities)
    limits = expectations.Limits(
        LIMITS.min_identities, LIMITS.max_unknown_share, LIMITS.max_seen_once_share, LIMITS.max_largest_share
    )
    with tempfile.TemporaryDirectory() as docs:
        findings = gx_runner.run_expectations(
            validation_tables.validation_tables(as_written, identities, DATA.unknown_label, files),
            expectations.checks(DATA, limits, {}),
            Path(docs),
        )
    validation_report.validation_report(facts, findings)


def plainly(folder: Path, files: list[str]) -> dict[str, int]:
    """The same questions to the same table, in plain pandas: how many rows offend against each."""
    table = read(folder)
    image, identity, there = table["Image"], table["Id"], pd.Series(files)
    named = identity[identity != DATA.unknown_label]
    counts = named.value_counts()
    names = pd.Series(counts.index)
    folded = names.str.normalize("NFKC").str.strip().str.casefold()
    number = names[names.str.fullmatch(r"[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")].astype("float64")
    return {
        "blank": int((image.str.strip() == "").sum() + (identity.str.strip() == "").sum()),
        "own_name": int((~image.str.match(validation_tables.OWN_NAME)).sum()),
        "unique": int(image.duplicated(keep=False).sum()),
        "exists": int((~_among(image, there)).sum()),
        "nearest": int((~_among(image.str.casefold(), there.str.casefold())).sum()),
        "trimmed": int(identity.str.contains(r"^\s|\s\Z").sum()),
        "one_word": int(identity.str.contains(r"\S\s+\S|[\x00-\x08\x0e-\x1f\x7f]").sum()),
        "one_case": int(identity.isin(names[folded.duplicated(keep=False)]).sum()),
        "one_number": int(identity.isin(number[number.duplicated(keep=False)].index).sum()),
        "reformatted": int(identity.str.contains(r"^[0-9]+\.0+\Z|^[0-9](?:\.[0-9]+)?[eE]\+[0-9]+\Z").sum()),
        "has_row": int((~_among(there, image)).sum()),
        "unknown": int((identity == DATA.unknown_label).sum()),
        "identities": len(counts),
        "seen_once": int((counts == 1).sum()),
        "largest": int(counts.max()),
    }


def _among(values: pd.Series, known: pd.Series) -> pd.Series:
    # On Arrow's strings isin takes six times as long: a baseline of that would flatter us.
    return values.astype("object").isin(known.astype("object"))


def split_of(folder: Path) -> pd.DataFrame:
    """What `split` does, its last look included."""
    groups = pd.read_parquet(folder / "groups.parquet")
    split = assign(groups, 0, Shares())
    leakage.check(split, groups)
    return split


def read(folder: Path) -> pd.DataFrame:
    """The labels as a user has them, read by pandas."""
    return pd.read_csv(folder / "train.csv", dtype="str", keep_default_na=False)


def planned(folder: Path) -> pd.DataFrame:
    """What `oversample` does before it touches a pixel."""
    split = pd.read_parquet(folder / "split.parquet")
    train = split.loc[split["fold"] == "train", ["image", "identity", "class_count"]]
    return plan(train, PlanParams("augmented_oversampling", min_count=10, max_count=5, passes=2, seed=0))


if __name__ == "__main__":
    main(None)
