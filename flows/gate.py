"""The gate, with what it needs from the register and DVC's store: the champion's predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from flows import dvc
from longtail.artifacts import PREDICTIONS
from longtail.errors import LongtailError, Problem
from longtail.lineage import store
from longtail.params import Section
from longtail.publishing import gate, receipt


class GateParams(Section):
    """`gate:`, what a challenger must show before it is published; read by the flow alone."""

    tolerance: Annotated[float, Field(ge=0, le=1)] | Literal["auto"] = Field(
        "auto", description="MAP@5 a challenger may be worse by; auto: twice what so many photographs can show"
    )
    min_photographs: int = Field(100, ge=2, description="photographs held out from both that make a comparison")


def decide(root: Path, params: GateParams) -> gate.Decision:
    """This run against what was published last. Raises LongtailError where the champion's predictions are lost."""
    challenger = pd.read_parquet(root / PREDICTIONS)
    return gate.decide(_champion(root), challenger, params.tolerance, params.min_photographs)


def _champion(root: Path) -> pd.DataFrame | None:
    path = receipt.champion(root / receipt.REGISTER)
    if path is None:
        return None
    md5 = receipt.read(path).artifacts.get(PREDICTIONS, "none")
    if store.sound(root, md5) is None:
        dvc.fetch(root, md5)
    stored = store.sound(root, md5)
    if stored is None:
        what = "the predictions of the last publication are not here, so that nothing can be compared with it"
        remedy = "They are in no remote either: publish with --force WHY."
        raise LongtailError(Problem(what, remedy, where=path.relative_to(root).as_posix(), example=md5))
    return pd.read_parquet(stored)
