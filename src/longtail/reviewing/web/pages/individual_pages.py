"""The individuals: a list that sorts, filters and searches, and a page each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from longtail.labels import aliases
from longtail.lineage import individual as lineage
from longtail.lineage.checkout import Checkout
from longtail.reviewing import individuals
from longtail.reviewing.individuals import Individual
from longtail.reviewing.photographs import Photograph
from longtail.reviewing.web import paging, proposed
from longtail.reviewing.web.pages import Entry, map_page
from longtail.reviewing.web.rendering import page, review_of
from longtail.reviewing.web.state import Review, Tables

router = APIRouter()
MENU = Entry(10, "Individuals", "/individuals")
_A_PAGE = 60
_NEIGHBOURS = 6


@router.get("/individuals")
def individual_list(request: Request, q: str = "", show: str = "all", sort: str = "name", start: int = 0) -> Response:
    """All individuals, or those that fit.

    Args:
        request: with the session.
        q: a part of a name, of a former name or of a photograph's name.
        show: which (`individuals.FILTERS`).
        sort: in which order (`individuals.SORTS`).
        start: how many are left out before the first.

    Returns:
        The page.
    """
    review = review_of(request)
    everyone = _individuals(review)
    rows = individuals.chosen(everyone, q, show, sort)
    first = paging.first_row(start, len(rows), _A_PAGE)
    labelled = review.tables().catalogue.by_part["labelled"]
    pictured = [(one, _first_picture(one, labelled)) for one in rows[first : first + _A_PAGE]]
    back, on = paging.neighbours(first, _A_PAGE, q=q, show=show, sort=sort)
    return page(
        request, "individuals.html.j2", rows=pictured, total=len(rows), everyone=len(everyone), start=first,
        a_page=_A_PAGE, q=q, show=show, sort=sort, filters=individuals.FILTERS, sorts=individuals.SORTS,
        back=back, on=on, proposed=len(proposed.every(review)),
    )  # fmt: skip


@router.get("/individual")
def individual(request: Request, name: str) -> Response:
    """One individual; a former name leads to the page of the present one.

    Args:
        request: with the session.
        name: present or former.

    Returns:
        The page.

    Raises:
        HTTPException: nobody is or was called so.
    """
    review = review_of(request)
    everyone, present = _individuals(review), aliases.read(review.edits)
    one = individuals.find(everyone, name, present)
    if one is None:
        raise HTTPException(404)
    if one.name != name:
        return RedirectResponse(f"/individual?{urlencode({'name': one.name})}", 303)
    catalogue = review.tables().catalogue
    neighbours = []
    if atlas := map_page.atlas_of(review):
        individual_of = {image: name for name, several in catalogue.of_identity.items() for image in several}
        neighbours = atlas.neighbours(set(one.photographs), individual_of, _NEIGHBOURS)
    names = {one.name, one.present, *one.former}
    return page(
        request, "individual.html.j2", one=one, find=catalogue.find, neighbours=neighbours,
        photographs=[catalogue.by_part["labelled"][image] for image in one.photographs],
        publications=[(each, lineage.role(each)) for each in lineage.publications(Checkout(review.root), names)],
    )  # fmt: skip


def _individuals(review: Review) -> Mapping[str, Individual]:
    def read(folder: Path, tables: Tables) -> dict[str, Individual]:
        return individuals.read(folder, tables.catalogue, aliases.read(review.edits))

    return review.derived("individuals", read, individuals.FILES, [review.edits])


def _first_picture(one: Individual, labelled: Mapping[str, Photograph]) -> Photograph | None:
    return next((labelled[image] for image in one.photographs if not labelled[image].error), None)
