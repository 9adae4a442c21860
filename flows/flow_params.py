"""How the flow itself goes."""

from __future__ import annotations

from pydantic import Field

from longtail.params import Section


class FlowParams(Section):
    """`flow:`, read by the flow alone."""

    stage_minutes: float = Field(
        720.0, gt=0, description="a stage that has not ended by then is ended, and the run with it"
    )
    scratch_every: int = Field(
        10, ge=1, description="train.start: ancestor: of so many trainings in a row one is from scratch"
    )
