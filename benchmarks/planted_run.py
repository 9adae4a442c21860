"""The stages from `prepare` to `evaluate` on a raw set with planted errors, in a folder of their own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.borrowing import no_copies, originals_once
from longtail import params
from longtail.errors import LongtailError
from longtail.labels.label_csv import UNKNOWN
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.top_k import BLOCK, similarities
from longtail.stages import audit, embed, evaluate, prepare, split, train
from longtail.training import backbones, device, embedding, image_cache

CLASSIFIERS: list[evaluate.ClassifierName] = ["nearest_neighbour", "nearest_class_mean", "trained_head"]
EDITS = "image,action,value,who,when,why\n"
_DONE = "trained"


def prepared(raw: Path, root: Path, sections: Mapping[str, Any]) -> pd.DataFrame:
    """`prepare`'s table of the raw set, whose working copies lie under `root`; made once."""
    paths = prepare.Paths.at(root, "labelled")
    if not paths.table.exists():
        paths.labels.parent.mkdir(parents=True, exist_ok=True)
        for name in ("train", "train.csv"):
            (paths.labels.parent / name).symlink_to((raw / name).resolve())
        prepare.run(params.load(prepare.Params, "prepare", sections), paths)
    return pd.read_parquet(paths.table)


def trained(source: Path, labels: pd.Series, root: Path, sections: Mapping[str, Any]) -> None:
    """Everything up to the embeddings, on the photographs prepared in `source` under `labels`; made once.

    Args:
        source: the folder given to `prepared`.
        labels: the labels to learn from, by image, UNKNOWN for none of the known.
        root: where it goes.
        sections: of params.yaml.
    """
    if (root / _DONE).exists():
        return
    shutil.rmtree(root / "artifacts", ignore_errors=True)
    (root / "artifacts" / "prepare").mkdir(parents=True)
    here, there = (folder / "artifacts" / "prepare" for folder in (root, source))
    (here / "labelled").symlink_to((there / "labelled").resolve())
    table = pd.read_parquet(there / "labelled.parquet")
    table.assign(label=table["image"].map(labels).astype("str")).to_parquet(here / "labelled.parquet", index=False)
    table.head(0).to_parquet(here / "test.parquet", index=False)
    (root / "edits.csv").write_text(EDITS, encoding="utf-8")
    group(root, sections)
    originals_once(pd.read_parquet(split.Paths.at(root).split), root)
    train.run(params.load(train.Params, "train", sections), train.Paths.at(root))
    embed.run(params.load(embed.Params, "embed", sections), embed.Paths.at(root, "labelled"))
    no_copies(root)
    (root / _DONE).touch()


def group(root: Path, sections: Mapping[str, Any]) -> None:
    """`audit` and `split`, by the edits.csv that lies there."""
    audit.run(params.load(audit.Params, "audit", sections), audit.Paths.at(root))
    split.run(params.load(split.Params, "split", sections), split.Paths.at(root))


def findings(root: Path, sections: Mapping[str, Any]) -> pd.DataFrame:
    """What `audit` and `evaluate` find there, by the code as it is now."""
    group(root, sections)
    values = evaluate.Params(classifiers=CLASSIFIERS, strategies=["none"], seeds=1, resamples=100)
    evaluate.run(values, evaluate.Paths.at(root))
    files = [root / "artifacts" / stage / "findings.csv" for stage in ("audit", "evaluate")]
    return pd.concat([pd.read_csv(file, dtype="str", keep_default_na=False) for file in files], ignore_index=True)


def resembling(source: Path, sections: Mapping[str, Any]) -> pd.Series:
    """Label of the most similar photograph of another identity, by image, to the eyes of the network before training.

    Copies do not count: a photograph with the same bytes shows no look-alike.
    """
    kept = source / "resembling.parquet"
    if kept.exists():
        return pd.read_parquet(kept)["label"]
    table = pd.read_parquet(source / "artifacts" / "prepare" / "labelled.parquet")
    named = table[(table["label"] != UNKNOWN) & (table["file"] != "")]
    seen = _before_training(source, named["file"].tolist(), params.load(train.Params, "train", sections))
    names, most_similar = named["label"].to_numpy(object), []
    for start in range(0, len(seen), BLOCK):
        likeness = similarities(seen[start : start + BLOCK], seen)
        own = names[start : start + BLOCK, None] == names[None, :]
        likeness[own | (likeness > 0.999)] = -np.inf
        most_similar += names[likeness.argmax(axis=1)].tolist()
    resembled = pd.Series(most_similar, named["image"].tolist(), dtype="str", name="label")
    resembled.to_frame().to_parquet(kept)
    return resembled


def _before_training(source: Path, files: list[str], values: train.Params) -> PairedEmbeddings:
    """Embeddings, normalised, of working copies by the network that `train` starts from."""
    backbone = backbones.build(values.backbone, values.weights, values.size, values.seed, Path.cwd())
    folder = source / "artifacts" / "prepare" / "labelled"
    decoded = image_cache.decode_all(
        [folder / file for file in files], values.size, source, values.compute, grey=values.grey,
        label="look-alikes: images decoded",
    )  # fmt: skip
    plain, mirrored = embedding.embed_all(
        {"before": backbone.body.eval()}, decoded, backbone.mean, backbone.std, device.choose(values.compute),
        batch_size=values.batch_size, mirrored=True, label="look-alikes",
    )["before"]  # fmt: skip
    return PairedEmbeddings(plain, plain if mirrored is None else mirrored).normalised()


def accepted(root: Path, scratch: Path, edits: str, sections: Mapping[str, Any]) -> pd.DataFrame:
    """groups.parquet and split.parquet as one table, after `edits` (the text of edits.csv) on the run in `root`.

    Raises LongtailError where the stages refuse the edits.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "artifacts").mkdir(parents=True)
    (scratch / "artifacts" / "prepare").symlink_to((root / "artifacts" / "prepare").resolve())
    (scratch / "edits.csv").write_text(edits, encoding="utf-8")
    try:
        group(scratch, sections)
    except LongtailError as error:
        error.add_note(f"with the edits of {root}")
        raise
    folds = pd.read_parquet(split.Paths.at(scratch).split)[["image", "fold"]]
    return pd.read_parquet(audit.Paths.at(scratch).groups).merge(folds, on="image", how="left")
