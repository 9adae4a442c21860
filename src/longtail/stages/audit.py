"""Find photographs that show the same picture, conflicting labels and odd images.

Reads: `prepare`'s two tables; `edits.csv`, the team's accepted decisions, which are applied here and only here.
Writes: the groups that must stay together, with each photograph's identity; the findings; the test photographs that
show a labelled picture; the decisions as they were read, for `report`.
Fails on: decisions that name an unknown image or action, or contradict each other; no photograph left.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.labels.dates import DATE
from longtail.params import DataParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.splitting.groups import Grouping
    from longtail.splitting.lost_identities import LostIdentity

_NAMED = 20  # identities that a warning names


class Params(StageParams):
    """`audit:` in params.yaml."""

    max_distance: int = Field(8, ge=0, le=12, description="bits of 64 in which two hashes may differ to be looked at")
    min_similarity: float = Field(
        0.83, ge=0.5, le=1, description="correlation of fine detail from which two photographs show one picture"
    )
    size_outlier_factor: float = Field(
        3.0, gt=1, description="how many times smaller, wider or narrower than usual is an odd size"
    )
    data: DataParams = DataParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What `audit` reads and writes."""

    edits: Path = reads("edits.csv")
    labelled: Path = reads("artifacts/prepare/labelled.parquet")
    test: Path = reads("artifacts/prepare/test.parquet")
    findings: Path = writes("artifacts/audit/findings.csv")
    groups: Path = writes("artifacts/audit/groups.parquet")
    test_matches: Path = writes("artifacts/audit/test_matches.parquet")
    followed: Path = writes("artifacts/audit/edits.csv")


def run(params: Params, paths: Paths) -> Summary:
    """Group the labelled photographs, list what is odd, and match the test photographs.

    Args:
        params: `audit:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of groups, pairs, matches and findings.

    Raises:
        BadInput: no labelled photograph is left.
    """
    from longtail.duplicates import cross_set, search
    from longtail.splitting import findings, groups, lost_identities
    from longtail.splitting.edits import name_by_species, read_edits

    labelled = pd.read_parquet(paths.labelled).sort_values("image", ignore_index=True)
    test = pd.read_parquet(paths.test)
    edits = read_edits(
        paths.edits, dict(zip(labelled["image"], labelled["label"], strict=True)), params.data.unknown_label
    )
    edits = name_by_species(edits, labelled)
    readable = labelled[labelled["error"] == ""]
    kept = readable[~readable["image"].isin(edits.drop)]
    dropped = readable.loc[readable["image"].isin(edits.drop), "md5"]
    if kept.empty:
        remedy = "Bring readable photographs, or take `drop` rows out of edits.csv."
        raise BadInput(Problem("no labelled photograph is left", remedy, where=paths.relative(paths.labelled)))
    readable_test = test[test["error"] == ""]
    alike = search.alike_pairs(
        readable, readable_test, max_distance=params.max_distance, min_similarity=params.min_similarity
    )
    near = alike[alike["same"]].drop(columns="same")
    grouped = groups.group_photographs(kept, near, edits, dropped)
    on_traits = _on_traits(params, pd.concat([kept, readable_test.assign(label="", row="")]), near)
    findings_table = findings.findings(labelled, test, grouped, params.size_outlier_factor, on_traits)
    matched = cross_set.matches(readable_test, grouped.photographs, near)
    dated = [DATE] if DATE in grouped.photographs else []
    created = grouped.photographs["identity"].isin(edits.created)
    written = grouped.photographs[[*groups.COLUMNS, *dated]]
    atomic.write_table(paths.groups, written.assign(**{groups.CREATED: created}) if created.any() else written)
    atomic.write_table(paths.findings, findings_table)
    atomic.write_table(paths.test_matches, matched)
    with atomic.replacing(paths.followed) as copy:  # for `report`: edits.csv may have newer decisions by then
        shutil.copyfile(paths.edits, copy)
    gone = lost_identities.find_lost(labelled, grouped.photographs, edits)
    named = pd.concat([kept, readable_test])
    doubtful, little = groups.undecided_pairs(alike, grouped, edits), search.without_detail(named)
    summary = _summary(grouped, findings_table, matched)
    facts = {
        "doubtful_pairs": len(doubtful),
        "little_detail": len(little),
        "identities_lost": [one.identity for one in gone],
    }
    line = summary.line
    if dated:
        days = groups.days_seen(grouped.photographs)
        facts["same_day"] = same_day = int(days[days != ""].duplicated(keep=False).sum())
        line += f"; {same_day:,} on one day with others of their identity: one group"
    on_identities = [*_on_identities(gone), *_on_idle_names(edits.idle)]
    warnings = [*summary.warnings, *_on_evidence(doubtful, little, named), *on_identities]
    return Summary(line, summary.facts | facts, tuple(warnings))


