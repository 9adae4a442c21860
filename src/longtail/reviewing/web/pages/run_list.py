"""The runs: the register as a table, the newest first, and the scores as a line."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from longtail.lineage.checkout import Checkout
from longtail.publishing import receipt
from longtail.reporting.charts.axes import shared_axis
from longtail.reporting.charts.interval import interval_chart
from longtail.reporting.charts.line import Series, line_chart
from longtail.reviewing import run_register
from longtail.reviewing.run_register import Run
from longtail.reviewing.web.pages import Entry
from longtail.reviewing.web.rendering import page, review_of

router = APIRouter()
MENU = Entry(30, "Runs", "/runs")


@router.get("/runs")
def run_list(request: Request) -> Response:
    """All receipts of the register."""
    register = Checkout(review_of(request).root).receipts
    history = run_register.runs(register, receipt.champion(register))
    axis = shared_axis([one for run in history for one in (run.low, run.score, run.high)], from_zero=False)
    rows = [
        (run, interval_chart(run.low, run.score, run.high, axis, chosen=run.is_champion)) for run in reversed(history)
    ]
    published = {run.receipt: run.published for run in history}
    return page(request, "runs.html.j2", rows=rows, published=published, trend=_trend(history))


def _trend(history: Sequence[Run]) -> Markup:
    """The scores with both ends of their intervals, over the number of the run."""
    scored = [(number, run) for number, run in enumerate(history, start=1) if run.score is not None]
    numbers = [float(number) for number, _ in scored]
    series = [
        Series("MAP@5 (open)", numbers, [run.score or 0.0 for _, run in scored]),
        Series("lower end", numbers, [run.low if run.low is not None else float("nan") for _, run in scored]),
        Series("upper end", numbers, [run.high if run.high is not None else float("nan") for _, run in scored]),
    ]
    versions = {run.data: number for number, run in reversed(scored)}  # the first run of each version of the data
    markers = [(float(number), f"data {data}") for data, number in versions.items() if number > 1][-3:]
    title = "MAP@5 of each run, with its 95% interval"
    return line_chart(title, series, "run", "MAP@5 (open)", markers=markers)
