"""Pages from templates: escaping on, the menu and the foot the same everywhere."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from longtail.reporting import formatting
from longtail.reviewing.photographs import Photograph
from longtail.reviewing.web import pages
from longtail.reviewing.web.access import Session
from longtail.reviewing.web.security import STATIC
from longtail.reviewing.web.state import Review

_ASSETS = {
    "report.css": ("longtail.reporting", "templates/style.css", "text/css"),
    "review.css": ("longtail.reviewing.web", "static/review.css", "text/css"),
    "icon.svg": ("longtail.reviewing.web", "static/icon.svg", "image/svg+xml"),
    "review.js": ("longtail.reviewing.web", "static/review.js", "text/javascript"),
}
"""{name: package, file, kind} of what pages load; nothing else is served as a file."""
NO_NAME = "(unknown)"
_FOLDS = {"train": "learned from", "valid": "scored", "discover": "kept out", "left_out": "left out"}


def review_of(request: Request) -> Review:
    """The project under review."""
    review: Review = request.app.state.review
    return review


def session_of(request: Request) -> Session:
    """The session that the guard has let in."""
    session: Session = request.state.session
    return session


def who_of(request: Request) -> str:
    """Who decides in this browser; `""` where nobody has said."""
    return session_of(request).who or review_of(request).git_user


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page.

    Args:
        request: that it answers.
        template: name of its template.
        status: of HTTP.
        **values: what the template reads.

    Returns:
        The answer.
    """
    review = review_of(request)
    notices = [*review.troubles(), review.tables().notice]
    return HTMLResponse(text(request, template, notices=notices, **values), status)


def text(request: Request, template: str, **values: Any) -> str:
    """A page or a part of one, as HTML.

    Args:
        request: that it answers.
        template: name of its template.
        **values: what the template reads.

    Returns:
        The text.
    """
    frame = {"path": request.url.path, "who": who_of(request)}
    return _environment().get_template(template).render({**frame, **values})


def bare(template: str) -> str:
    """A page without the frame, for who has no session yet."""
    return _environment().get_template(template).render()


def picture_url(photograph: Photograph, side: int, *, whole: bool = False) -> str:
    """Where the picture of a photograph is.

    Args:
        photograph: of the catalogue.
        side: px of its longer side, one of `pictures.SIDES`.
        whole: show all of the photograph, not only what its box shows.

    Returns:
        A path with a query, which changes when the picture does.
    """
    query = {"image": photograph.image, "side": side, "v": photograph.md5[:8]}
    return f"/picture/{photograph.part}?{urlencode(query | ({'whole': 1} if whole else {}))}"


@cache
def asset(name: str) -> tuple[bytes, str] | None:
    """(bytes, kind) of a file that pages load; None where there is no such file."""
    if name not in _ASSETS:
        return None
    package, file, kind = _ASSETS[name]
    return resources.files(package).joinpath(file).read_bytes(), kind


@cache
def asset_url(name: str) -> str:
    """Where a file is that pages load: another address for other bytes."""
    known = asset(name)
    digest = hashlib.sha256(known[0]).hexdigest()[:10] if known else ""
    return f"{STATIC}{name}?v={digest}"


@cache
def _environment() -> Environment:
    jinja = Environment(
        loader=PackageLoader("longtail.reviewing.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.filters.update(count=formatting.count, capitalise=formatting.capitalise, name=lambda text: text or NO_NAME)
    jinja.filters["fold"] = lambda fold: _FOLDS.get(fold, fold)
    jinja.globals.update(asset=asset_url, picture=picture_url, menu=pages.menu(), quantity=formatting.quantity)
    return jinja
