"""Train and valid set of a training, from the tables that say which images it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from longtail.training import image_cache, train_rows, warm
from longtail.training.dataloaders import ImageDataset, with_mirror_images


def build_datasets(
    split: pd.DataFrame,
    labelled: pd.DataFrame,
    plan: pd.DataFrame,
    folders: Mapping[str, Path],
    scratch: Path,
    params: Any,
    folds: Sequence[str] = train_rows.TRAIN_FOLD,
    before: pd.DataFrame | None = None,
) -> tuple[ImageDataset, ImageDataset, pd.DataFrame, int]:
    """Decode every file once, and list what is shown of it.

    Args:
        split: as in split.parquet.
        labelled: `prepare`'s table of labelled photographs.
        plan: as in plan.parquet.
        folders: of the images, by `folder` of the plan.
        scratch: where the pixels lie while they are used.
        params: `train:` of params.yaml.
        folds: what is learned from; of EVERY_FOLD nothing is left for a valid set.
        before: what an ancestor has learned, of which a share is shown in an epoch (`train.replay_share`); None from
            scratch.

    Returns:
        Train and valid set, the rows of the train set, and how many identities are excluded.
    """
    unknown = {"unknown_as_class": params.unknown_as_class}
    every = train_rows.train_rows(split, labelled, plan, params.images, **unknown, folds=folds)
    counted = split if folds == train_rows.TRAIN_FOLD else train_rows.with_counts_of(split, folds)
    learned = train_rows.filter_min_groups(every, counted, params.min_groups)
    classes = train_rows.classes_of(learned)
    unseen = split[~split["fold"].isin(folds)]
    validated = train_rows.valid_rows(unseen, labelled, classes)
    both = pd.concat([learned, validated], ignore_index=True)
    pixel_rows, files = pd.factorize(pd.MultiIndex.from_frame(both[["folder", "file"]]))
    images = [folders[folder] / file for folder, file in files]
    label = "train: images decoded"
    decoded = image_cache.decode_all(images, params.size, scratch, params.compute, grey=params.grey, label=label)
    targets = np.asarray(pd.Categorical(both["identity"], classes).codes, np.int64)
    repeats, n = learned["repeats"].to_numpy(), len(learned)
    replay: dict[str, Any] = {}
    if before is not None:
        known = warm.is_known(learned, labelled, before).repeat(repeats)
        replay = {"known": known, "replayed": warm.replayed(known, params.replay_share)}
    train_set = ImageDataset(
        decoded, pixel_rows[:n].repeat(repeats), targets[:n].repeat(repeats), split_idx=0, **replay
    )
    if params.mirror_as_identity:
        train_set = with_mirror_images(train_set, len(classes))
    valid_set = ImageDataset(decoded, pixel_rows[n:], targets[n:], split_idx=1)
    return train_set, valid_set, learned, len(train_rows.classes_of(every)) - len(classes)
