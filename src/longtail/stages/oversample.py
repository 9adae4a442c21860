"""Plan the oversampling, then write the filtered copies of rare identities.

Reads: the folds, the table and the working copies (or the originals) of the labelled photographs.
Writes: the plan (which photograph, which variant, how often) and the threshold variants, equal pictures once.
Fails on: a photograph of the train fold that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.compute import run_all
from longtail.errors import BadInput, Problem, counted
from longtail.names import PHOTOGRAPH_MD5
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary
from longtail.sampling.plan import ORIGINAL, PlanParams, Strategy, plan
from longtail.sampling.stored import Layout, drop_equal_images, with_file_names

_PLAN = ["image", "identity", "variant", "repeats", "folder", "file"]
_AUGMENTED = ["file", "image", "identity", "variant", "repeats"]


class Params(StageParams):
    """`oversample:` in params.yaml."""

    strategy: Strategy = Field(
        "augmented_oversampling",
        description="augmented_oversampling, random_oversampling, random_undersampling or none",
    )
    min_count: int = Field(10, ge=1, description="identities with fewer groups than this are minority classes")
    max_count: int = Field(5, ge=1, description="random_undersampling: photographs an identity keeps at most")
    passes: int = Field(
        2, ge=1, le=100, description="augmented_oversampling: how often each variant is learned from in an epoch"
    )
    source: Literal["working", "originals"] = Field(
        "working", description="what is filtered: working copies, or the photographs in their own size"
    )
    layout: Layout = Field(
        "distinct",
        description="distinct: equal pictures once; legacy_2019: ten files a photograph, as the 2019 script wrote",
    )
    quality: int = Field(95, ge=1, le=100, description="JPEG quality of the variants")
    seed: int = Field(0, ge=0, description="random_undersampling: which photographs are kept")
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What `oversample` reads and writes."""

    split: Path = reads("artifacts/split/split.parquet")
    labelled: Path = reads("artifacts/prepare/labelled.parquet")
    copies: Path = reads("artifacts/prepare/labelled")
    originals: Path = reads("data/raw/train")
    plan: Path = writes("artifacts/oversample/plan.parquet")
    augmented: Path = writes("artifacts/oversample/augmented.parquet")
    images: Path = writes("artifacts/oversample/images")


def run(params: Params, paths: Paths) -> Summary:
    """Plan for the train fold; make the variants of `augmented_oversampling`, whatever the strategy.

    Args:
        params: `oversample:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of rows and variants.
    """
    train = _train_fold(params, paths)
    chosen = PlanParams(params.strategy, params.min_count, params.max_count, params.passes, params.seed)
    threshold = _with_files(plan(train, replace(chosen, strategy="augmented_oversampling")), train)
    variants = with_file_names(threshold[threshold["variant"] != ORIGINAL], params.layout)
    with atomic.replacing_folder(paths.images) as images:
        augmented = _augmented(variants, images, params, paths)
        originals = (
            threshold if params.strategy == "augmented_oversampling" else _with_files(plan(train, chosen), train)
        )
        rows = originals[originals["variant"] == ORIGINAL].assign(folder="prepare")
        if params.strategy == "augmented_oversampling":
            added = augmented.assign(folder="oversample", file=augmented["name"])
            rows = pd.concat([rows[_PLAN], added[_PLAN]]).sort_values("image", kind="stable")
        atomic.write_table(paths.plan, rows[_PLAN].reset_index(drop=True))
        table = augmented.assign(file=augmented["name"])[_AUGMENTED].sort_values("file")
        atomic.write_table(paths.augmented, table.reset_index(drop=True))
    return _summary(params, train, rows, augmented)


