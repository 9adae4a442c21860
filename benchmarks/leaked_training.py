"""A whole training by the 2019 post's protocol: its leaked accuracy beside what the same network knows in truth.

The post wrote filtered copies first and split at random afterwards. Here the train fold's photographs, their copies and
those of unknown label (one more class) are mixed, 80% are trained on, and the network is scored by its own head on the
other 20%, as the post did, and on the photographs of `valid`, whose groups are nowhere in the rows; these once more by
`evaluate`'s protocol, with its own head and with the nearest neighbour. Run it where the stages up to `oversample` have
run:

    python -m benchmarks.leaked_training                                        # presets/post.yaml: wants a GPU
    python -m benchmarks.leaked_training --set train.backbone=efficientnet_lite0 --set train.weights=package \
        --set train.size=96
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.borrowing import SCORES, borrow, scored
from benchmarks.measuring import keep
from longtail import atomic, params
from longtail.evaluation.leakage_demo import scores, split_at_random
from longtail.recognition.classifiers.base import head_classifier
from longtail.recognition.classifiers.trained_head import read_trained_head
from longtail.recognition.embeddings import Ints, PairedEmbeddings
from longtail.recognition.top_k import rank
from longtail.stages import embed, train
from longtail.training import checkpoint, device, embedding, image_cache

PRESET = Path("presets/post.yaml")


def main(argv: Sequence[str] | None = None) -> None:
    """Train by the post's protocol in this checkout, keep both scores."""
    parser = argparse.ArgumentParser(prog="benchmarks.leaked_training", description=__doc__.split("\n")[0])
    parser.add_argument("--params", type=Path, default=PRESET, help="whose `train:` is taken (%(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="lay over it")
    options = parser.parse_args(argv)
    here = train.Paths.at(Path.cwd())
    missing = [here.relative(path) for path in here.inputs() if path != here.ancestor and not path.exists()]
    if missing:
        raise SystemExit(f"{missing[0]} is missing: run the flow first (make run), or dvc repro oversample")
    values = params.load(train.Params, "train", params.read(options.params, options.set), str(options.params))
    with tempfile.TemporaryDirectory() as folder:
        keep("leaked_training", leaked_training(values, Path.cwd(), Path(folder)))


def leaked_training(values: train.Params, here: Path, root: Path) -> list[dict[str, object]]:
    """Train on 80% of the rows of the checkout `here`, into `root`; a row for each way of scoring the network."""
    split = borrow(here, root)
    paths = train.Paths.at(root)
    paths.variants.parent.mkdir()
    paths.variants.symlink_to(train.Paths.at(here).variants)
    labelled = pd.read_parquet(paths.labelled)
    rows = leaky_rows(split, labelled, pd.read_parquet(here / "artifacts/oversample/augmented.parquet"))
    learned, drawn = split_at_random(rows["repeats"].to_numpy(), values.seed)
    # An epoch shows each row as often as it was drawn: what `train` reads as a plan.
    atomic.write_table(paths.plan, rows[learned > 0].assign(repeats=learned[learned > 0]))
    values = values.model_copy(update={"images": "augmented", "unknown_as_class": True})
    train.run(values, paths)
    epochs = values.frozen_epochs + values.unfrozen_epochs
    common = {"network": values.backbone, "epochs": epochs, "image_passes": int(learned.sum()) * epochs}
    honest = honest_rows(split, labelled)
    post = _scored(rows[drawn > 0], drawn[drawn > 0], values, paths)
    own = _scored(honest, np.ones(len(honest), dtype=np.int64), values, paths)
    scores: list[dict[str, object]] = [
        common | {"scored": "post: drawn at random", "images": int(drawn.sum())} | post,
        common | {"scored": "honest: valid, new_whale as a class", "images": len(honest)} | own,
    ]
    table = scored(root, embed.Params(compute=values.compute), ["trained_head", "nearest_neighbour"])
    for row in table.round(4).to_dict("records"):
        protocol = f"honest: valid, {row.pop('classifier')} {row.pop('strategy')} with our threshold"
        scores.append(common | {"scored": protocol, "images": len(honest)} | {str(key): row[key] for key in row})
    columns = dict.fromkeys([*common, "scored", "images", "accuracy", "map_at_5", *SCORES], "")
    return [columns | row for row in scores]


def leaky_rows(split: pd.DataFrame, labelled: pd.DataFrame, copies: pd.DataFrame) -> pd.DataFrame:
    """The train fold's photographs, unknown ones too, and the filtered copies: image, identity, folder, file, times."""
    fold = split.loc[split["fold"] == "train", ["image", "identity"]]
    photographs = fold.merge(labelled.loc[labelled["file"] != "", ["image", "file"]], on="image")
    both = [photographs.assign(folder="prepare", repeats=1, variant="original"), copies.assign(folder="oversample")]
    return pd.concat(both, ignore_index=True)


def honest_rows(split: pd.DataFrame, labelled: pd.DataFrame) -> pd.DataFrame:
    """The scored photographs of `valid`."""
    fold = split.loc[(split["fold"] == "valid") & split["scored"], ["image", "identity"]]
    return fold.merge(labelled.loc[labelled["file"] != "", ["image", "file"]], on="image").assign(folder="prepare")


def _scored(table: pd.DataFrame, times: Ints, values: train.Params, paths: train.Paths) -> dict[str, object]:
    """Accuracy and MAP@5 of the network's own head; whoever it does not know belongs to the unknown class."""
    where = device.choose(values.compute)
    card = checkpoint.read_card(paths.card)
    folders = {"prepare": paths.originals, "oversample": paths.variants}
    files = [folders[folder] / file for folder, file in zip(table["folder"], table["file"], strict=True)]
    decoded = image_cache.decode_all(
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
    scorer = head_classifier(read_trained_head(paths.head, paths.card).head, np.arange(len(classes)), len(classes))
    number_of = {identity: number for number, identity in enumerate(classes)}
    truth = np.array([number_of.get(identity, number_of.get("", -1)) for identity in table["identity"]], dtype=np.int64)
    guesses = rank(scorer, PairedEmbeddings(plain, plain if mirrored is None else mirrored)).identity
    accuracy, map_at_5 = scores(guesses, truth, times)
    return {"accuracy": round(accuracy, 4), "map_at_5": round(map_at_5, 4)}


if __name__ == "__main__":
    main()
