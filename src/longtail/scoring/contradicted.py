"""Photographs that all their neighbours contradict: the nearest groups agree on another identity, the own one is far.

Every photograph is compared with all groups but its own (copies and bursts would speak for each other), whatever fold
they lie in. In the spirit of Wilson 1972, "Asymptotic properties of nearest neighbor rules using edited data", with a
stricter vote: all of the nearest must agree, and the nearest be as near as photographs of one identity usually are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from longtail.scoring.candidates import BLOCK, NONE, similarities
from longtail.scoring.folds import numbers_of, rows_of
from longtail.scoring.views import Floats, Ints, Views

VOTES = 3
"""Groups that have to agree; both, where the other identity has no more than two. One is no evidence."""
_NEAR, _ALONE, _FAR = 0.05, 0.25, 0.25
"""Quantiles of what is usual between a photograph and the nearest other groups of its identity. The last group asked is
at least `_NEAR` as near as their last; the first one `_ALONE` as their first, where the label has no photograph of its
own to speak for it; the own identity's first is at most `_FAR` as near."""


@dataclass(frozen=True)
class Neighbours:
    """Of n photographs: the identity that the nearest groups agree on, and how near it and the own one are."""

    agreed: Ints  # (n,), NONE where they do not agree
    votes: Ints  # (n,), how many groups were asked
    nearest: Floats  # (n,), similarity of the nearest of them
    weakest: Floats  # (n,), and of the last one asked
    own: Floats  # (n,), of the own identity's nearest other group; -inf where there is none
    own_weakest: Floats  # (n,), and of the last of its nearest, as many as are asked


def likely_errors(split: pd.DataFrame, index: pd.DataFrame, embeddings: Views, limit: int) -> pd.DataFrame:
    """The photographs whose label is likely wrong, the most striking first, at most `limit`.

    Columns: image, identity (as labelled, `""` is unknown), agreed (identity), other (its nearest photograph), votes,
    nearest, weakest, own (similarities; own is NaN where the identity has no other group).

    Usual is told apart by fold: the network has seen the labels of the train fold, and draws its photographs together
    whatever they show. So it hides errors there; those of valid are told without having been learned.
    """
    table = split[split["fold"] != "left_out"].assign(row=rows_of(split["image"], index)[split["fold"] != "left_out"])
    table = table[table["row"] >= 0].sort_values("image", ignore_index=True)
    named = table[table["identity"] != ""].sort_values(["identity", "group", "image"], ignore_index=True)
    asked = table.drop_duplicates(["group", "identity"]).reset_index(drop=True)
    identities = sorted(set(named["identity"]))
    if len(identities) < 2:
        return _table(asked.iloc[:0], asked.iloc[:0].assign(agreed="", other=""), np.empty((4, 0)))
    views = embeddings[asked["row"].to_numpy(np.int64)].normalised()
    gallery = embeddings[named["row"].to_numpy(np.int64)].normalised()
    found = neighbours(asked, named, views, gallery, identities)
    rows = _striking(found, asked["fold"] == "valid")[:limit]
    chosen = asked.iloc[rows]
    agreed = [identities[number] for number in found.agreed[rows]]
    other = _nearest_of(agreed, chosen, named, views[rows], gallery)
    figures = np.stack([found.votes[rows], found.nearest[rows], found.weakest[rows], found.own[rows]])
    return _table(chosen, chosen.assign(agreed=agreed, other=other), figures)


