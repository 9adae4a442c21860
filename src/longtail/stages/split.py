"""Assign groups to folds: a pure function of seed, content and what an ancestor has learned.

Reads: the groups that must stay together, with each photograph's identity, and its date where there are dates; which
    individuals decisions have named; the ancestor of a warm training, and the md5 by which it knows photographs again.
Writes: a row a photograph: its fold, whether its identity is known, whether it is the one that is scored.
Fails on: fewer than two identities to learn from; fewer than two to score; a split by time without dates; an ancestor
    that is lost.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import BeforeValidator, Field, model_validator

from longtail import ancestor, atomic
from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.labels.dates import DATE, UNDATED, day_of
from longtail.params import StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

_DATE_THEM = "Name the column of train.csv in data.date_column, or set split.strategy: random."


def _no_yaml_date(value: object) -> object:
    """A day without quotes is a date to YAML, and DVC's run cache ends in a TypeError on one."""
    if isinstance(value, datetime.date):
        raise ValueError(f"put the day in quotes: cutoff: '{value}'")
    return value


class Params(StageParams):
    """`split:` in params.yaml."""

    strategy: Literal["random", "time"] = Field(
        "random", description="random: by the shares; time: what was photographed from the cut-off on is scored"
    )
    cutoff: Annotated[str, BeforeValidator(_no_yaml_date)] = Field(
        "", description="time: the first day that is scored, in quotes, as '2021-01-31'; another one is another split"
    )
    seed: int = Field(0, ge=0, description="of the draw; a team's production seed stays fixed for good")
    valid_share: float = Field(
        0.15, gt=0, lt=1, description="share of the groups of an identity with several that is scored, at least one"
    )
    new_identity_share: float = Field(
        0.15, ge=0, lt=1, description="share of the identities with one group that is scored, as unknowns"
    )
    unknown_share: float = Field(0.20, ge=0, lt=1, description="share of the unknown-labelled groups that is scored")
    discover_share: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of the identities with several groups kept out of learning, to measure discover on; 0: none",
    )

    @model_validator(mode="after")
    def _is_a_day(self) -> Self:
        if self.cutoff and day_of(self.cutoff) != self.cutoff:
            raise ValueError(f"cutoff {self.cutoff!r} is no day: write it as 2021-01-31")
        if self.strategy == "time" and not self.cutoff:
            raise ValueError("strategy: time needs a cutoff, the first day that is scored")
        return self


@dataclass(frozen=True)
class Paths(StagePaths):
    """What `split` reads and writes."""

    groups: Path = reads("artifacts/audit/groups.parquet")
    labelled: Path = reads("artifacts/prepare/labelled.parquet")
    ancestor: Path = reads("data/ancestor")
    split: Path = writes("artifacts/split/split.parquet")


def run(params: Params, paths: Paths) -> Summary:
    """Assign the folds, and check once more that nothing leaks.

    Args:
        params: `split:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of both folds.

    Raises:
        BadInput: fewer than two identities to learn from, or fewer than two to score; a split by time of photographs
            without dates; an ancestor that is lost.
    """
    from longtail.splitting import leakage, learned

    groups = pd.read_parquet(paths.groups)
    if params.strategy == "time" and DATE not in groups:
        raise BadInput(Problem("split.strategy: time needs dates, and no photograph has one", _DATE_THEM))
    cutoff = params.cutoff if params.strategy == "time" else ""
    before = ancestor.read(paths.ancestor)
    if before is not None:
        md5 = pd.read_parquet(paths.labelled, columns=["image", "md5"])
        groups = learned.mark(groups, md5, before.learned())
    split = _assigned(params, groups)
    leakage.check(split, groups, cutoff)
    summary = _with_unlearned(_summary(split, cutoff, discovers=params.discover_share > 0), groups, split)
    if before is not None:
        drawn = _assigned(params, groups.drop(columns=[learned.LEARNED, learned.IDENTITY_LEARNED]))
        summary = _with_ancestor(summary, before, groups[learned.LEARNED], drawn["fold"] != split["fold"])
    problems = _problems(summary, _to_halve(split), split)
    if problems:
        raise BadInput(*problems)
    atomic.write_table(paths.split, split)
    return summary


def _assigned(params: Params, groups: pd.DataFrame) -> pd.DataFrame:
    """The folds by the strategy that is asked for."""
    from longtail.splitting.assignment import Shares, assign
    from longtail.splitting.by_time import assign_by_time

    if params.strategy == "time":
        return assign_by_time(groups, params.cutoff, params.seed, params.discover_share)
    shares = Shares(params.valid_share, params.new_identity_share, params.unknown_share, params.discover_share)
    return assign(groups, params.seed, shares)


def _with_ancestor(summary: Summary, before: ancestor.Ancestor, learned: pd.Series, moved: pd.Series) -> Summary:
    """The summary, with what an ancestor has learned, and how many photographs lie in other folds for that."""
    facts = {"ancestor": before.facts.receipt, "learned_before": int(learned.sum()), "moved_by_it": int(moved.sum())}
    line = (
        f"; learned by the ancestor, and so in train: {counted(facts['learned_before'], 'photograph')}; "
        f"in another fold for that: {facts['moved_by_it']:,}"
    )
    return Summary(summary.line + line, summary.facts | facts, summary.warnings)


