"""The gate, with what it needs from the register and DVC's store: the champion's predictions.

What it compares are the networks that were scored. One that learned from every fold (`train.fold: all`) has learned
every photograph that could be compared. What the ancestor of a warm training learned counts as learned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from flows import published
from longtail.artifacts import IDENTIFIER, LEARNED_FROM, PREDICTIONS
from longtail.errors import LongtailError, Problem
from longtail.lineage.checkout import Checkout
from longtail.metrics import network_choice, without_score
from longtail.params import Section
from longtail.publishing import gate, receipt
from longtail.recognition.learned_from import of_scored_network


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
        LongtailError: the champion's predictions, or the table of what it learned from, are lost.
    """
    challenger = pd.read_parquet(checkout.root / PREDICTIONS)
    learned = set(of_scored_network(pd.read_parquet(checkout.root / LEARNED_FROM)))
    name = receipt.champion(checkout.receipts)
    champion = None if name is None else _table(checkout, name, PREDICTIONS, "the predictions")
    if name is not None and LEARNED_FROM in checkout.receipts[name].artifacts:  # not before it was written down
        table = _table(checkout, name, LEARNED_FROM, "the photographs that the network learned from")
        learned |= set(of_scored_network(table))
    decision = gate.decide(champion, challenger, params.tolerance, params.min_photographs, learned=learned)
    decision = replace(decision, why=f"{decision.why}{_networks(checkout, name)}")
    unscored = {
        "this run": without_score.has_none(without_score.network_of(checkout.root / IDENTIFIER)),
        "the champion": name is not None and without_score.has_none(checkout.receipts[name].network),
    }
    if champion is None or not any(unscored.values()):
        return decision
    whose = " and ".join(who for who, is_unscored in unscored.items() if is_unscored)
    clause = f"the scored networks were compared: the one that answers for {whose} has no score (train.fold: all)"
    return replace(decision, why=f"{decision.why}; {clause}")


def _networks(checkout: Checkout, name: str | None) -> str:
    """Which networks answer, where one of the two had a choice (train.pretrained_beside)."""
    entries = {"this run": network_choice.of_identifier(checkout.root / IDENTIFIER)}
    entries |= {} if name is None else {"the champion": checkout.receipts[name].network_choice}
    clauses = [f"{who} answers by {network_choice.in_words(entry)}" for who, entry in entries.items() if entry]
    return "".join(f"; {clause}" for clause in clauses)


def _table(checkout: Checkout, name: str, path: str, what: str) -> pd.DataFrame:
    """A table of what was published last."""
    stored = published.find(checkout, name, path)
    if stored is None:
        md5 = checkout.receipts[name].artifacts.get(path, "none")
        lost = f"{what} of the last publication are not here, so that nothing can be compared with it"
        remedy = "They are in no remote either: publish with --force WHY."
        where = (receipt.REGISTER / name).as_posix()
        raise LongtailError(Problem(lost, remedy, where=where, example=md5))
    return pd.read_parquet(stored)
