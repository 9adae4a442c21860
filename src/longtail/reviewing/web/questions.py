"""What the decision page asks and writes, whether it is about the labels (edits.csv) or a test photograph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from longtail.labels import aliases
from longtail.labels.edit_log import row_name
from longtail.reviewing import answers, cases, doubtful, edits_writer
from longtail.reviewing.cases import Case
from longtail.reviewing.decision import Decision
from longtail.reviewing.photographs import Photograph
from longtail.reviewing.queues import Finding, QueueState
from longtail.reviewing.web import known_names, proposed
from longtail.reviewing.web.state import Review


def case_of(review: Review, state: QueueState, finding: Finding) -> Case:
    """The screen of a finding.

    Args:
        review: the project.
        state: the queue.
        finding: one of the queue.

    Returns:
        The case.
    """
    tables, unknown_label = review.tables(), review.data.unknown_label
    if finding.kind == doubtful.KIND:
        case = doubtful.case_of(finding, review.answers()[finding.image], tables.catalogue, unknown_label)
    else:
        case = cases.case_of(finding, tables.catalogue, unknown_label, _together(state, finding))
    proposal = proposed.holding(review, case.left.part, finding.image) if case.left else None
    return replace(case, proposal=proposal.name) if proposal else case


def photographs(review: Review, finding: Finding) -> list[tuple[str, Photograph | None]]:
    """The one or two photographs of a finding, by name; None for one that the run does not know.

    Args:
        review: the project.
        finding: the finding.

    Returns:
        (name, photograph), the left one first.
    """
    find = review.tables().catalogue.find
    left = find(finding.image, "test" if finding.kind == doubtful.KIND else None)
    return [(finding.image, left), *([(finding.other, find(finding.other))] if finding.other else [])]


def named(review: Review, state: QueueState, finding: Finding, name: str, *, whole_group: bool) -> list[Decision]:
    """The decisions that somebody else is shown than any answer says.

    Args:
        review: the project.
        state: the queue.
        finding: one of the queue.
        name: of the individual.
        whole_group: say it of every photograph that is proposed together with this one.

    Returns:
        A decision a photograph.
    """
    name = aliases.read(review.edits).get(name, name)
    if finding.kind == doubtful.KIND:
        is_known = name in known_names.of(review) or name == review.data.unknown_label
        return [Decision(finding.finding, finding.image, "label" if is_known else "name", name)]
    several = _together(state, finding) if whole_group else [finding]
    return [cases.name_left(one, name, review.tables().catalogue) for one in several or [finding]]


def write(review: Review, finding: Finding, new: Sequence[Decision], signed: Mapping[str, str]) -> None:
    """Write decisions; when this returns they are on the disk. Raises BadInput where they cannot be.

    Args:
        review: the project.
        finding: that they decide.
        new: the decisions.
        signed: who and why.
    """
    tables, unknown_label = review.tables(), review.data.unknown_label
    if finding.kind == doubtful.KIND:
        rows = [(one.image, one.action, one.value) for one in new]
        tests = tables.catalogue.by_part["test"]
        answers.append(review.root / answers.FILE, rows, signed, tests, known_names.of(review), unknown_label)
    else:
        edits_writer.append(review.edits, new, signed, tables.catalogue.labels, unknown_label, tables.findings)


def take_back(review: Review, state: QueueState, position: int, signed: Mapping[str, str]) -> list[str]:
    """Take back what decides a finding. Raises BadInput where it does not hold any more.

    Args:
        review: the project.
        state: the queue.
        position: of the finding in the queue.
        signed: who and why.

    Returns:
        What holds no more, as text.
    """
    finding, decision = state.findings[position], state.decision(position)
    if finding.kind == doubtful.KIND:
        return answers.undo(review.root / answers.FILE, finding.image, signed)
    names = [] if decision is None else [row_name(decision)]
    return edits_writer.undo(review.edits, names, review.tables().findings, review.data.unknown_label, signed)


def _together(state: QueueState, finding: Finding) -> list[Finding]:
    """The open findings of one proposed individual, this one first; none for other kinds."""
    if finding.kind != cases.NEW:
        return []
    others = [
        one
        for position, one in enumerate(state.findings)
        if one.other_label == finding.other_label and state.deciding[position] is None and one != finding
    ]
    return [finding, *others]
