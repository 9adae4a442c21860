"""findings.csv of audit: what a person should know about the photographs, a row a finding.

Every value is text; `distance` is a mean grey difference (of the pictures moved onto each other, gain and
offset taken out), `""` where there is none. UNKNOWN labels are `""`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from longtail.labels.findings import findings_table
from longtail.labels.label_csv import UNKNOWN
from longtail.labels.measured import may_relabel
from longtail.splitting.groups import Grouping

Row = dict[str, str]


def findings(
    labelled: pd.DataFrame,
    test: pd.DataFrame,
    grouped: Grouping,
    size_outlier_factor: float,
    further: Iterable[Row] = (),
) -> pd.DataFrame:
    """All findings, warnings first, then by kind and image.

    Args:
        labelled: `prepare`'s table of the labelled photographs.
        test: `prepare`'s table of the test photographs: only those that cannot be read are found here; what they show
            stands in `test_matches`.
        grouped: what grouping made of the labelled ones.
        size_outlier_factor: see `_odd_sizes`.
        further: findings about sides and species (`trait_findings`).

    Returns:
        The columns of findings.csv.
    """
    readable = labelled[labelled["error"] == ""]
    rows = [
        *_exact_duplicates(grouped),
        *_near_duplicates(grouped),
        *_conflicts(grouped),
        *_idle_edits(grouped),
        *(_row("broken", "warning", row, detail=row.error) for row in _of(labelled[labelled["error"] != ""])),
        *(
            _row("broken", "warning", row, detail=f"test photograph: {row.error}")
            for row in _of(test[test["error"] != ""].assign(label=UNKNOWN, row=""))
        ),
        *(_row("grey", "info", row, detail=f"mode {row.mode}") for row in _of(readable[readable["is_grey"]])),
        *(
            _row("tinted", "info", row, detail=f"{row.channel} alone carries the picture")
            for row in _of(readable[readable["channel"] != ""])
        ),
        *_odd_sizes(readable, size_outlier_factor),
        *further,
    ]
    return findings_table(
        rows, dict(zip([*labelled["image"], *test["image"]], [*labelled["md5"], *test["md5"]], strict=True))
    )


def _exact_duplicates(grouped: Grouping) -> Iterator[Row]:
    table = grouped.photographs
    for _, copies in table[table["md5"].duplicated(keep=False)].groupby("md5", sort=True):
        first, *others = _of(copies)
        for other in others:
            yield _row("exact_duplicate", "info", first, other, distance=0.0, detail="the same bytes")


def _near_duplicates(grouped: Grouping) -> Iterator[Row]:
    """A row a pair of file contents, the first photograph of each standing for its copies.

    They stay in one group without anybody's help, so nothing is proposed.

    Yields:
        A row a finding.
    """
    one = {row.md5: row for row in _of(grouped.photographs.drop_duplicates("md5"))}
    for pair in _of(grouped.near):
        first, other = sorted((one[pair.first], one[pair.second]), key=lambda row: str(row.image))
        yield _row("near_duplicate", "info", first, other, distance=pair.difference, detail="alike to the pixels")


def _conflicts(grouped: Grouping) -> Iterator[Row]:
    """A row two names on one picture, and a row an unknown-labelled photograph whose picture has a name.

    Copies of equal bytes and equal name have a row each: all of them would have to be relabelled. Which name is
    right the pixels do not say: `evaluate` asks the neighbours of both, and proposes.

    Yields:
        A row a finding.
    """
    table = grouped.photographs
    of = {row.image: row for row in _of(table)}
    rival = {one: other for pair in reversed(grouped.conflicting_pairs) for one, other in (pair, pair[::-1])}
    heads = table[table["image"].isin(rival)].set_index(["md5", "own"])["image"]
    copies = [
        (rival[heads[row.md5, row.own]], row.image)
        for row in _of(table[table["conflict"] & ~table["image"].isin(rival)])
        if (row.md5, row.own) in heads.index
    ]
    for first, second in [*grouped.conflicting_pairs, *copies]:
        one, other = of[first], of[second]
        detail = f"{one.own or 'unknown'} against {other.own or 'unknown'}: left out of training and scoring"
        yield _row("conflict", "warning", one, other, detail=detail)
    bearers = {(row.picture, row.own): row for row in _of(table.drop_duplicates(["picture", "own"]))}
    for row in _of(table[(table["own"] == UNKNOWN) & (table["identity"] != UNKNOWN)]):
        detail = f"labelled unknown; counted as {row.identity}, which the same picture is labelled"
        named = bearers[row.picture, row.identity]
        proposal = "relabel" if may_relabel("named_and_unknown") else ""
        yield _row("named_and_unknown", "info", row, named, detail=detail, proposal=proposal)


def _idle_edits(grouped: Grouping) -> Iterator[Row]:
    of = {row.image: row for row in _of(grouped.photographs)}
    for pair, why in grouped.without_effect:
        detail = f"edits.csv, row {pair.row}: {why}"
        yield _row("edit_without_effect", "warning", of[pair.first], of[pair.second], detail=detail)


def _odd_sizes(readable: pd.DataFrame, factor: float) -> Iterator[Row]:
    """Photographs `factor` times narrower, wider (width / height) or smaller (side) than the one in the middle."""
    if readable.empty:
        return
    shape = readable["width"] / readable["height"]
    side = (readable["width"] * readable["height"]) ** 0.5
    off = shape / shape.median()
    odd = (off > factor) | (off < 1 / factor) | (side < side.median() / factor)
    usual = f"{readable['width'].median():.0f} x {readable['height'].median():.0f}"
    for row in _of(readable[odd]):
        yield _row("odd_size", "info", row, detail=f"{row.width} x {row.height} pixels; usual are {usual}")


def _row(
    kind: str, severity: str, one: Any, other: Any = None, *, distance: float | None = None, detail: str = "",
    proposal: str = "",
) -> Row:  # fmt: skip
    def text_of(row: Any, name: str) -> str:
        return "" if row is None else str(getattr(row, name))

    label = "own" if hasattr(one, "own") else "label"
    return {
        "kind": kind,
        "severity": severity,
        "image": text_of(one, "image"),
        "other": text_of(other, "image"),
        "label": text_of(one, label),
        "other_label": text_of(other, label),
        "row": text_of(one, "row"),
        "distance": "" if distance is None else f"{distance:.2f}",
        "detail": detail,
        "proposal": proposal,
    }


def _of(table: pd.DataFrame) -> Iterable[Any]:
    return table.itertuples(index=False)
