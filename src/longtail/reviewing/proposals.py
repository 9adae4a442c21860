"""The proposed new individuals of a run: which photographs each holds, labelled unknown and test ones alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from longtail import artifacts
from longtail.reviewing.photographs import Part

FILES = (artifacts.PROPOSALS,)


@dataclass(frozen=True)
class Proposal:
    """One proposed individual."""

    name: str
    labelled: Sequence[str]
    """Photographs labelled unknown."""
    test: Sequence[str]
    """Test photographs."""
    nearest: str
    """The known individual that one of the photographs resembles most; `""` where there is none."""
    nearest_image: str

    @property
    def size(self) -> int:
        """How many photographs it has."""
        return len(self.labelled) + len(self.test)


def read(folder: Path) -> dict[str, Proposal]:
    """The proposals of a run.

    Args:
        folder: that holds the tables of the run.

    Returns:
        {name: proposal}, largest first; {} where the run has not come to them, or proposes nobody.
    """
    path = folder / artifacts.PROPOSALS
    if not path.is_file():
        return {}
    table = pd.read_parquet(path)
    return {str(name): _proposal(str(name), rows) for name, rows in table.groupby("proposal", sort=False)}


def by_photograph(proposals: Mapping[str, Proposal]) -> dict[tuple[Part, str], Proposal]:
    """{(part, photograph): the proposal that holds it}."""
    holding: dict[tuple[Part, str], Proposal] = {}
    for proposal in proposals.values():
        holding |= {("labelled", image): proposal for image in proposal.labelled}
        holding |= {("test", image): proposal for image in proposal.test}
    return holding


def _proposal(name: str, rows: pd.DataFrame) -> Proposal:
    images = {part: rows.loc[rows["part"] == part, "image"].astype(str).tolist() for part in ("labelled", "test")}
    known = rows[rows["nearest"] != ""].sort_values("nearest_similarity", ascending=False, kind="stable")
    nearest = known.iloc[0] if len(known) else None
    return Proposal(
        name,
        images["labelled"],
        images["test"],
        "" if nearest is None else str(nearest["nearest"]),
        "" if nearest is None else str(nearest["nearest_image"]),
    )
