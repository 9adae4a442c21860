"""Telling people: on failure, on publication, on a refused challenger, through a notification block of Prefect's.

A block (Slack, e-mail, a webhook) holds address and secret on the server; params.yaml names it, and nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect.blocks.core import Block
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging import get_logger
from pydantic import Field

from flows.redacting import silent
from flows.stages import Outcome
from longtail import params
from longtail.errors import LongtailError
from longtail.params import Section
from longtail.redaction import kind_of, redacted


class NotifyParams(Section):
    """`notify:`, who is told; read by the flow alone."""

    block: str = Field(
        "",
        pattern=r"^$|^[a-z0-9-]+/[a-z0-9-]+$",
        description="a notification block of Prefect's, as slack-webhook/team; '': nobody",
    )


def ended(root: Path, outcomes: Sequence[Outcome], run_name: str) -> None:
    """Tell what was published or refused; nothing where the run made nothing new.

    Args:
        root: the project's root.
        outcomes: how each task ended.
        run_name: Prefect's name of the run.
    """
    for outcome in outcomes:
        if outcome.name == "publish" and outcome.state in ("Completed", "Refused"):
            what = "published" if outcome.state == "Completed" else "refused a challenger"
            send(root, f"Longtail {what} ({run_name})", outcome.line)


def failed(flow: Any, flow_run: FlowRun, state: State[Any]) -> None:
    """Tell why the flow failed or crashed: a hook that Prefect calls.

    Args:
        flow: the flow.
        flow_run: its run.
        state: the state that it ended in.
    """
    how = (state.name or "failed").lower()
    send(Path.cwd(), f"Longtail: {flow.name} {how} ({flow_run.name})", _why(state))


def send(root: Path, subject: str, body: str) -> None:
    """Send a message, if anybody is to be told. One that cannot be sent is a line in the log, and fails no run.

    Args:
        root: the project's root.
        subject: of the message.
        body: of the message.
    """
    try:
        name = params.load(NotifyParams, "notify", params.read(root / "params.yaml")).block
        if name:
            with silent("apprise", "httpx"):  # the clients behind a block log its address, which is its secret
                block: Any = Block.load(name)
                with block.raise_on_failure():
                    block.notify(redacted(body), redacted(subject))
    except LongtailError as error:  # params.yaml
        get_logger("longtail.notify").warning("no notification of %r: %s", subject, error)
    except Exception as error:  # whatever a block may raise: a run that went well stays one
        remedy = "Is the block there, and its address right? prefect block ls"
        get_logger("longtail.notify").warning(
            "no notification of %r: %s did not accept it (%s). %s", subject, name, kind_of(error), remedy
        )


def _why(state: State[Any]) -> str:
    error = state.result(raise_on_failure=False)
    stage = " ".join(getattr(error, "__notes__", []))
    return f"{stage}: {error}" if stage else str(error or state.message or "")
