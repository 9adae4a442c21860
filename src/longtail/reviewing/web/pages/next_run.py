"""What the next run will apply, which stages it runs again for that, and why."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from longtail.reviewing import next_run
from longtail.reviewing.web.pages import Entry
from longtail.reviewing.web.rendering import page, review_of

router = APIRouter()
MENU = Entry(90, "Next run", "/next-run")


@router.get("/next-run")
def show(request: Request) -> Response:
    """The decisions that wait, and the stages."""
    root = review_of(request).root
    waiting = next_run.waiting(root)
    stages = []
    if waiting.added or waiting.taken_back:
        stages = next_run.stages_to_run(root, change_labels=waiting.change_labels)
    seconds = sum(stage.seconds or 0 for stage in stages)
    trains = any(stage.name == "train" for stage in stages)
    return page(request, "next_run.html.j2", waiting=waiting, stages=stages, minutes=seconds / 60, trains=trains)
