"""The proposed new individuals: a list, and a page each with its photographs and what was decided about them."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from longtail.reviewing.photographs import Photograph
from longtail.reviewing.proposals import Proposal
from longtail.reviewing.web import paging, proposed
from longtail.reviewing.web.rendering import page, review_of
from longtail.reviewing.web.state import Review

router = APIRouter()
_A_PAGE = 60


@router.get("/proposals")
def proposal_list(request: Request, start: int = 0) -> Response:
    """All proposed individuals, the largest first.

    Args:
        request: with the session.
        start: how many are left out before the first.

    Returns:
        The page.
    """
    review = review_of(request)
    every = list(proposed.every(review).values())
    first = paging.first_row(start, len(every), _A_PAGE)
    back, on = paging.neighbours(first, _A_PAGE)
    rows = [
        (one, _pictures(review, one)[:1], proposed.name_of(review, one), _left(review, one))
        for one in every[first : first + _A_PAGE]
    ]
    return page(
        request, "proposals.html.j2", rows=rows, total=len(every), start=first, a_page=_A_PAGE, back=back, on=on
    )  # fmt: skip


@router.get("/proposal")
def proposal(request: Request, name: str) -> Response:
    """One proposed individual.

    Args:
        request: with the session.
        name: of the proposal.

    Returns:
        The page.

    Raises:
        HTTPException: the run proposes no such individual.
    """
    review = review_of(request)
    one = proposed.every(review).get(name)
    if one is None:
        raise HTTPException(404)
    catalogue = review.tables().catalogue
    decided = proposed.decisions_of(review, one)
    rows = [(part, image, catalogue.find(image, part), what) for (part, image), what in decided.items()]
    open_ones = [what.finding for what in decided.values() if what.finding and not what.decision]
    [(_, _, precision)] = review.queues()[proposed.QUEUE].precision or [("", 0, "")]
    return page(
        request, "proposal.html.j2", one=one, rows=rows, called=proposed.name_of(review, one), open_ones=open_ones,
        queue=proposed.QUEUE, precision=precision, nearest=catalogue.find(one.nearest_image, "labelled"),
        is_known=one.nearest in catalogue.of_identity,
    )  # fmt: skip


def _pictures(review: Review, one: Proposal) -> list[Photograph]:
    find = review.tables().catalogue.find
    every = [*(find(image, "labelled") for image in one.labelled), *(find(image, "test") for image in one.test)]
    return [photograph for photograph in every if photograph and not photograph.error]


def _left(review: Review, one: Proposal) -> int:
    return sum(not what.decision for what in proposed.decisions_of(review, one).values())