def neighbours(
    asked: pd.DataFrame, named: pd.DataFrame, views: Views, gallery: Views, identities: list[str]
) -> Neighbours:
    """Ask the nearest groups about every photograph.

    Args:
        asked: group, identity of the n photographs.
        named: the same of the gallery's, sorted by identity and group.
        views: (n, d), normalised.
        gallery: (m, d), normalised.
        identities: all names in `named`, sorted.
    """
    groups = named.drop_duplicates(["identity", "group"])
    starts, number = groups.index.to_numpy(np.int64), numbers_of(groups["identity"], identities)
    votes_of = np.minimum(np.bincount(number, minlength=len(identities)), VOTES)
    names = {name: place for place, name in enumerate(sorted({*asked["group"], *named["group"]}))}
    group, own_group = (table["group"].map(names).to_numpy(np.int64) for table in (groups, asked))
    own_number = numbers_of(asked["identity"], identities)
    found = Neighbours(*(np.full(len(asked), NONE) for _ in range(2)), *np.full((4, len(asked)), -np.inf, np.float32))
    for start in range(0, len(asked), BLOCK):
        block = slice(start, min(start + BLOCK, len(asked)))
        likeness = np.maximum.reduceat(similarities(views[block], gallery), starts, axis=1)
        likeness[own_group[block, None] == group[None, :]] = -np.inf
        rows = np.arange(len(likeness))[:, None]
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :VOTES]
        voted, near = number[order], likeness[rows, order]
        votes = votes_of[voted[:, 0]]
        past = np.arange(voted.shape[1])[None, :] >= votes[:, None]
        agree = ((voted == voted[:, :1]) | past).all(axis=1) & (votes >= 2) & (votes <= voted.shape[1])
        agree &= (voted[:, 0] != own_number[block]) & np.isfinite(np.where(past, 0.0, near)).all(axis=1)
        found.agreed[block] = np.where(agree, voted[:, 0], NONE)
        found.votes[block] = votes
        found.nearest[block] = near[:, 0]
        found.weakest[block] = near[rows[:, 0], np.minimum(votes, voted.shape[1]) - 1]
        own = np.where(own_number[block, None] == number[None, :], likeness, -np.inf)
        own = -np.sort(-own, axis=1)[:, :VOTES]
        found.own[block] = own[:, 0]
        found.own_weakest[block] = np.where(np.isfinite(own), own, np.inf).min(axis=1)
    return found


def _striking(found: Neighbours, valid: pd.Series) -> Ints:
    """Rows whose neighbours agree, near, while the own identity is far; those that gain most first."""
    striking, gain = np.zeros(len(found.agreed), dtype=bool), np.zeros(len(found.agreed))
    for fold in (valid.to_numpy(), ~valid.to_numpy()):
        has_own = np.isfinite(found.own)
        usual = fold & has_own
        if not usual.any():
            continue
        near = np.quantile(found.own_weakest[usual], _NEAR)
        alone, far = np.quantile(found.own[usual], (_ALONE, _FAR))
        own = np.where(has_own, found.own, far)
        agree = (found.agreed != NONE) & (found.weakest >= near) & (has_own | (found.nearest >= alone))
        striking |= fold & agree & (own <= far)
        gain[fold] = (found.weakest - own)[fold]
    rows = np.flatnonzero(striking)
    return np.asarray(rows[np.argsort(-gain[rows], kind="stable")])


def _nearest_of(
    agreed: list[str], chosen: pd.DataFrame, named: pd.DataFrame, views: Views, gallery: Views
) -> list[str]:
    """The photograph of each agreed identity that is most like the chosen one, of another group."""
    found = []
    for place, (identity, group) in enumerate(zip(agreed, chosen["group"], strict=True)):
        rows = np.flatnonzero((named["identity"] == identity) & (named["group"] != group))
        [likeness] = similarities(views[slice(place, place + 1)], gallery[rows])
        found.append(str(named["image"].iloc[rows[likeness.argmax()]]))
    return found


def _table(chosen: pd.DataFrame, said: pd.DataFrame, figures: np.ndarray) -> pd.DataFrame:
    votes, nearest, weakest, own = figures
    return said[["image", "identity", "agreed", "other"]].assign(
        votes=votes.astype(np.int64),
        nearest=nearest,
        weakest=weakest,
        own=np.where(np.isfinite(own), own, np.nan),
    )