def _train_fold(params: Params, paths: Paths) -> pd.DataFrame:
    """The train fold, by image: image, identity, class_count, file, is_grey, pixels (of the original).

    Returns:
        A row a photograph.

    Raises:
        BadInput: a photograph has no working copy; originals are to be filtered of a set with boxes.
    """
    split = pd.read_parquet(paths.split)
    if params.layout == "legacy_2019":  # the 2019 script counted photographs, over the whole table
        split["class_count"] = split.groupby("identity")["image"].transform("size")
    train = split.loc[split["fold"] == "train", ["image", "identity", "class_count"]]
    if params.source == "originals":
        _refuse_boxes(pd.read_parquet(paths.labelled))
    files = pd.read_parquet(paths.labelled, columns=["image", "file", "is_grey", "width", "height"])
    files["pixels"] = files.pop("width") * files.pop("height")
    train = train.merge(files, on="image", how="left", validate="one_to_one").sort_values("image", ignore_index=True)
    without = train[train["file"].fillna("") == ""]
    if len(without):
        raise BadInput(_stale("photograph of the train fold without a working copy", list(without["image"]), paths))
    return train


def _refuse_boxes(labelled: pd.DataFrame) -> None:
    if PHOTOGRAPH_MD5 in labelled.columns:
        cut = labelled[labelled[PHOTOGRAPH_MD5] != labelled["md5"]]
        remedy = "Set oversample.source: working, which filters what was cut from them."
        example = str(cut["image"].iloc[0]) if len(cut) else ""
        raise BadInput(Problem("photograph with a box, which no original shows alone", remedy, "", len(cut), example))


def _with_files(rows: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    return rows.merge(train[["image", "file", "is_grey", "pixels"]], on="image", how="left", validate="many_to_one")


def _augmented(variants: pd.DataFrame, images: Path, params: Params, paths: Paths) -> pd.DataFrame:
    """Make the pictures of `variants` in the folder `images`.

    Returns:
        The rows that are kept.

    Raises:
        BadInput: a photograph cannot be opened.
    """
    from longtail.images.augmenting import Job, augment
    from longtail.images.broken_image import BrokenImageError

    every = params.layout == "legacy_2019"
    read, column = (paths.copies, "file") if params.source == "working" else (paths.originals, "image")
    jobs = [
        Job(
            file=str(rows[column].iloc[0]),
            max_pixels=int(rows["pixels"].iloc[0]) if params.source == "originals" else 0,
            as_grey=bool(rows["is_grey"].iloc[0]) and not every,  # the script made three of them
            wanted=tuple(zip(rows["variant"], rows["name"], strict=True)),
        )
        for _, rows in variants.groupby("image", sort=False)
    ]
    work = partial(augment, photographs=read, target=images, quality=params.quality, every=every)
    content: list[str] = []
    try:
        for hashes in run_all(work, jobs, params.compute, "oversample", distributed=True):
            content += hashes
    except BrokenImageError as error:
        raise BadInput(_stale(f"photograph that cannot be opened ({error})", [], paths)) from error
    variants = variants.assign(content=pd.Series(content, index=variants.index, dtype="str"))
    if every:
        return variants
    kept = drop_equal_images(variants)
    for name in set(variants["name"]) - set(kept["name"]):
        (images / name).unlink(missing_ok=True)  # equal to another photograph's, or never written
    return kept


def _stale(what: str, images: list[str], paths: Paths) -> Problem:
    remedy = "Make it again: longtail prepare --part labelled"
    example = images[0] if images else ""
    return Problem(what, remedy, where=paths.relative(paths.copies), count=max(1, len(images)), example=example)


def _summary(params: Params, train: pd.DataFrame, rows: pd.DataFrame, augmented: pd.DataFrame) -> Summary:
    facts = {
        "strategy": params.strategy,
        "photographs": len(train),
        "rows": len(rows),
        "views": int(rows["repeats"].sum()),
        "variants_stored": len(augmented),
        "variants_planned": int(augmented["repeats"].sum()),
        "identities_oversampled": int(augmented["identity"].nunique()),
    }
    variants = f"{facts['variants_stored']:,} variants stored for {facts['variants_planned']:,}"
    if not len(augmented):
        variants = f"no identity lies under min_count ({params.min_count}): there is no variant to make"
    seen = f"{counted(facts['photographs'], 'photograph')}, {counted(facts['views'], 'view')} an epoch"
    return Summary(f"{params.strategy}: {seen}; {variants}", facts)
