"""An identity without a photograph in use is told with the reason, whatever it is."""

from __future__ import annotations

import pandas as pd

from longtail.splitting.edits import Edits
from longtail.splitting.groups import group_photographs
from longtail.splitting.lost_identities import find_lost
from tests.splitting.making import Photo, prepared

NO_PAIRS = pd.DataFrame({"first": [], "second": [], "difference": [], "similarity": []}).astype(
    {"first": "str", "second": "str"}
)


def told(photos: list[Photo], edits: Edits = Edits()) -> list[str]:  # noqa: B008
    labelled = prepared(photos)
    kept = labelled[(labelled["error"] == "") & ~labelled["image"].isin(edits.drop)]
    return [str(one) for one in find_lost(labelled, group_photographs(kept, NO_PAIRS, edits).photographs, edits)]


def test_each_reason_is_named() -> None:
    photos = [
        Photo("a", "in_conflict", 1),
        Photo("b", "rival", 1),
        Photo("c", "rival", 2),
        Photo("d", "broken", error="truncated"),
        Photo("e", "dropped", 3),
        Photo("f", "renamed", 4),
        Photo("g", "mixed", error="truncated"),
        Photo("h", "mixed", 5),
        Photo("i", "mixed", 6),
    ]
    edits = Edits(relabel={"f": "rival"}, drop=frozenset({"e", "h", "i"}))
    assert told(photos, edits) == [
        "broken (1 unreadable)",
        "dropped (1 dropped)",
        "in_conflict (1 in conflict with another identity)",
        "mixed (2 dropped, 1 unreadable)",
        "renamed (1 relabelled)",
    ]


def test_who_has_another_name_now_is_not_lost() -> None:
    photos = [Photo("a", "w", 1), Photo("b", "v", 2), Photo("c", "u", 3), Photo("d", "", 4)]
    edits = Edits(present={"w": "v", "u": "x"}, named={"d": "y"}, drop=frozenset({"c"}))
    assert told(photos, edits) == ["u (1 dropped)"]


def test_who_keeps_a_photograph_is_not_lost_and_unknown_is_nobody() -> None:
    assert told([Photo("a", "w", 1), Photo("b", "w", error="truncated"), Photo("c", "", error="truncated")]) == []


def test_a_name_that_an_unknown_copy_bears_is_not_lost() -> None:
    """The labelled photograph is dropped, and somebody relabelled another one with its name."""
    photos = [Photo("a", "w", 1), Photo("b", "", 2)]
    assert told(photos, Edits(relabel={"b": "w"}, drop=frozenset({"a"}))) == []
