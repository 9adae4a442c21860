"""`longtail review --serve`: the server on 127.0.0.1, and the browser that opens it."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from longtail.errors import BadParameter, Problem
from longtail.params import DataParams
from longtail.process_lock import STATE
from longtail.reviewing.web import application
from longtail.reviewing.web.access import HOST, Access
from longtail.reviewing.web.state import Review

_OPEN_REQUESTS = 2  # seconds that a request which is being answered is given at the end


def serve(root: Path, data: DataParams, port: int, say: Callable[[str], None], *, open_browser: bool) -> None:
    """Serve until Ctrl-C.

    Args:
        root: the project's root.
        data: names of columns, and the word that says "none of the known".
        port: to listen on; 0: a free one.
        say: shows a line to the user.
        open_browser: open the page in the user's browser, where there is one.

    Raises:
        BadInput: there is no finished run.
        BadParameter: the port is taken, or is none.
    """
    review = Review(root, data)
    with listening(port) as listener:
        access = Access(listener.getsockname()[1])
        link = access.link()
        with _opened(root, link if open_browser and has_screen() else "") as is_open:
            say("\n".join(_announcement(link, access.port, is_open=is_open)))
            run(application.create(review, access), listener)
    say("Stopped. What the screen has confirmed stands in edits.csv.")


def run(app: FastAPI, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C.

    Args:
        app: the application.
        listener: as from `listening`.
    """
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_OPEN_REQUESTS,
    )
    with suppress(KeyboardInterrupt):  # uvicorn has ended well, and raises it once more
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A socket on this machine's own address.

    Args:
        port: to listen on; 0: a free one.

    Yields:
        The socket.

    Raises:
        BadParameter: the port is taken, or is none.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "a port is 0 to 65535"
            remedy = "Name another one, or leave --port out: a free one is taken."
            raise BadParameter(Problem(f"port {port} cannot be used: {reason}", remedy, where="--port")) from error
        listener.listen()
        yield listener


def has_screen() -> bool:
    """Whether a browser that is opened here would be seen: not over ssh, not without a display."""
    if "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def _opened(root: Path, link: str) -> Iterator[bool]:
    """Open the link in the user's browser.

    A browser's arguments are seen by every user of the machine (`ps`), so that it is given a file that only its owner
    can read, and which leads on to the link.

    Yields:
        Whether a browser was asked.
    """
    if not link:
        yield False
        return
    folder = root / STATE
    file = folder / f"review-{secrets.token_hex(8)}.html"
    page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={escape(link)}">'
    try:
        folder.mkdir(exist_ok=True)
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as opened:  # noqa: PTH123
            opened.write(page)
    except OSError:  # a checkout that may not be written into: the link is printed instead
        yield False
        return
    try:
        threading.Thread(target=webbrowser.open, args=(file.as_uri(),), daemon=True).start()
        yield True
    finally:
        file.unlink(missing_ok=True)


def _announcement(link: str, port: int, *, is_open: bool) -> Iterator[str]:
    if is_open:
        yield "The review opens in your browser. If it does not, open this link; it is valid once:"
    else:
        yield "Open this link in a browser; it is valid once:"
    yield f"  {link}"
    if "SSH_CONNECTION" in os.environ:
        yield f"From your own machine, first: ssh -L {port}:{HOST}:{port} USER@THIS-MACHINE"
    yield "Ctrl-C ends it."
