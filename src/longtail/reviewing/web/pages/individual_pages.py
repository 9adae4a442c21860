"""The individuals: a list that sorts, filters and searches, a page each, and a map of the embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from longtail.labels import aliases
from longtail.lineage import individual as lineage
from longtail.lineage.checkout import Checkout
from longtail.reviewing import embedding_map, individuals
from longtail.reviewing.embedding_map import EmbeddingMap
from longtail.reviewing.individuals import Individual
from longtail.reviewing.photographs import Photograph
from longtail.reviewing.web import paging, proposed
from longtail.reviewing.web.pages import Entry
from longtail.reviewing.web.rendering import page, picture_url, review_of
from longtail.reviewing.web.state import Review, Tables

router = APIRouter()
MENU = Entry(10, "Individuals", "/individuals")
_A_PAGE = 60
_NEIGHBOURS = 6
_SIDE = 1000  # of the map, in its own units
_POINT = Markup("M{} {}h0")
_PATH = Markup('<path class="{}" d="{}"/>')
_THUMBNAIL = Markup(
    '<a href="{}"><image x="{}" y="{}" width="{}" height="{}" href="{}"><title>{}</title></image></a>'
)  # fmt: skip


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
    shown = [(one, _first_picture(one, labelled)) for one in rows[first : first + _A_PAGE]]
    back, on = paging.neighbours(first, _A_PAGE, q=q, show=show, sort=sort)
    return page(
        request, "individuals.html.j2", rows=shown, total=len(rows), everyone=len(everyone), start=first,
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
    if atlas := _map(review):
        individual_of = {image: name for name, several in catalogue.of_identity.items() for image in several}
        neighbours = atlas.neighbours(set(one.photographs), individual_of, _NEIGHBOURS)
    names = {one.name, one.present, *one.former}
    return page(
        request, "individual.html.j2", one=one, find=catalogue.find, neighbours=neighbours,
        photographs=[catalogue.by_part["labelled"][image] for image in one.photographs],
        publications=[(each, lineage.role(each)) for each in lineage.publications(Checkout(review.root), names)],
    )  # fmt: skip


@router.get("/map")
def embedding_plane(request: Request, name: str = "") -> Response:
    """The map of the embeddings.

    Args:
        request: with the session.
        name: an individual whose photographs are marked.

    Returns:
        The page.
    """
    review = review_of(request)
    atlas = _map(review)
    drawn = _drawn(atlas, review, name) if atlas else Markup("")
    count = len(atlas.images) if atlas else 0
    return page(request, "map.html.j2", drawn=drawn, name=name, count=count, shown=atlas.shown if atlas else (0.0, 0.0))


def _individuals(review: Review) -> Mapping[str, Individual]:
    def read(folder: Path, tables: Tables) -> dict[str, Individual]:
        return individuals.read(folder, tables.catalogue, aliases.read(review.edits))

    return review.derived("individuals", read, individuals.FILES, [review.edits])


def _map(review: Review) -> EmbeddingMap | None:
    return review.derived("map", lambda folder, tables: embedding_map.read(folder), [embedding_map.FOLDER])


def _page_of(photograph: Photograph, review: Review) -> str:
    """Where a thumbnail of the map leads: to its individual, or to the one that it is proposed as."""
    if photograph.identity:
        return f"/individual?{urlencode({'name': photograph.identity})}"
    proposal = proposed.holding(review, photograph.part, photograph.image)
    return f"/proposal?{urlencode({'name': proposal.name})}" if proposal else "/individuals"


def _first_picture(one: Individual, labelled: Mapping[str, Photograph]) -> Photograph | None:
    return next((labelled[image] for image in one.photographs if not labelled[image].error), None)


def _drawn(atlas: EmbeddingMap, review: Review, chosen: str) -> Markup:
    """The points, the marked ones last, and a thumbnail a cell, as elements of an SVG."""
    labelled = review.tables().catalogue.by_part["labelled"]
    points: dict[str, list[Markup]] = {"known": [], "unknown": [], "chosen": []}
    places = (atlas.places * _SIDE).round().astype(int)
    for image, (x, y) in zip(atlas.images, places.tolist(), strict=True):
        identity = labelled[image].identity if image in labelled else ""
        kind = "chosen" if chosen and identity == chosen else "known" if identity else "unknown"
        points[kind].append(_POINT.format(x, _SIDE - y))
    parts = [_PATH.format(kind, Markup("").join(points[kind])) for kind in ("known", "unknown")]
    width, height = 64, 48
    for row in atlas.thumbnails():
        photograph = labelled.get(atlas.images[row])
        if photograph is None or photograph.error:
            continue
        x, y = places[row].tolist()
        leads_to = _page_of(photograph, review)
        title = f"{photograph.identity or '(unknown)'}, {photograph.image}"
        left, top = x - width // 2, _SIDE - y - height // 2
        parts.append(_THUMBNAIL.format(leads_to, left, top, width, height, picture_url(photograph, 256), title))
    parts.append(_PATH.format("chosen", Markup("").join(points["chosen"])))
    return Markup("").join(parts)