def _on_traits(params: Params, photographs: pd.DataFrame, near: pd.DataFrame) -> list[dict[str, str]]:
    """The findings about sides and species, where the data has them."""
    from longtail.splitting.trait_findings import mirrored_findings, trait_findings

    rows = list(trait_findings(photographs, near))
    if "side" in photographs:
        rows += mirrored_findings(photographs, max_distance=params.max_distance, min_similarity=params.min_similarity)
    return rows


def _on_evidence(doubtful: pd.DataFrame, little: list[str], photographs: pd.DataFrame) -> list[str]:
    """What the pixels could not decide."""
    warnings = []
    if little:
        warnings.append(
            f"{len(little):,} of {counted(len(photographs), 'photograph')} with too little detail to be compared as "
            f"others are, e.g. {little[0]}: only nearly equal pictures count as copies (docs/how-to/own-data.md)"
        )
    if len(doubtful):
        image = dict(zip(photographs["md5"], photographs["image"], strict=True))
        pair = " and ".join(sorted(image[md5] for md5 in doubtful[["first", "second"]].iloc[0]))
        warnings.append(
            f"{counted(len(doubtful), 'pair')} alike, but with too little detail in common to be called one picture, "
            f"e.g. {pair}: not joined. If they are copies, hold them `together` in edits.csv, else `apart`"
        )
    return warnings


def _on_identities(gone: list[LostIdentity]) -> list[str]:
    if not gone:
        return []
    remedy = "Nothing is learned of them: settle it in edits.csv, or bring photographs"
    lost = counted(len(gone), "identity", "identities")
    return [f"{lost} without a photograph left: {format_examples(gone, _NAMED)}. {remedy}"]


def _on_idle_names(idle: Sequence[str]) -> list[str]:
    if not idle:
        return []
    names = format_examples(idle, _NAMED)
    return [f"{counted(len(idle), 'name')} merged or renamed in edits.csv, but no photograph has it: {names}"]


def _summary(grouped: Grouping, findings_table: pd.DataFrame, matched: pd.DataFrame) -> Summary:
    table = grouped.photographs
    names = table.groupby("md5")["own"].nunique()
    facts: dict[str, Any] = {
        "photographs": len(table),
        "groups": int(table["group"].nunique()),
        "exact_groups": int((table["md5"].value_counts() > 1).sum()),
        "exact_groups_in_conflict": int((names > 1).sum()),
        "near_pairs": len(grouped.near),
        "left_out": int(table["conflict"].sum()),
        "pictures_left_out": int(table.loc[table["conflict"], "picture"].nunique()),
        "test_matches": int(matched["image"].nunique()),
        "findings": {
            str(kind): int(count) for kind, count in findings_table["kind"].value_counts().sort_index().items()
        },
    }
    line = (
        f"{counted(facts['photographs'], 'photograph')} in {counted(facts['groups'], 'group')} "
        f"({facts['exact_groups']:,} with equal bytes, {counted(facts['near_pairs'], 'pair')} alike to the pixels); "
        f"{counted(facts['test_matches'], 'test photograph')} of a labelled picture"
    )
    pictures = counted(facts["pictures_left_out"], "picture")
    left_out = f"{counted(facts['left_out'], 'photograph')} of {pictures} with two names: left out"
    rows = counted(facts["findings"].get("edit_without_effect", 0), "row")
    idle = f"{rows} of edits.csv had no effect: see findings.csv"
    warnings = [left_out] * bool(facts["left_out"]) + [idle] * bool(len(grouped.without_effect))
    return Summary(line, facts, tuple(warnings))
