"""The three tables that the expectations check: a row a labelled photograph, a file, an identity.

The added columns hold what an expectation cannot see by itself: whether a file is there, which
other spelling an identity has. A value that is not to be judged is missing, since Great Expectations skips those.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import PurePosixPath

import pandas as pd

from longtail.errors import format_examples
from longtail.labels.boxes import Box, photograph_of
from longtail.labels.dates import days_of
from longtail.labels.frequency import class_counts
from longtail.labels.traits import BETWEEN
from longtail.names import OWN_NAME

TWINS = ("case_twins", "number_twins", "species_twins")
"""Columns that list an identity's other spellings, each in quotes."""

_NUMBER = re.compile(r"[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")


def validation_tables(
    as_written: pd.DataFrame,
    identities: pd.Series,
    unknown_label: str,
    files: Sequence[str],
    boxes: Mapping[str, Box] | None = None,
) -> dict[str, pd.DataFrame]:
    """The tables by name.

    Args:
        as_written: what `label_csv.read_as_written` gives.
        identities: what `label_csv.identities_of` makes of its labels.
        unknown_label: the label that says 'none of the known'; `""` where there is none.
        files: names of the photographs in the folder.
        boxes: those of the table (`boxes.read_boxes`); None: it has none.

    Returns:
        `labels`: image, identity (as written; missing where blank), row, is_unknown (0 or 1), file_exists,
        nearest_file, case_twins, number_twins; where the table has dates also unread_date (as written where it cannot
        be read, else missing); side, species (missing where not known), lone_species, species_twins.
        `files`: image, has_row. `identities`: identity, photographs,
        seen_once (0 or 1), share (of the named photographs).
    """
    labels = pd.DataFrame({"image": as_written["image"], "identity": as_written["label"], "row": as_written["row"]})
    for column in ("image", "identity"):
        labels[column] = labels[column].mask(labels[column].str.strip() == "")
    identity = labels["identity"]
    is_unknown = (identity == unknown_label) & (unknown_label != "")
    labels["is_unknown"] = is_unknown.fillna(False).astype("int64")
    labels["case_twins"] = _twins(identity, _folded)
    labels["number_twins"] = _twins(identity, _as_number)
    for name in [name for name in ("side", "species") if name in as_written]:
        labels[name] = as_written[name].mask(as_written[name] == "")
    if "species" in labels:
        species = labels["species"]
        labels["lone_species"] = species.astype("object").where(~species.duplicated(keep=False), None)
        labels["species_twins"] = _names_of_several_species(identity.mask(is_unknown), species)
    is_own = labels["image"].str.match(OWN_NAME, na=False)
    present = {name for name in files if printable(name) == name}  # a table in UTF-8 cannot name the others
    # As objects: on Arrow's strings isin takes six times as long, and a missing one is no text.
    photograph = labels["image"].astype("object").where(labels["image"].notna(), "")
    photograph = photograph.map(lambda image: photograph_of(image, boxes)) if boxes else photograph
    labels["file_exists"] = photograph.isin(present).astype("object").where(is_own, None)
    if "date" in as_written:
        labels["unread_date"] = as_written["date"].astype("object").where(days_of(as_written["date"]).isna(), None)
    labels["nearest_file"] = _nearest(photograph.where(labels["file_exists"].eq(False)), sorted(present))
    return {
        "labels": labels,
        "files": pd.DataFrame(
            {
                "image": pd.Series([printable(name) for name in files], dtype="str"),
                "has_row": pd.Series(files, dtype="object").isin(set(photograph)),
            }
        ),
        "identities": _identities(identities[identity.notna()]),
    }


def printable(name: str) -> str:
    """A file name as text that can be written down, even where its bytes are not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _identities(labels: pd.Series) -> pd.DataFrame:
    counts = class_counts(labels)
    return pd.DataFrame(
        {
            "identity": counts.index,
            "photographs": counts.to_numpy(),
            "seen_once": (counts == 1).astype("int64").to_numpy(),
            "share": (counts / max(1, counts.sum())).to_numpy(),
        }
    )


def _twins(identity: pd.Series, key: Callable[[str], Hashable]) -> pd.Series:
    """For each identity the spellings that mean the same by `key`, where there are several; else missing."""
    alike: dict[Hashable, list[str]] = defaultdict(list)
    for name in sorted(identity.dropna().unique()):
        alike[key(name)].append(name)
    spellings = {
        name: format_examples(map(repr, names), 4)
        for same, names in alike.items()
        if same is not None and len(names) > 1
        for name in names
    }
    return identity.map(spellings).astype("object").where(identity.isin(spellings), None)


def _names_of_several_species(identity: pd.Series, species: pd.Series) -> pd.Series:
    """For each identity its name with each of its species, where there are several; else missing."""
    pairs = (
        pd.DataFrame({"name": identity, "species": species}).dropna().drop_duplicates().sort_values(["name", "species"])
    )
    shared = pairs[pairs["name"].duplicated(keep=False)]
    names = {
        name: format_examples([repr(f"{name}{BETWEEN}{one}") for one in of_name], 4)
        for name, of_name in shared.groupby("name")["species"]
    }
    return identity.map(names).astype("object").where(identity.isin(names), None)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _as_number(name: str) -> Decimal | None:
    return Decimal(name.strip()) if _NUMBER.fullmatch(name.strip()) else None


def _nearest(missing: pd.Series, files: Iterable[str]) -> pd.Series:
    """For each missing image a file whose name differs in case or ending alone, if there is one."""
    if not missing.notna().any():
        return pd.Series(None, index=missing.index, dtype="object")
    by_name: dict[str, str] = {}
    for file in files:
        by_name.setdefault(PurePosixPath(file).stem.casefold(), file)
        by_name[file.casefold()] = file

    def nearest(image: str) -> str | None:
        folded = image.strip().casefold()
        return by_name.get(folded) or by_name.get(PurePosixPath(folded).stem)

    nearest_files = [nearest(image) if isinstance(image, str) else None for image in missing]
    return pd.Series(nearest_files, index=missing.index, dtype="object")
