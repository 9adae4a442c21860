"""The pictures: asked for by a name that the tables know, never by a path."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from longtail.images.broken_image import BrokenImageError
from longtail.reviewing.photographs import Part
from longtail.reviewing.pictures import SIDES
from longtail.reviewing.web.rendering import review_of

router = APIRouter()
_CACHED = "private, max-age=86400, immutable"


@router.get("/picture/{part}")
def picture(request: Request, part: Part, image: str, side: int = SIDES[1], whole: bool = False) -> Response:
    """One picture as a JPEG.

    Args:
        request: with the session.
        part: `labelled` or `test`.
        image: name of the photograph in the tables.
        side: px of its longer side, one of `pictures.SIDES`.
        whole: show all of the photograph, not only what its box shows.

    Returns:
        The picture.

    Raises:
        HTTPException: the tables know no such photograph, or it cannot be opened.
    """
    review = review_of(request)
    catalogue = review.tables().catalogue
    if side not in SIDES or catalogue.find(image, part) is None:
        raise HTTPException(404)
    try:
        content = review.pictures.get(catalogue, image, part, side, whole=whole)
    except BrokenImageError as error:
        raise HTTPException(422, str(error)) from error
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": _CACHED})
