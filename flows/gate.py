"""The gate, with what it needs from the register and DVC's store: the champion's predictions."""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from flows import dvc
from longtail.artifacts import PREDICTIONS
from longtail.errors import LongtailError, Problem
from longtail.lineage.checkout import Checkout
from longtail.params import Section
from longtail.publishing import gate, receipt


class GateParams(Section):
    """`gate:`, what a challenger must show before it is published; read by the flow alone."""

    tolerance: Annotated[float, Field(ge=0, le=1)] | Literal["auto"] = Field(
        "auto", description="MAP@5 a challenger may be worse by; auto: twice what so many photographs can show"
    )
    min_photographs: int = Field(100, ge=2, description="photographs held out from both that make a comparison")


def decide(checkout: Checkout, params: GateParams) -> gate.Decision:
    """This run against what was published last.

    Args:
        checkout: the project.
        params: what a challenger must show.

    Returns:
        Whether it may be published, with the figures behind that.

    Raises:
        LongtailError: the champion's predictions are lost.
    """
    challenger = pd.read_parquet(checkout.root / PREDICTIONS)
    return gate.decide(_champion(checkout), challenger, params.tolerance, params.min_photographs)


def _champion(checkout: Checkout) -> pd.DataFrame | None:
    """The predictions of what was published last; None where nothing was."""
    name = receipt.champion(checkout.receipts)
    if name is None:
        return None
    md5 = checkout.receipts[name].artifacts.get(PREDICTIONS, "none")
    if checkout.store.verified_object(md5) is None:
        dvc.fetch(checkout.root, md5)
    stored = checkout.store.verified_object(md5)
    if stored is None:
        what = "the predictions of the last publication are not here, so that nothing can be compared with it"
        remedy = "They are in no remote either: publish with --force WHY."
        where = (receipt.REGISTER / name).as_posix()
        raise LongtailError(Problem(what, remedy, where=where, example=md5))
    return pd.read_parquet(stored)
