"""The proposed new individuals as pages show them: with what people have said of their photographs since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from longtail.labels import aliases
from longtail.reviewing import answers, proposals
from longtail.reviewing.cases import NEW
from longtail.reviewing.photographs import Part
from longtail.reviewing.proposals import Proposal
from longtail.reviewing.queues import QUEUES
from longtail.reviewing.web.state import Review

QUEUE = next(queue.name for queue in QUEUES if NEW in queue.kinds)
"""The queue that asks about them."""


@dataclass(frozen=True)
class Decided:
    """What people have said of one photograph of a proposal."""

    finding: str = ""
    """That asks about it; `""` for a test photograph."""
    decision: str = ""
    """The action and its value; `""` where nobody has decided."""
    name: str = ""
    """Whom it shows by that decision; `""` where it gives no name."""


def every(review: Review) -> Mapping[str, Proposal]:
    """The proposals of the run, by name."""
    return review.derived("proposals", lambda folder, _: proposals.read(folder), proposals.FILES)


def holding(review: Review, part: Part, image: str) -> Proposal | None:
    """The proposal that holds a photograph.

    Args:
        review: the project.
        part: of the photograph.
        image: its name.

    Returns:
        The proposal; None where it is in none.
    """
    return review.derived(
        "proposal by photograph",
        lambda folder, _: proposals.by_photograph(proposals.read(folder)),
        proposals.FILES,
    ).get((part, image))


def decisions_of(review: Review, proposal: Proposal) -> dict[tuple[Part, str], Decided]:
    """What people have said of the photographs of a proposal.

    Args:
        review: the project.
        proposal: one of the run.

    Returns:
        {(part, photograph): decision}, the labelled ones first.
    """
    present, answered = aliases.read(review.edits), answers.by_image(review.root / answers.FILE)
    state = review.queues()[QUEUE]
    asked = {one.image: position for position, one in enumerate(state.findings) if one.other_label == proposal.name}
    decided: dict[tuple[Part, str], Decided] = {}
    for image in proposal.labelled:
        row = state.decision(asked[image]) if image in asked else None
        action, value = (row[1], row[2]) if row is not None else ("", "")
        name = present.get(value, value) if action in ("name", "relabel") else ""
        name = "" if name == review.data.unknown_label else name
        finding = state.findings[asked[image]].finding if image in asked else ""
        decided["labelled", image] = Decided(finding, f"{action} {name}".rstrip(), name)
    for image in proposal.test:
        answer = answered.get(image)
        named = answer is not None and answer.action != "unsure" and answer.value != review.data.unknown_label
        name = present.get(answer.value, answer.value) if answer is not None and named else ""
        decided["test", image] = Decided("", f"{answer.action} {name or answer.value}".rstrip() if answer else "", name)
    return decided


def name_of(review: Review, proposal: Proposal) -> str:
    """What the individual is called.

    Args:
        review: the project.
        proposal: one of the run.

    Returns:
        As most of its photographs were named; where none was, as it is proposed.
    """
    names = [one.name for one in decisions_of(review, proposal).values() if one.name]
    return max(names, key=names.count) if names else proposal.name
