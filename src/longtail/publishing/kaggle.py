"""Submit to Kaggle with its own client: once for the same bytes, whatever was cut off before, and wait for the score.

The md5 of a submission stands in its description there. So a run that died between the sending and its receipt, or
whose answer never came back, finds what it has sent in the list of submissions and does not send it again.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail.errors import BadParameter, LongtailError, Problem, Unreachable
from longtail.redaction import kind_of, redacted

if TYPE_CHECKING:
    from kaggle.api.kaggle_api_extended import KaggleApi

PENDING = "PENDING"
_A_PAGE, _PAGES = 100, 20
_SECONDS_FOR_AN_ANSWER = 60.0
_REFUSED, _NOT_FOUND = (401, 403), 404


def submit(submission: Path, md5: str, competition: str, message: str) -> dict[str, Any]:
    """Send the submission, unless Kaggle has these bytes already.

    Args:
        submission: the file.
        md5: of its bytes.
        competition: its name in Kaggle's addresses.
        message: what is written beside it; the md5 is added.

    Returns:
        What `wait_for_score` returns.

    Raises:
        BadParameter: no such competition, or it takes no submissions.
        Unreachable: no answer. It may have arrived; a second try finds out.
        LongtailError: no credentials, or refused ones.
    """
    with _in_words(competition):
        client = _client()
        if _find(client, competition, md5) is None:
            _send(client, submission, competition, f"{message} (md5 {md5})")
        return _state_of(_find(client, competition, md5))


def wait_for_score(md5: str, competition: str, timeout_s: float, every: float) -> dict[str, Any]:
    """Wait for the score of a submission. Raises what `submit` raises.

    After `timeout_s` it is PENDING, and nothing is wrong.

    Args:
        md5: of the submission.
        competition: its name in Kaggle's address.
        timeout_s: seconds to wait for the score.
        every: seconds between two requests.

    Returns:
        `ref`, `status` (PENDING, COMPLETE, ERROR), `public_score`, `private_score`, `said`.
    """
    deadline = time.monotonic() + timeout_s
    with _in_words(competition):
        client = _client()
        while True:
            answer = _state_of(_find(client, competition, md5))
            if answer["status"] != PENDING or time.monotonic() >= deadline:
                return answer
            time.sleep(every)


def _client() -> KaggleApi:
    """The client, with credentials from the environment or Kaggle's own file. It prints and exits without any."""
    try:
        from kaggle.api.kaggle_api_extended import KaggleApi
    except ImportError as error:
        remedy = "Install it (pip install 'longtail[kaggle]'), or set publish.to to directory."
        raise LongtailError(Problem("publish.to: kaggle needs the package kaggle", remedy)) from error
    client = KaggleApi()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            client.authenticate()
    except SystemExit as error:
        remedy = "Set KAGGLE_USERNAME and KAGGLE_KEY, or put kaggle.json where Kaggle's client looks for it."
        raise LongtailError(Problem("there are no credentials for Kaggle", remedy)) from error
    return client


def _find(client: KaggleApi, competition: str, md5: str) -> Any:
    """The submission of these bytes in the list that Kaggle keeps, the newest first; None where there is none."""
    for page in range(1, _PAGES + 1):
        listed = client.competition_submissions(competition, page_number=page, page_size=_A_PAGE) or []
        matches = [one for one in listed if one is not None and md5 in (one.description or "")]
        if matches:
            return matches[0]
        if len(listed) < _A_PAGE:
            return None
    return None


def _send(client: KaggleApi, submission: Path, competition: str, message: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        answer = client.competition_submit(str(submission), message, competition, quiet=True)
    if answer.message == client.COMPETITION_SUBMIT_UPLOAD_FAILED_MESSAGE:
        raise Unreachable(Problem("the upload to Kaggle was cut off", "Run it again: make run", where=competition))


def _state_of(submission: Any) -> dict[str, Any]:
    if submission is None:
        return {"ref": 0, "status": PENDING, "public_score": None, "private_score": None, "said": ""}
    scores = {name: _number(getattr(submission, name)) for name in ("public_score", "private_score")}
    return {
        "ref": submission.ref,
        "status": submission.status.name,
        **scores,
        "said": redacted(submission.error_description or ""),
    }


def _number(score: str | None) -> float | None:
    return float(score) if score else None


@contextmanager
def _impatient() -> Iterator[None]:
    """The client sets no time-out anywhere, and would wait for a silent server for good."""
    from requests.adapters import HTTPAdapter

    patient = HTTPAdapter.send

    def send(self: HTTPAdapter, request: Any, **settings: Any) -> Any:
        return patient(self, request, **(settings | {"timeout": settings.get("timeout") or _SECONDS_FOR_AN_ANSWER}))

    HTTPAdapter.send = send  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        HTTPAdapter.send = patient  # type: ignore[method-assign]


@contextmanager
def _in_words(competition: str) -> Iterator[None]:
    """Turn what the client raises into an error that says what to do; give up on an answer that does not come."""
    import requests

    try:
        with _impatient():
            yield
    except requests.HTTPError as error:
        raise _of_status(error, competition) from error
    except requests.RequestException as error:
        remedy = "It may have arrived: run it again, and it will not be sent twice."
        raise Unreachable(
            Problem(f"Kaggle did not answer ({type(error).__name__})", remedy, where=competition)
        ) from error
    except LongtailError:
        raise
    except Exception as error:  # its client's own errors quote requests and answers
        remedy = "Look at the competition's page, and run it again."
        raise LongtailError(Problem(f"Kaggle's client failed ({kind_of(error)})", remedy, where=competition)) from error


def _of_status(error: Any, competition: str) -> LongtailError:
    status = error.response.status_code if error.response is not None else 0
    if status in _REFUSED:
        remedy = "Make a new key on Kaggle's account page, and join the competition there."
        return LongtailError(Problem(f"Kaggle refuses the credentials ({status})", remedy, where=competition))
    if status == _NOT_FOUND:
        remedy = "Set publish.competition to the name in its address; is it still open?"
        return BadParameter(
            Problem("Kaggle has no such competition", remedy, where=f"publish.competition: {competition}")
        )
    if status >= 500:
        return Unreachable(Problem(f"Kaggle is out of order ({status})", "Run it again later.", where=competition))
    return LongtailError(Problem(f"Kaggle refuses it ({kind_of(error)})", "See the competition's page.", competition))
