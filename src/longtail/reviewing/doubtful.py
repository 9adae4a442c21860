"""The queue of doubtful answers: test photographs of which it is not clear whether they show somebody known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from longtail.labels.edit_log import rows_of
from longtail.reviewing import answer_list, answers
from longtail.reviewing.answer_list import Answered, Candidate
from longtail.reviewing.cases import Answer, Case, Strip
from longtail.reviewing.decision import Decision
from longtail.reviewing.photographs import Catalogue, Photograph
from longtail.reviewing.queues import DOUBTFUL, QUEUES, Finding, QueueState

KIND = "doubtful_answer"
_MATCHES = 4


def state_of(machine: Mapping[str, Answered], file: Path) -> QueueState:
    """The queue, the most undecided photograph first.

    Args:
        machine: the answers of the run, by photograph.
        file: answers.csv.

    Returns:
        The queue; those that were adopted since are not in it.
    """
    latest = answers.by_image(file)
    undecided = {image: one for image, one in machine.items() if one.is_doubtful}
    every = answer_list.with_answers(undecided, latest, answers.adopted(file))
    doubtful = [one for one in answer_list.chosen(every, "", "doubtful", "doubt") if not one.adopted]
    deciding = [latest[one.image].row - 2 if one.image in latest else None for one in doubtful]
    queue = next(one for one in QUEUES if one.name == DOUBTFUL)
    return QueueState(queue, [_finding(one) for one in doubtful], deciding, rows_of(file))


def case_of(finding: Finding, one: Answered, catalogue: Catalogue, unknown_label: str) -> Case:
    """The screen of a test photograph: beside it what supports the likeliest candidate.

    Args:
        finding: of `state_of`.
        one: the machine's answers.
        catalogue: the photographs of the run.
        unknown_label: the word for none of the known; `""` where there is none.

    Returns:
        The case, with an answer for each candidate.
    """
    known = [candidate for candidate in one.candidates if candidate.identity]
    answered = [_label(finding, candidate, number) for number, candidate in enumerate(known, start=1)]
    if unknown_label:
        share = "" if one.probability_new is None else f"{one.probability_new:.0%}"
        none = (Decision(finding.finding, finding.image, "label", unknown_label),)
        answered.insert(1, Answer("different", "d", "None of the known", share, none))
    shares_of_known = [candidate.probability for candidate in known if candidate.probability is not None]
    is_new_likelier = (one.probability_new or 0.0) > max(shares_of_known, default=0.5)
    likeliest = "different" if is_new_likelier else "same"
    answered = [replace(each, proposed=each.name == likeliest) for each in answered]
    unsure = (Decision(finding.finding, finding.image, "unsure", ""),)
    answered.append(Answer("unsure", "c", "Cannot tell", "it is not asked again", unsure))
    return Case(
        finding,
        "Whom does the left one show?",
        catalogue.find(finding.image, "test"),
        catalogue.find(finding.other, "labelled") if finding.other else None,
        [Strip(_title(candidate), "right", *_photographs(candidate, catalogue)) for candidate in known],
        answered,
        "sorted by how undecided the network is",
        can_name=True,
    )


def _finding(one: Answered) -> Finding:
    name = hashlib.blake2b(f"{KIND}\0{one.image}".encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    first = next((candidate for candidate in one.candidates if candidate.identity), None)
    shares = "" if one.probability_new is None else f"new with {one.probability_new:.0%}"
    if shares and one.unknown_share is not None:
        shares += f" (where {one.unknown_share:.0%} of the photographs show new individuals)"
    detail = ", ".join(filter(None, [shares, *(_title(each) for each in one.candidates if each.identity)]))
    match, identity = (first.match, first.identity) if first else ("", "")
    return Finding(name, KIND, "info", one.image, match, "", identity, "", "", detail, "")


def _title(candidate: Candidate) -> str:
    return candidate.identity + ("" if candidate.probability is None else f" {candidate.probability:.0%}")


def _label(finding: Finding, candidate: Candidate, number: int) -> Answer:
    decision = Decision(finding.finding, finding.image, "label", candidate.identity)
    name, key = ("same", "s") if number == 1 else (f"candidate{number}", str(number))
    share = f"score {candidate.score:.2f}" if candidate.probability is None else f"{candidate.probability:.0%}"
    return Answer(name, key, f"It is {candidate.identity}", share, (decision,))


def _photographs(candidate: Candidate, catalogue: Catalogue) -> tuple[list[Photograph], int]:
    """What supports the candidate first, then others of that individual; and how many it has."""
    names: Iterator[str] = (name for name in catalogue.of_identity.get(candidate.identity, ()))
    several = list(dict.fromkeys([*([candidate.match] if candidate.match else []), *names]))
    matches = [one for name in several[:_MATCHES] if (one := catalogue.find(name, "labelled"))]
    return matches, len(several)