def _summary(split: pd.DataFrame, cutoff: str, *, discovers: bool) -> Summary:
    train, scored = split[split["fold"] == "train"], split[split["scored"]]
    kept_out = split[split["fold"] == "discover"]
    known = scored[scored["known"]]
    facts = {
        "train": len(train),
        "train_identities": int(train.loc[train["identity"] != "", "identity"].nunique()),
        "valid": int((split["fold"] == "valid").sum()),
        "scored": len(scored),
        "scored_known": len(known),
        "scored_known_identities": int(known["identity"].nunique()),
        "scored_unknown": len(scored) - len(known),
        "left_out": int((split["fold"] == "left_out").sum()),
        "kept_out": len(kept_out),
        "kept_out_identities": int(kept_out.loc[kept_out["identity"] != "", "identity"].nunique()),
    }
    line = (
        f"learned from: {counted(facts['train'], 'photograph')} of "
        f"{counted(facts['train_identities'], 'identity', 'identities')}; scored: "
        f"{facts['scored']:,}, of which {facts['scored_unknown']:,} unknown; left out: {facts['left_out']:,}"
    )
    if facts["kept_out"]:
        individuals = counted(facts["kept_out_identities"], "identity", "identities")
        line += f"; kept out for discover: {facts['kept_out']:,} of {individuals}"
    no_unknown = "no unknown is scored: no threshold can be fitted, and predict will never say new"
    no_known = "no identity has two groups: only unknowns are scored"
    if cutoff:
        from longtail.splitting.by_time import facts_of

        facts |= facts_of(split, cutoff)
        line += (
            f"; cut-off {cutoff}: {facts['undated']:,} undated are learned from, and {facts['learned_later']:,} later "
            "ones of groups that began before"
        )
        no_known = f"no identity from before {cutoff} was seen again: only unknowns are scored"
    no_kept_out = "split.discover_share keeps nobody out: too few identities have several groups of their own"
    warnings = [no_unknown] * (not facts["scored_unknown"]) + [no_known] * (not facts["scored_known"])
    warnings += [no_kept_out] * (discovers and not facts["kept_out"])
    return Summary(line, facts, tuple(warnings))


def _with_unlearned(summary: Summary, groups: pd.DataFrame, split: pd.DataFrame) -> Summary:
    """The summary, with a warning about individuals that decisions have named and that are not learned."""
    from longtail.splitting.groups import CREATED

    if CREATED not in groups:
        return summary
    learned = split.loc[split["class_count"] > 0, "identity"]
    unlearned = sorted(set(groups.loc[groups[CREATED], "identity"]) - set(learned))
    if not unlearned:
        return summary
    what = f"{counted(len(unlearned), 'individual')} named in edits.csv and not learned: {format_examples(unlearned)}"
    why = "all its photographs are scored or left out (split.parquet says which: fold, reason)"
    return Summary(summary.line, summary.facts | {"unlearned": unlearned}, (*summary.warnings, f"{what}; {why}"))


def _to_halve(split: pd.DataFrame) -> int:
    """Identities, and groups of unknown label, among the scored: what `evaluate` assigns to two halves."""
    scored = split[split["scored"]]
    return int(scored["identity"].where(scored["identity"] != "", scored["group"]).nunique())


def _problems(summary: Summary, to_halve: int, split: pd.DataFrame) -> list[Problem]:
    """Why there would be nothing to learn or nothing to score."""
    if cutoff := summary.facts.get("cutoff"):
        return _problems_by_time(summary, to_halve, split[DATE], cutoff)
    problems = []
    if summary.facts["train_identities"] < 2:
        what = f"{summary.facts['train_identities']} identities are left to learn from: at least two are needed"
        remedy = (
            "Label more identities, lower split.new_identity_share or split.discover_share, or settle conflicts in "
            "edits.csv."
        )
        problems.append(Problem(what, remedy))
    if not summary.facts["scored"]:
        what = "there is no photograph to score: no identity has two groups, and no other one was drawn"
        remedy = "Add photographs of the same identities, or raise split.new_identity_share and split.unknown_share."
        problems.append(Problem(what, remedy))
    elif to_halve < 2:  # reported here, before minutes of training
        what = "the photographs to score show one identity alone: one half is chosen on, and the other scored"
        remedy = "Add photographs of a second identity, or raise split.new_identity_share or split.unknown_share."
        problems.append(Problem(what, remedy))
    return problems


def _problems_by_time(summary: Summary, to_halve: int, days: pd.Series, cutoff: str) -> list[Problem]:
    dated = days[days != UNDATED]
    spans = f"the photographs are of {dated.min()} to {dated.max()}"
    problems = []
    if summary.facts["train_identities"] < 2:
        what = (
            f"{summary.facts['train_identities']} identities were photographed before {cutoff}: at least two are needed"
        )
        problems.append(Problem(f"{what}; {spans}", "Set a later split.cutoff."))
    if to_halve < 2:  # reported here, before minutes of training
        what = f"{to_halve} identities to score were photographed from {cutoff} on: at least two are needed"
        problems.append(Problem(f"{what}; {spans}", "Set an earlier split.cutoff, or add later photographs."))
    return problems
