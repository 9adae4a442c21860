"""The map of the embeddings: points, a thumbnail for those around it, and a way to look from nearer."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from longtail.reviewing import embedding_map
from longtail.reviewing.embedding_map import EmbeddingMap, Window
from longtail.reviewing.photographs import Photograph
from longtail.reviewing.web import proposed
from longtail.reviewing.web.rendering import page, picture_url, review_of
from longtail.reviewing.web.state import Review

router = APIRouter()
_SIDE = 1000  # of the map, in its own units
_WIDTH, _HEIGHT = 64, 48  # of a thumbnail
_POINT = Markup("M{} {}h0")
_PATH = Markup('<path class="{}" d="{}"/>')
_NEARER = Markup(
    '<a href="{}" aria-label="{}"><rect x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect></a>'
)  # fmt: skip
_THUMBNAIL = Markup(
    '<a href="{}"><image x="{}" y="{}" width="{}" height="{}" href="{}"><title>{}</title></image></a>'
)  # fmt: skip


@router.get("/map")
def embedding_plane(request: Request, name: str = "", level: int = 0, column: int = 0, row: int = 0) -> Response:
    """The map of the embeddings, or a part of it.

    Args:
        request: with the session.
        name: an individual whose photographs are marked.
        level: how near (`embedding_map.Window`).
        column: of the part that is looked at.
        row: of it.

    Returns:
        The page.
    """
    review = review_of(request)
    atlas, window = atlas_of(review), Window.of(level, column, row)
    drawn = _drawn(atlas, window, review, name) if atlas else Markup("")
    return page(
        request, "map.html.j2", drawn=drawn, name=name, count=len(atlas.images) if atlas else 0,
        inside=len(atlas.rows_in(window)) if atlas else 0,
        explained_variance=atlas.explained_variance if atlas else (0.0, 0.0),
        window=window, around=_address(window.around, name) if window.around else "", whole=_address(Window(), name),
    )  # fmt: skip


def atlas_of(review: Review) -> EmbeddingMap | None:
    """The map of the run; None where it has no embeddings here."""
    return review.derived("map", lambda folder, tables: embedding_map.read(folder), [embedding_map.FOLDER])


def _address(window: Window, name: str) -> str:
    query = {key: value for key, value in {"name": name, **window._asdict()}.items() if value}
    return f"/map?{urlencode(query)}" if query else "/map"


def _drawn(atlas: EmbeddingMap, window: Window, review: Review, chosen: str) -> Markup:
    """Elements of an SVG: the parts to look at from nearer, points, a thumbnail a cell, the marked points last."""
    labelled = review.tables().catalogue.by_part["labelled"]
    points: dict[str, list[Markup]] = {"known": [], "unknown": [], "chosen": []}
    rows = atlas.rows_in(window)
    inside = (window.inside(atlas.coordinates[rows]) * _SIDE).round().astype(int)
    coordinates = dict(zip(rows.tolist(), inside.tolist(), strict=True))
    for row, (x, y) in coordinates.items():
        image = atlas.images[row]
        identity = labelled[image].identity if image in labelled else ""
        kind = "chosen" if chosen and identity == chosen else "known" if identity else "unknown"
        points[kind].append(_POINT.format(x, _SIDE - y))
    parts = [_nearer(part, window, atlas, chosen) for part in window.parts]
    parts += [_PATH.format(kind, Markup("").join(points[kind])) for kind in ("known", "unknown")]
    for row in atlas.thumbnails(window):
        photograph = labelled.get(atlas.images[row])
        if photograph is None or photograph.error:
            continue
        x, y = coordinates[row]
        title = f"{photograph.identity or '(unknown)'}, {photograph.image}"
        left, top, picture = x - _WIDTH // 2, _SIDE - y - _HEIGHT // 2, picture_url(photograph, 256)
        parts.append(_THUMBNAIL.format(_page_of(photograph, review), left, top, _WIDTH, _HEIGHT, picture, title))
    parts.append(_PATH.format("chosen", Markup("").join(points["chosen"])))
    return Markup("").join(parts)


def _nearer(part: Window, window: Window, atlas: EmbeddingMap, chosen: str) -> Markup:
    """The square that leads to a part of the window; nothing where the part is empty."""
    count = len(atlas.rows_in(part))
    if not count:
        return Markup("")
    across = 3 ** (part.level - window.level)
    side = round(_SIDE / across)
    left, up = (part.column - window.column * across) * side, (part.row - window.row * across) * side
    words = f"Look nearer: {count:,} photographs"
    return _NEARER.format(_address(part, chosen), words, left, _SIDE - up - side, side, side, words)


def _page_of(photograph: Photograph, review: Review) -> str:
    """Where a thumbnail of the map leads: to its individual, or to the one that it is proposed as."""
    if photograph.identity:
        return f"/individual?{urlencode({'name': photograph.identity})}"
    proposal = proposed.holding(review, photograph.part, photograph.image)
    return f"/proposal?{urlencode({'name': proposal.name})}" if proposal else "/individuals"
