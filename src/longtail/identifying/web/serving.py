"""`longtail identify --serve`: the server on 127.0.0.1, and the browser that opens it."""

from __future__ import annotations

import os
import threading
import webbrowser
from collections.abc import Callable, Iterator

from longtail.identifying.web import application
from longtail.identifying.web.desk import Desk
from longtail.reviewing.web.access import HOST
from longtail.reviewing.web.serving import has_screen, listening, run


def serve(desk: Desk, port: int, say: Callable[[str], None], *, open_browser: bool) -> None:
    """Serve until Ctrl-C. Raises BadParameter where the port is taken, or is none.

    Args:
        desk: answers photographs.
        port: to listen on; 0: a free one.
        say: shows a line to the user.
        open_browser: open the page in the user's browser, where there is one.
    """
    with listening(port) as listener:
        port = listener.getsockname()[1]
        link = f"http://{HOST}:{port}/"
        is_open = open_browser and has_screen()
        if is_open:
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
        say("\n".join(_announcement(link, port, is_open=is_open)))
        run(application.create(desk), listener)
    say("Stopped. No photograph was kept.")


def _announcement(link: str, port: int, *, is_open: bool) -> Iterator[str]:
    yield "The page opens in your browser. If it does not:" if is_open else "Open this page in a browser:"
    yield f"  {link}"
    yield f"Or send a photograph: curl --data-binary @fluke.jpg '{link}identify?name=fluke.jpg'"
    if "SSH_CONNECTION" in os.environ:
        yield f"From your own machine, first: ssh -L {port}:{HOST}:{port} USER@THIS-MACHINE"
    yield "Ctrl-C ends it."
