"""The answers about test photographs: a list, and a page each on which a person confirms or corrects."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from longtail.errors import BadInput, Problem
from longtail.labels import aliases
from longtail.reviewing import answer_list, answers
from longtail.reviewing.answer_list import Answered
from longtail.reviewing.photographs import Catalogue, Photograph
from longtail.reviewing.proposals import Proposal
from longtail.reviewing.web import known_names, paging, proposed
from longtail.reviewing.web.forms import form_of
from longtail.reviewing.web.pages import Entry
from longtail.reviewing.web.rendering import page, review_of, who_of
from longtail.reviewing.web.state import Review

router = APIRouter()
MENU = Entry(20, "Answers", "/answers")
_A_PAGE = 60
_STRIP = 8
_WHY = "compared in the browser"


@router.get("/answers")
def answer_table(request: Request, q: str = "", show: str = "open", sort: str = "doubt", start: int = 0) -> Response:
    """All test photographs with their answers, or those that fit.

    Args:
        request: with the session.
        q: a part of a photograph's name or of a candidate's.
        show: which (`answer_list.FILTERS`).
        sort: in which order (`answer_list.SORTS`).
        start: how many are left out before the first.

    Returns:
        The page.
    """
    review = review_of(request)
    every = _every(review)
    rows = answer_list.chosen(every, q, show, sort)
    first = paging.first_row(start, len(rows), _A_PAGE)
    back, on = paging.neighbours(first, _A_PAGE, q=q, show=show, sort=sort)
    shares = [one.unknown_share for one in every if one.unknown_share is not None]
    confirmed = sum(one.answer is not None and one.answer.action != "unsure" and not one.adopted for one in every)
    return page(
        request, "answers.html.j2", rows=rows[first : first + _A_PAGE], total=len(rows), every=len(every), start=first,
        a_page=_A_PAGE, q=q, show=show, sort=sort, filters=answer_list.FILTERS, sorts=answer_list.SORTS,
        back=back, on=on, find=review.tables().catalogue.find, confirmed=confirmed,
        unknown_share=max(shares, default=None),
        torn=answers.contradictions(review.root / answers.FILE),
    )  # fmt: skip


@router.get("/answer")
def answer(request: Request, image: str) -> Response:
    """One test photograph beside its candidates.

    Args:
        request: with the session.
        image: its name.

    Returns:
        The page.

    Raises:
        HTTPException: the run has no such test photograph.
    """
    review = review_of(request)
    tables = review.tables()
    one = next((one for one in _every(review) if one.image == image), None)
    photograph = tables.catalogue.find(image, "test")
    if one is None or photograph is None:
        raise HTTPException(404)
    names = known_names.of(review)
    proposal = proposed.holding(review, "test", image)
    called = proposed.name_of(review, proposal) if proposal else ""
    following = [each.image for each in answer_list.chosen(_every(review), "", "open", "doubt") if each.image != image]
    return page(
        request, "answer.html.j2", one=one, photograph=photograph, find=tables.catalogue.find,
        proposal=proposal, called=called, called_by="label" if called in names else "name",
        beside=_beside(tables.catalogue, proposal, image), identities=sorted(names),
        unknown_label=review.data.unknown_label, following=following[0] if following else "", left=len(following),
    )  # fmt: skip


@router.post("/answer")
def say(request: Request, form: Annotated[dict[str, str], Depends(form_of)]) -> Response:
    """Write an answer, or take it back; then the next photograph that has none.

    Args:
        request: with the session.
        form: `image`; `action`, one of `answers.ANSWERS` or `undo`; `value`; `why`; `following`.

    Returns:
        The way to the next page.

    Raises:
        BadInput: nobody is named who decides, or the answer cannot be.
        HTTPException: there is no such answer.
    """
    review, image = review_of(request), form.get("image", "")
    who = who_of(request)
    if not who:
        remedy = 'Say who you are first: git config user.name "your name", or at the head of a queue.'
        raise BadInput(Problem("nobody is named who decides", remedy))
    signed = {"who": who, "why": form.get("why", "").strip() or _WHY}
    file, action, value = review.root / answers.FILE, form.get("action", ""), form.get("value", "").strip()
    if action == "undo":
        answers.undo(file, image, signed)
        return RedirectResponse(f"/answer?{urlencode({'image': image})}", 303)
    if action not in answers.ANSWERS:
        raise HTTPException(404)
    present = aliases.read(review.edits)
    value = "" if action == "unsure" else present.get(value, value)
    tests = review.tables().catalogue.by_part["test"]
    answers.append(file, [(image, action, value)], signed, tests, known_names.of(review), review.data.unknown_label)
    following = form.get("following", "")
    return RedirectResponse(f"/answer?{urlencode({'image': following})}" if following in tests else "/answers", 303)


def _beside(catalogue: Catalogue, proposal: Proposal | None, image: str) -> list[Photograph]:
    """The other photographs of the proposed individual that a test photograph belongs to, a strip of them."""
    if proposal is None:
        return []
    labelled = [catalogue.find(one, "labelled") for one in proposal.labelled]
    tests = [catalogue.find(one, "test") for one in proposal.test if one != image]
    return [one for one in (*labelled, *tests) if one is not None and not one.error][:_STRIP]


def _every(review: Review) -> list[Answered]:
    file = review.root / answers.FILE
    groups = {image: one.name for one in proposed.every(review).values() for image in one.test}
    return answer_list.with_answers(review.answers(), answers.by_image(file), answers.adopted(file), groups)
