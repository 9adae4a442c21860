"""One individual through all that was published: how many of its photographs each network learned from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from longtail import artifacts
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import Store
from longtail.publishing.receipt import Receipt


@dataclass(frozen=True)
class Publication:
    """What an individual was in one published submission."""

    receipt: str
    published: str
    outcome: str
    names: tuple[str, ...] = ()
    """What it was called there."""
    photographs: int = 0
    """How many of its photographs the identifier holds."""
    learned: int | None = None
    """How many of them the network learned from; None where the table that says so is not here."""
    is_unread: bool = False
    """The table of the split is not in this checkout's store, so that nothing can be said."""


def publications(checkout: Checkout, names: Collection[str]) -> list[Publication]:
    """What an individual was in each published submission.

    Args:
        checkout: the project.
        names: its present name and the former ones.

    Returns:
        A publication a receipt, the oldest first.
    """
    return [_publication(checkout.store, name, one, names) for name, one in checkout.receipts.items()]


def lines(individual: str, former: Sequence[str], published: Sequence[Publication]) -> Iterator[str]:
    """Lines about one individual.

    Args:
        individual: its present name.
        former: its former names.
        published: see `publications`.

    Yields:
        Lines.
    """
    yield individual + (f", formerly {', '.join(former)}" if former else "")
    for one in published:
        yield f"{one.receipt}  {one.outcome}: {role(one)}"


def role(one: Publication) -> str:
    """What an individual was in a publication, in words."""
    if one.is_unread:
        return "its table is not in this checkout's store (dvc pull)"
    if not one.photographs:
        return "not among its individuals"
    learned = "unknown how many of them were" if one.learned is None else f"{one.learned:,} of them"
    return f"as {', '.join(one.names)}, {one.photographs:,} photographs held, {learned} learned from"


def _publication(store: Store, name: str, receipt: Receipt, names: Collection[str]) -> Publication:
    split = _table(store, receipt.artifacts.get(artifacts.SPLIT, "none"), ("image", "identity", "fold", "class_count"))
    if split is None:
        return Publication(name, receipt.published, receipt.outcome, is_unread=True)
    own = split[split["identity"].isin(names) & (split["fold"] != "left_out")]
    called = tuple(sorted(set(own["identity"])))
    return Publication(name, receipt.published, receipt.outcome, called, len(own), _learned(store, receipt, own))


def _learned(store: Store, receipt: Receipt, own: pd.DataFrame) -> int | None:
    """How many of the photographs the network has seen; receipts of older versions name no table that says so."""
    if artifacts.LEARNED_FROM in receipt.artifacts:
        seen = _table(store, receipt.artifacts[artifacts.LEARNED_FROM], ("image",))
        return None if seen is None else int(own["image"].isin(seen["image"]).sum())
    least = receipt.params["values"].get("train", {}).get("min_groups", 1)
    return int(((own["fold"] == "train") & (own["class_count"] >= least)).sum())


def _table(store: Store, md5: str, columns: tuple[str, ...]) -> pd.DataFrame | None:
    stored = store.verified_object(md5)
    return pd.read_parquet(stored, columns=list(columns)) if stored else None
