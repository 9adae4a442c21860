"""A whole training by the 2019 post's protocol: its leaked accuracy beside what the same network knows in truth.

The post wrote filtered copies first and split at random afterwards. Here the train fold's photographs, their copies and
those of unknown label (one more class) are mixed, 80% are trained on, and the network is scored twice by its own head:
on the other 20%, as the post did, and on the photographs of `valid`, whose groups are nowhere in the rows. Run it where
`prepare`, `split` and `oversample` have run:

    python -m benchmarks.leaked_training                                        # presets/post.yaml: wants a GPU
    python -m benchmarks.leaked_training --set train.backbone=efficientnet_lite0 --set train.weights=package \
        --set train.size=96
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measuring import keep
from longtail import atomic, params
from longtail.scoring.candidates import rank
from longtail.scoring.leak_audit import scores, split_at_random
from longtail.scoring.network import read_network_head
from longtail.scoring.scorers import of_head
from longtail.scoring.views import Ints, Views
from longtail.stages import train
from longtail.training import checkpoint, device, embedding, pixels

PRESET = Path("presets/post.yaml")


def main(argv: Sequence[str] | None = None) -> None:
    """Train by the post's protocol in this checkout, keep both scores."""
    parser = argparse.ArgumentParser(prog="benchmarks.leaked_training", description=__doc__.split("\n")[0])
    parser.add_argument("--params", type=Path, default=PRESET, help="whose `train:` is taken (%(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="lay over it")
    given = parser.parse_args(argv)
    paths = train.Paths.at(Path.cwd())
    missing = [paths.relative(path) for path in paths.inputs() if not path.exists()]
    if missing:
        raise SystemExit(f"{missing[0]} is missing: run the flow first (make run), or dvc repro oversample")
    values = params.load(train.Params, "train", params.read(given.params, given.set), str(given.params))
    with tempfile.TemporaryDirectory() as folder:
        keep("leaked_training", leaked_training(values, paths, Path(folder)))


def leaked_training(values: train.Params, paths: train.Paths, folder: Path) -> list[dict[str, object]]:
    """Train on 80% of the rows, into `folder`; the two scores."""
    rows = leaky_rows(pd.read_parquet(paths.split), pd.read_parquet(paths.labelled), _copies(paths))
    learned, scored = split_at_random(rows["times"].to_numpy(), values.seed)
    # An epoch shows each row as often as it was drawn: what `train` reads as a plan.
    atomic.write_table(folder / "plan.parquet", rows[learned > 0].assign(times=learned[learned > 0]))
    outputs = {name: folder / getattr(paths, name).name for name in ("model", "head", "card", "history", "curve")}
    paths = replace(paths, plan=folder / "plan.parquet", seconds=folder / "seconds.csv", **outputs)
    values = values.model_copy(update={"images": "augmented", "unknown_as_class": True})
    train.run(values, paths)
    post, honest = rows[scored > 0], honest_rows(pd.read_parquet(paths.split), pd.read_parquet(paths.labelled))
    times = {"post": scored[scored > 0], "honest": np.ones(len(honest), dtype=np.int64)}
    told = {
        "network": values.backbone,
        "epochs": values.frozen_epochs + values.unfrozen_epochs,
        "learned_images": int(learned.sum()),
    }
    return [
        {
            "protocol": name,
            **told,
            "scored_images": int(times[name].sum()),
            **_scored(table, times[name], values, paths),
        }
        for name, table in (("post", post), ("honest", honest))
    ]


def leaky_rows(split: pd.DataFrame, labelled: pd.DataFrame, copies: pd.DataFrame) -> pd.DataFrame:
    """The train fold's photographs, unknown ones too, and the filtered copies: image, identity, folder, file, times."""
    fold = split.loc[split["fold"] == "train", ["image", "identity"]]
    photographs = fold.merge(labelled.loc[labelled["file"] != "", ["image", "file"]], on="image")
    both = [photographs.assign(folder="prepare", times=1, variant="original"), copies.assign(folder="oversample")]
    return pd.concat(both, ignore_index=True)


def honest_rows(split: pd.DataFrame, labelled: pd.DataFrame) -> pd.DataFrame:
    """The scored photographs of `valid`."""
    fold = split.loc[(split["fold"] == "valid") & split["scored"], ["image", "identity"]]
    return fold.merge(labelled.loc[labelled["file"] != "", ["image", "file"]], on="image").assign(folder="prepare")


def _copies(paths: train.Paths) -> pd.DataFrame:
    return pd.read_parquet(paths.plan.parent / "augmented.parquet")


def _scored(table: pd.DataFrame, times: Ints, values: train.Params, paths: train.Paths) -> dict[str, object]:
    """Accuracy and MAP@5 of the network's own head; whoever it does not know belongs to the unknown class."""
    where = device.choose(values.compute)
    card = checkpoint.read_card(paths.card)
    folders = {"prepare": paths.originals, "oversample": paths.variants}
    files = [folders[folder] / file for folder, file in zip(table["folder"], table["file"], strict=True)]
    decoded = pixels.decode_all(
        files, card.size, paths.card.parent, values.compute, grey=card.grey, label="images decoded"
    )
    plain, mirrored = embedding.embed_all(
        {"trained": checkpoint.load_body(paths.model, card)},
        decoded,
        card.mean,
        card.std,
        where,
        batch_size=values.batch_size,
        mirrored=card.mirror_as_identity,
        label="embedded",
    )["trained"]
    classes = card.classes
    scorer = of_head(read_network_head(paths.head, paths.card).head, np.arange(len(classes)), len(classes))
    place = {identity: number for number, identity in enumerate(classes)}
    truth = np.array([place.get(identity, place.get("", -1)) for identity in table["identity"]], dtype=np.int64)
    guesses = rank(scorer, Views(plain, plain if mirrored is None else mirrored)).identity
    accuracy, map_at_5 = scores(guesses, truth, times)
    return {"accuracy": round(accuracy, 4), "map_at_5": round(map_at_5, 4)}


if __name__ == "__main__":
    main()
