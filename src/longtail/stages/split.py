"""Folds by group, a pure function of seed and content.

Reads: the groups that must stay together, with each photograph's identity.
Writes: a row a photograph: its fold, whether its identity is known, whether it is the one that is scored.
Fails on: fewer than two identities to learn from; fewer than two to score.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.errors import BadInput, Problem, counted
from longtail.params import StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary


class Params(StageParams):
    """`split:` in params.yaml."""

    seed: int = Field(0, ge=0, description="of the draw; a team's production seed stays fixed for good")
    valid_share: float = Field(
        0.15, gt=0, lt=1, description="share of the groups of an identity with several that is scored, at least one"
    )
    new_identity_share: float = Field(
        0.15, ge=0, lt=1, description="share of the identities with one group that is scored, as unknowns"
    )
    unknown_share: float = Field(0.20, ge=0, lt=1, description="share of the unknown-labelled groups that is scored")


@dataclass(frozen=True)
class Paths(StagePaths):
    """What `split` reads and writes."""

    groups: Path = reads("artifacts/audit/groups.parquet")
    split: Path = writes("artifacts/split/split.parquet")


def run(params: Params, paths: Paths) -> Summary:
    """Assign the folds, and check once more that nothing leaks.

    Args:
        params: `split:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of both folds.

    Raises:
        BadInput: fewer than two identities to learn from, or fewer than two to score.
    """
    from longtail.splitting import leakage
    from longtail.splitting.assignment import Shares, assign

    groups = pd.read_parquet(paths.groups)
    shares = Shares(params.valid_share, params.new_identity_share, params.unknown_share)
    split = assign(groups, params.seed, shares)
    leakage.check(split, groups)
    summary = _summary(split)
    problems = _problems(summary, _to_halve(split))
    if problems:
        raise BadInput(*problems)
    atomic.write_table(paths.split, split)
    return summary


def _summary(split: pd.DataFrame) -> Summary:
    train, scored = split[split["fold"] == "train"], split[split["scored"]]
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
    }
    line = (
        f"learned from: {counted(facts['train'], 'photograph')} of "
        f"{counted(facts['train_identities'], 'identity', 'identities')}; scored: "
        f"{facts['scored']:,}, of which {facts['scored_unknown']:,} unknown; left out: {facts['left_out']:,}"
    )
    no_unknown = "no unknown is scored: no threshold can be fitted, and predict will never say new"
    no_known = "no identity has two groups: only unknowns are scored"
    warnings = [no_unknown] * (not facts["scored_unknown"]) + [no_known] * (not facts["scored_known"])
    return Summary(line, facts, tuple(warnings))


def _to_halve(split: pd.DataFrame) -> int:
    """Identities, and groups of unknown label, among the scored: what `evaluate` assigns to two halves."""
    scored = split[split["scored"]]
    return int(scored["identity"].where(scored["identity"] != "", scored["group"]).nunique())


def _problems(summary: Summary, to_halve: int) -> list[Problem]:
    """Why there would be nothing to learn or nothing to score."""
    problems = []
    if summary.facts["train_identities"] < 2:
        what = f"{summary.facts['train_identities']} identities are left to learn from: at least two are needed"
        remedy = "Label more identities, lower split.new_identity_share, or settle conflicts in edits.csv."
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
