"""The first page: the queues, and what is left of each; and the findings of one queue."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from longtail.reviewing.queues import Finding, QueueState
from longtail.reviewing.web import paging, questions
from longtail.reviewing.web.pages import Entry
from longtail.reviewing.web.rendering import page, review_of

router = APIRouter()
MENU = Entry(0, "Queues", "/")
_A_PAGE = 50


@router.get("/")
def overview(request: Request) -> Response:
    """All queues."""
    states = review_of(request).queues()
    return page(request, "queues.html.j2", queues=sorted(states.values(), key=lambda state: not state.left))


@router.get("/queue/{name}")
def findings(request: Request, name: str, show: str = "open", start: int = 0) -> Response:
    """The findings of one queue, a screen of them.

    Args:
        request: with the session.
        name: of the queue.
        show: `open`, `decided` or `all`.
        start: how many are left out before the first.

    Returns:
        The page.

    Raises:
        HTTPException: there is no such queue.
    """
    review = review_of(request)
    state = review.queues().get(name)
    if state is None:
        raise HTTPException(404)
    rows = _rows(state, show)
    first = paging.first_row(start, len(rows), _A_PAGE)
    filtered = [
        (finding, action, questions.photographs(review, finding)) for finding, action in rows[first : first + _A_PAGE]
    ]
    return page(
        request, "findings.html.j2", state=state, rows=filtered, show=show, start=first, total=len(rows), a_page=_A_PAGE
    )  # fmt: skip


def _rows(state: QueueState, show: str) -> list[tuple[Finding, str]]:
    actions = ["" if row is None else state.rows[row][1] for row in state.deciding]
    pairs = zip(state.findings, actions, strict=True)
    return [(one, action) for one, action in pairs if show == "all" or bool(action) == (show == "decided")]
