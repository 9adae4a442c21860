"""Every error that a user can meet, and how it is reported.

LongtailError                 exit code 1
├── BadInput                  exit code 2   the data is not what a stage can work with
├── BadParameter              exit code 2   params.yaml or the command line
├── Busy                      exit code 1   another run holds the checkout        (a retry can help)
├── NoSpace                   exit code 1   the disk is full
├── Unreachable               exit code 1   network, remote, service              (a retry can help)
├── InputChanged              exit code 1   an input changed while it was being used
└── StageFailed               exit code 1   a stage ended in a way it did not explain

A stage raises one error that carries all problems of its kind: a user mends a file once, not once a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from longtail.redaction import redacted

EXIT_BAD_INPUT = 2
EXIT_FAILURE = 1
_LONGEST = 300
_PADDING = 40


@dataclass(frozen=True)
class Problem:
    """One kind of trouble: how often, one example, where it stands, what to do. None of its texts holds a secret."""

    what: str
    remedy: str
    where: str = ""
    count: int = 1
    example: str = ""

    def __post_init__(self) -> None:
        for name in ("what", "remedy", "where", "example"):  # words of other software among them
            object.__setattr__(self, name, redacted(getattr(self, name)))

    def __str__(self) -> str:
        text = f"{self.count:,} x {self.what}" if self.count > 1 else self.what
        if self.example:
            text += f", e.g. {_short(self.example)}"
        if self.where:
            text += f" ({self.where})"
        return f"{text}. {self.remedy}"


class LongtailError(Exception):
    """Base of all errors that are shown to a user without a stack trace."""

    exit_code = EXIT_FAILURE
    can_retry = False

    def __init__(self, *problems: Problem) -> None:
        if not problems:
            raise ValueError("an error without a problem tells its reader nothing")
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))

    def to_dict(self) -> dict[str, Any]:
        """What the error file holds: the flow decides on a retry with it."""
        return {
            "kind": type(self).__name__,
            "exit_code": self.exit_code,
            "can_retry": self.can_retry,
            "message": str(self),
            "problems": [asdict(problem) for problem in self.problems],
        }


class BadInput(LongtailError):
    """The data is not what the stage can work with; running it again cannot help."""

    exit_code = EXIT_BAD_INPUT


class BadParameter(LongtailError):
    """A parameter is unknown, misspelt or out of range."""

    exit_code = EXIT_BAD_INPUT


class Busy(LongtailError):
    """Another run holds the checkout."""

    can_retry = True


class NoSpace(LongtailError):
    """The disk is full."""


class Unreachable(LongtailError):
    """Something outside this machine did not answer."""

    can_retry = True


class InputChanged(LongtailError):
    """An input changed while a stage used it, so that what it made belongs to no recorded state; run it again.

    No retry by itself: whoever is editing may not have ended.
    """


class StageFailed(LongtailError):
    """A stage ended without saying why (killed, crashed)."""


def from_dict(record: dict[str, Any]) -> LongtailError:
    """The error that `to_dict` wrote down; an unknown kind comes back as StageFailed."""
    kind = {cls.__name__: cls for cls in LongtailError.__subclasses__()}.get(record.get("kind", ""), StageFailed)
    return kind(*(Problem(**problem) for problem in record["problems"]))


def format_examples(values: Iterable[object], limit: int = 3) -> str:
    """The first few of `values` as text, and how many more there are.

    Args:
        values: what to name.
        limit: how many are named.

    Returns:
        `a, b, c (and 4 more)`.
    """
    listed = [str(value) for value in values]
    rest = f" (and {len(listed) - limit:,} more)" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + rest


def format_choices(choices: Sequence[tuple[str, str]]) -> list[str]:
    """Commands with their meanings in a second column, a line each; a far longer command does not widen the column.

    Args:
        choices: (command, what it means or `""`).

    Returns:
        Lines, indented by two blanks; at least two blanks between a command and its meaning.
    """
    lengths = [len(command) for command, _ in choices]
    width = max((length for length in lengths if length <= min(lengths) + _PADDING), default=0)
    return [f"  {command:<{width}}  {meaning}".rstrip() for command, meaning in choices]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def counted(number: Any, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 photograph`, `1,200 photographs`.

    Args:
        number: how many.
        noun: one of them.
        plural: several of them, where an s is not enough.

    Returns:
        The number, with thousands separated, and its noun.
    """
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"
