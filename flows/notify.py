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
    """Tell what was published or refused; nothing where nothing new came of the run."""
    for outcome in outcomes:
        if outcome.name == "publish" and outcome.state in ("Completed", "Refused"):
            what = "published" if outcome.state == "Completed" else "refused a challenger"
            tell(root, f"Longtail {what} ({run_name})", outcome.line)


def failed(flow: Any, flow_run: FlowRun, state: State[Any]) -> None:
    """A hook of the flow's: tell why it failed or crashed."""
    how = (state.name or "failed").lower()
    tell(Path.cwd(), f"Longtail: {flow.name} {how} ({flow_run.name})", _why(state))


def tell(root: Path, subject: str, body: str) -> None:
    """Send it, if anybody is to be told. A message that cannot be sent is a line in the log, and fails no run."""
    try:
        name = params.load(NotifyParams, "notify", params.read(root / "params.yaml")).block
        if name:
            with silent("apprise", "httpx"):  # the clients behind a block log its address, which is its secret
                block: Any = Block.load(name)
                with block.raise_on_failure():
                    block.notify(redacted(body), redacted(subject))
    except LongtailError as error:  # params.yaml
        get_logger("longtail.notify").warning("nobody was told %r: %s", subject, error)
    except Exception as error:  # whatever a block may raise: a run that went well stays one
        remedy = "Is the block there, and its address right? prefect block ls"
        get_logger("longtail.notify").warning(
            "nobody was told %r: %s did not take it (%s). %s", subject, name, kind_of(error), remedy
        )


def _why(state: State[Any]) -> str:
    error = state.result(raise_on_failure=False)
    stage = " ".join(getattr(error, "__notes__", []))
    return f"{stage}: {error}" if stage else str(error or state.message or "")
