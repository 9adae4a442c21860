"""The decision page: one finding a screen; its answers are written at once, and confirmed when they are on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from longtail.errors import BadInput, Problem
from longtail.labels.decisions import key_of
from longtail.reviewing import pair_marks
from longtail.reviewing.decision import Decision
from longtail.reviewing.queues import Finding, QueueState
from longtail.reviewing.web import questions
from longtail.reviewing.web.forms import form_of
from longtail.reviewing.web.rendering import page, picture_url, review_of, session_of, text, who_of

router = APIRouter()
Form = Annotated[dict[str, str], Depends(form_of)]
_WHY = "compared in the browser"
_FRAGMENT = "application/json"
_FIRST_SIDE = 1024
_LISTED = 3


@router.get("/decide/{queue}")
def resume(request: Request, queue: str) -> Response:
    """Where this person was in a queue: after what they decided last.

    Args:
        request: with the session.
        queue: name of the queue.

    Returns:
        The way to the finding.
    """
    state = _state(request, queue)
    following = state.after(state.last_by(who_of(request)), session_of(request).skipped.get(queue, ()))
    return RedirectResponse(_url(queue, following), 303)


@router.get("/decide/{queue}/{name}")
def show(request: Request, queue: str, name: str, step: int = 0) -> Response:
    """One finding, or its neighbour, whether it is decided or not.

    Args:
        request: with the session.
        queue: name of the queue.
        name: of the finding; `-`: none is left.
        step: -1 for the one before, 1 for the one after.

    Returns:
        The page.
    """
    state = _state(request, queue)
    if name == "-":
        return _screen(request, state, None)
    position = _position(state, name)
    return _screen(request, state, state.findings[(position + step) % len(state.findings)])


@router.post("/decide/{queue}/{name}")
def decide(request: Request, queue: str, name: str, form: Form) -> Response:
    """Write an answer, then show what comes next.

    Args:
        request: with the session.
        queue: name of the queue.
        name: of the finding.
        form: `answer`, the name of one; `value`, for `name`; `why`.

    Returns:
        The next finding.

    Raises:
        BadInput: the answer contradicts what is decided already, or nobody is named who decides.
        HTTPException: there is no such finding or answer.
    """
    state, review = _state(request, queue), review_of(request)
    position = _position(state, name)
    new = _decisions(request, state, state.findings[position], form)
    who = who_of(request)
    if not who:
        raise BadInput(Problem("nobody is named who decides", "Say who you are first, at the head of the page."))
    if decided := state.decision(position):
        return _next(request, queue, name, _agreed(decided, new, name))
    signed = {"who": who, "why": form.get("why", "").strip() or _WHY}
    questions.write(review, state.findings[position], new, signed)
    return _next(request, queue, name, f"Saved: {_listed([str(decision) for decision in new])}")


@router.post("/skip/{queue}/{name}")
def skip(request: Request, queue: str, name: str) -> Response:
    """Leave a finding for later.

    Args:
        request: with the session.
        queue: name of the queue.
        name: of the finding.

    Returns:
        The next finding.
    """
    _position(_state(request, queue), name)
    skipped = session_of(request).skipped.setdefault(queue, [])
    if name not in skipped:
        skipped.append(name)
    return _next(request, queue, name, "Skipped: it comes again at the end.")


@router.post("/undo/{queue}")
def undo(request: Request, queue: str, form: Form) -> Response:
    """Take back what decides a finding, or what this person has decided last in the queue.

    Args:
        request: with the session.
        queue: name of the queue.
        form: `finding`, its name; without it the last one.

    Returns:
        That finding, open again.

    Raises:
        BadInput: there is nothing to take back.
    """
    state, review, who = _state(request, queue), review_of(request), who_of(request)
    position = _position(state, form["finding"]) if form.get("finding") else state.last_by(who)
    if position < 0 or state.decision(position) is None:
        raise BadInput(Problem("there is nothing to take back in this queue", "Decide something first."))
    signed = {"who": who, "why": form.get("why", "").strip() or _WHY}
    taken = questions.take_back(review, state, position, signed)
    return _answer(request, _state(request, queue), state.findings[position], f"Taken back: {_listed(taken)}")


def _decisions(request: Request, state: QueueState, finding: Finding, form: dict[str, str]) -> Sequence[Decision]:
    review, name = review_of(request), form.get("value", "").strip()
    case = questions.case_of(review, state, finding)
    if form.get("answer") in ("name", "name-all") and case.can_name and name:
        return questions.named(review, state, finding, name, whole_group=form["answer"] == "name-all")
    known = {answer.name: answer.decisions for answer in case.answers}
    if form.get("answer") not in known:
        raise HTTPException(404, "This finding has no such answer.")
    return known[form["answer"]]


def _listed(decisions: Sequence[str]) -> str:
    more = len(decisions) - _LISTED
    return "; ".join([*decisions[:_LISTED], *([f"and {more:,} more"] if more > 0 else [])])


def _agreed(decided: Sequence[str], new: Sequence[Decision], name: str) -> str:
    """The message where somebody has decided a finding in the same way meanwhile; BadInput, in another way."""
    action, value, who, when = decided[1:5]
    if any(one.key == key_of(*decided[:3]) for one in new):
        return f"{who} has said so already, {when[:10]}"
    what = f"finding that {who} has decided on {when[:10]}: {action} {value}".rstrip()
    raise BadInput(Problem(what, "Take that back first, or go on to the next one.", example=name))


def _next(request: Request, queue: str, name: str, message: str) -> Response:
    state = _state(request, queue)
    position = state.position(name)
    following = state.after(-1 if position is None else position, session_of(request).skipped.get(queue, ()))
    return _answer(request, state, following, message)


def _answer(request: Request, state: QueueState, finding: Finding | None, message: str) -> Response:
    """What a form gets: the next screen for a script, the way there for a browser without."""
    if request.headers.get("accept") != _FRAGMENT:
        return RedirectResponse(_url(state.queue.name, finding), 303)
    return _screen(request, state, finding, message)


def _screen(request: Request, state: QueueState, finding: Finding | None, message: str = "") -> Response:
    values = _values(request, state, finding)
    if request.headers.get("accept") != _FRAGMENT:
        return page(request, "decide.html.j2", **values)
    html = text(request, "case.html.j2", **values)
    title = f"{state.queue.title} · Longtail"
    return JSONResponse({"html": html, "url": _url(state.queue.name, finding), "message": message, "title": title})


def _values(request: Request, state: QueueState, finding: Finding | None) -> dict[str, Any]:
    review = review_of(request)
    tables = review.tables()
    if finding is None:
        others = [one for one in review.queues().values() if one.left]
        return {"state": state, "case": None, "others": others, "identities": tables.identities}
    position = _position(state, finding.finding)
    case = questions.case_of(review, state, finding)
    following = state.after(position, session_of(request).skipped.get(state.queue.name, ()))
    keypoints = review.derived("keypoints", lambda folder, _: pair_marks.read(folder), pair_marks.FILES)
    ahead = [one for _, one in questions.photographs(review, following)] if following else []
    return {
        "state": state,
        "case": case,
        "marks": pair_marks.of_finding(finding, keypoints),
        "place": position,
        "decision": state.decision(position),
        "ahead": [picture_url(one, _FIRST_SIDE) for one in ahead if one and not one.error],
        "identities": tables.identities,
    }


def _url(queue: str, finding: Finding | None) -> str:
    return f"/decide/{queue}/{finding.finding if finding else '-'}"


def _state(request: Request, queue: str) -> QueueState:
    state = review_of(request).queues().get(queue)
    if state is None:
        raise HTTPException(404)
    return state


def _position(state: QueueState, name: str) -> int:
    position = state.position(name)
    if position is None:
        raise HTTPException(404)
    return position
