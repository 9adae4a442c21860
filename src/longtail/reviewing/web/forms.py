"""What a form sends: read whole, within limits."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

_LARGEST = 64_000
_MOST_FIELDS = 200


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, a dependency of FastAPI's.

    Args:
        request: with a body of kind application/x-www-form-urlencoded.

    Returns:
        {field: value}, the last value of each.

    Raises:
        HTTPException: the body is no such form, or larger than 64 kB.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise HTTPException(413, "The form is too large.")
    try:
        return dict(
            parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_MOST_FIELDS)
        )
    except ValueError as error:
        raise HTTPException(400, "That is no form.") from error
