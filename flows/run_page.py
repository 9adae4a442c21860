"""What Prefect's list of runs says without opening one: score and outcome, in a run's name, tags and message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows.stages import Outcome
from longtail.artifacts import METRICS
from longtail.errors import LongtailError

_WORDS = {"Completed": "published", "Cached": "nothing new", "Refused": "refused", "Skipped": "nothing to publish"}
_SCORE = "open_map_at_5"


@dataclass(frozen=True)
class Headline:
    """What a run came to."""

    outcome: str
    """`published`, `refused`, `nothing new`, `nothing to publish`, `failed`."""
    score: str
    """`MAP@5 0.612`, or which stage failed; `""` where there is neither."""
    detail: str

    @property
    def name(self) -> str:
        """What is added to the name that Prefect has given the run."""
        return ", ".join(filter(None, (self.outcome, self.score)))

    @property
    def message(self) -> str:
        """What stands beside the run's state."""
        return f"{self.name}: {self.detail}" if self.detail else self.name

    @property
    def tags(self) -> list[str]:
        """By which runs are filtered."""
        return [self.outcome.replace(" ", "-")]


def ended(root: Path, outcomes: Sequence[Outcome]) -> Headline:
    """The headline of a run that ended well.

    Args:
        root: the project's root.
        outcomes: how each task ended.

    Returns:
        The headline.
    """
    last = next((one for one in outcomes if one.name == "publish"), None)
    outcome = _WORDS.get(last.state, last.state.lower()) if last else "done"
    metrics = root / METRICS
    known = json.loads(metrics.read_text(encoding="utf-8")) if metrics.is_file() else {}
    score, low, high = (known.get(f"{_SCORE}{end}") for end in ("", "_low", "_high"))
    words = "" if score is None else f"MAP@5 {score:.3f}"
    interval = "" if low is None or high is None else f"95% interval [{low:.3f}, {high:.3f}]; "
    return Headline(outcome, words, interval + (last.line if last else ""))


def stopped(error: LongtailError) -> Headline:
    """The headline of a run that a stage stopped: which one."""
    stage = " ".join(getattr(error, "__notes__", []))
    return Headline("failed", f"at {stage}" if stage else "", "")


def write(headline: Headline) -> None:
    """Put the headline into the run's name and tags. A server that does not take it fails no run.

    Args:
        headline: of the run that is at work.
    """
    run, name = flow_run.get_id(), flow_run.get_name() or ""
    if not run:
        return
    try:
        with get_client(sync_client=True) as client:
            tags = {*(flow_run.get_tags() or ()), *headline.tags}
            client.update_flow_run(UUID(run), name=f"{name} ({headline.name})", tags=sorted(tags))
    except httpx.HTTPError as error:
        get_run_logger().warning("the run keeps its name: the server did not take another (%s)", type(error).__name__)
