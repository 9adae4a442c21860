"""One decision as a screen shows it: two photographs, what is known of them, and the answers that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from longtail.errors import counted
from longtail.labels.decisions import reference
from longtail.reviewing.decision import Decision, of_individual
from longtail.reviewing.photographs import Catalogue, Photograph
from longtail.reviewing.queues import Finding, precision_in_words

UNKNOWN = "unknown"
NEW = "new_individual"
"""The kind that proposes a new individual."""
_STRIP = 12


@dataclass(frozen=True)
class Answer:
    """One button: what it says, what it changes, and the rows of edits.csv that it writes."""

    name: str
    key: str
    title: str
    effect: str
    decisions: tuple[Decision, ...]
    proposed: bool = False


@dataclass(frozen=True)
class Strip:
    """Other photographs of one individual; a click shows one of them in the view `target`, `left` or `right`."""

    title: str
    target: str
    photographs: list[Photograph]
    total: int


@dataclass(frozen=True)
class Case:
    """One decision."""

    finding: Finding
    question: str
    left: Photograph | None
    right: Photograph | None
    strips: list[Strip]
    answers: list[Answer]
    precision: str
    can_name: bool
    """Whether another individual may be named for the left photograph."""
    together: int = 0
    """How many open photographs are proposed as one new individual, this one among them."""
    proposal: str = ""
    """The proposed new individual that the left photograph belongs to; `""` for none."""


def case_of(finding: Finding, catalogue: Catalogue, unknown_label: str, together: Sequence[Finding] = ()) -> Case:
    """The screen of a finding.

    Args:
        finding: the finding.
        catalogue: the photographs of the run.
        unknown_label: the word by which `relabel` says "none of the known".
        together: the open findings that propose the same new individual, this one among them.

    Returns:
        The case, with every answer that its kind has.
    """
    left, right = (catalogue.find(name) if name else None for name in (finding.image, finding.other))
    labelled = [one for one in (left, right) if one is not None and one.part == "labelled" and not one.is_gone]
    is_one_file = len(labelled) > 1 and labelled[0].md5 == labelled[1].md5
    answers = list(_answers(finding, unknown_label, is_one_file)) if len(labelled) == 1 + bool(finding.other) else []
    if finding.kind == NEW and left in labelled:  # the other one may be a test photograph
        answers = list(_new_answers(finding, together))
    answers += [
        Answer("keep", "s", "Leave it as it is", "nothing changes", _about(finding, "keep"))
    ] * (not answers)  # a test photograph is no label  # fmt: skip
    answers.append(Answer("unsure", "c", "Cannot tell", "it is not asked again", _about(finding, "unsure")))
    answers = [replace(one, proposed=_proposes(finding, one)) for one in answers]
    return Case(
        finding,
        _QUESTIONS.get(finding.kind, "What is to be done?"),
        left,
        right,
        [*_strips(finding, left, right, catalogue), *_proposed(finding, together, catalogue)],
        answers,
        "" if finding.kind == NEW else precision_in_words(finding.kind),  # of a new one its detail says it
        can_name=left in labelled and finding.kind != "confusion",
        together=len(together),
    )


def name_left(finding: Finding, name: str, catalogue: Catalogue) -> Decision:
    """The decision that the left photograph shows another individual than either label says.

    Args:
        finding: the finding.
        name: of the individual.
        catalogue: the photographs of the run.

    Returns:
        A `relabel`; a `name` for an unknown individual that nobody has named yet.
    """
    is_new = not finding.label and name not in catalogue.of_identity
    return Decision(finding.finding, finding.image, "name" if is_new else "relabel", name)


_QUESTIONS: Mapping[str, str] = {
    "conflict": "One picture, two names. Whose is it?",
    "named_and_unknown": "One picture, with a name and without. Is the name right?",
    "side_conflict": "Do both show one picture? Their sides differ.",
    "species_conflict": "Do both show one picture? Their species differ.",
    "likely_label_error": "Do both show the same individual?",
    "doubtful_label": "Do both show the same individual?",
    "confident_mistake": "Do both show the same individual?",
    "confusion": "Are these two one individual?",
    "near_duplicate": "Is this one picture, twice?",
    "mirrored_duplicate": "Is one the mirror image of the other?",
    "exact_duplicate": "Equal bytes: one picture, twice.",
    "edit_without_effect": "A decision has no effect.",
    "broken": "It cannot be opened. May it stay in the table?",
    "odd_size": "Its size or shape is unlike the others. May it stay?",
    "tinted": "One colour carries the picture. May it stay?",
    "grey": "It has no colour. May it stay?",
    NEW: "Do both show the same new individual?",
}


def _answers(finding: Finding, unknown_label: str, is_one_file: bool) -> Iterator[Answer]:
    """The answers of a kind, without `cannot tell`, which all have; `apart` changes nothing of two equal files."""
    label, other_label = finding.label or UNKNOWN, finding.other_label or UNKNOWN
    kind = finding.kind
    if kind == "conflict":
        if finding.proposal == "relabel":
            yield _relabelled("same", "s", f"It is {other_label}", finding, unknown_label)
        else:
            yield _relabelled("second", "2", f"It is {other_label}", finding, unknown_label)
        swapped = Decision(finding.finding, finding.other, "relabel", finding.label or unknown_label)
        yield Answer("first", "1", f"It is {label}", f"{finding.other} becomes {label}", (swapped,))
        if not is_one_file:
            yield _pair("different", "d", "Two pictures", "apart", "both names stay", finding)
    elif kind == "confusion":
        merged = of_individual("merge", finding.label, finding.other_label, finding.finding)
        yield Answer("same", "s", "One individual", f"{label} becomes {other_label}", (merged,))
        yield Answer("different", "d", "Two individuals", "nothing changes", _about(finding, "keep"))
    elif kind in ("likely_label_error", "doubtful_label", "confident_mistake", "named_and_unknown"):
        title = f"It is {other_label}" if kind == "named_and_unknown" else "Same individual"
        yield _relabelled("same", "s", title, finding, unknown_label)
        if kind == "named_and_unknown" and is_one_file and unknown_label:
            nobody = Decision(finding.finding, finding.other, "relabel", unknown_label)
            yield Answer("different", "d", "The name is wrong", f"{finding.other} becomes {UNKNOWN}", (nobody,))
        elif kind == "named_and_unknown" and not is_one_file:
            yield _pair("different", "d", "Two pictures", "apart", f"it stays {label}", finding)
        else:
            yield Answer("different", "d", "Different", f"it stays {label}", _about(finding, "keep"))
        yield _dropped(finding)
    elif kind in ("side_conflict", "species_conflict"):
        yield Answer("same", "s", "One picture", "mend the word in train.csv", _about(finding, "keep"))
        yield _pair("different", "d", "Two pictures", "apart", "they count as two", finding)
    elif kind in ("near_duplicate", "mirrored_duplicate", "exact_duplicate"):
        yield _pair("same", "s", "Same picture", "together", "both stay in one fold", finding)
        if kind != "exact_duplicate":
            yield _pair("different", "d", "Different pictures", "apart", "they count as two", finding)
        yield _dropped(finding)
    else:
        yield Answer("keep", "s", "Leave it as it is", "nothing changes", _about(finding, "keep"))
        if kind != "edit_without_effect":
            yield _dropped(finding)


def _proposes(finding: Finding, answer: Answer) -> bool:
    return any((one.action, one.image) == (finding.proposal, finding.image) for one in answer.decisions)


def _new_answers(finding: Finding, together: Sequence[Finding]) -> Iterator[Answer]:
    """The two photographs, or all of the proposal, get its name; it can be changed later by `rename`."""
    name, pair = finding.other_label, {finding.image, finding.other}
    both = [one for one in together if one.image in pair] or [finding]
    for answer, key, title, several in (("same", "s", "Same", both), ("all", "a", f"All {len(together)}", together)):
        if answer == "same" or len(several) > len(both):
            decisions = tuple(Decision(one.finding, one.image, "name", name) for one in several)
            yield Answer(answer, key, title, f"{counted(len(several), 'photograph')} named {name}", decisions)
    yield Answer("different", "d", "Different", f"{finding.image} stays {UNKNOWN}", _about(finding, "keep"))
    yield _dropped(finding)


def _proposed(finding: Finding, together: Sequence[Finding], catalogue: Catalogue) -> Iterator[Strip]:
    """The other photographs of a proposed individual."""
    others = [one.image for one in together if one.image not in (finding.image, finding.other)]
    photographs = [one for name in others[:_STRIP] if (one := catalogue.find(name, "labelled"))]
    if photographs:
        yield Strip(f"Proposed as {finding.other_label}", "right", photographs, len(others))


def _about(finding: Finding, action: str) -> tuple[Decision, ...]:
    return (Decision(finding.finding, finding.image, action, reference(finding.kind, finding.finding)),)


def _relabelled(name: str, key: str, title: str, finding: Finding, unknown_label: str) -> Answer:
    value = finding.other_label or unknown_label
    decision = Decision(finding.finding, finding.image, "relabel", value)
    return Answer(name, key, title, f"{finding.image} becomes {finding.other_label or UNKNOWN}", (decision,))


def _pair(name: str, key: str, title: str, action: str, effect: str, finding: Finding) -> Answer:
    return Answer(name, key, title, effect, (Decision(finding.finding, finding.image, action, finding.other),))


def _dropped(finding: Finding) -> Answer:
    decision = Decision(finding.finding, finding.image, "drop", "")
    return Answer("drop", "x", "Leave it out", f"{finding.image} is not used", (decision,))


def _strips(
    finding: Finding, left: Photograph | None, right: Photograph | None, catalogue: Catalogue
) -> Iterator[Strip]:
    """The other photographs of both labels. Where one photograph is asked about, all are compared with it."""
    pair = {finding.image, finding.other}
    target_of_first = "left" if finding.kind == "confusion" else "right"
    for label, target in ((finding.label, target_of_first), (finding.other_label, "right")):
        names = [name for name in catalogue.of_identity.get(label, ()) if name not in pair]
        if label and names:
            photographs = [one for name in names[:_STRIP] if (one := catalogue.find(name, "labelled"))]
            yield Strip(label, target, photographs, len(names))
