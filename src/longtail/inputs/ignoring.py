"""Which files of a folder `.dvcignore` excludes, so that a folder has the same hash here as for DVC."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pathspec

FILE = ".dvcignore"
_ALWAYS = (".hg/", ".git/", ".git", ".dvc/")


class Rules(NamedTuple):
    """The patterns of one `.dvcignore`, which speak of what lies below its folder."""

    below: str
    """The folder, from the project's root; `""` is the root."""
    patterns: tuple[tuple[bool, re.Pattern[str]], ...]
    """(whether it ignores, pattern), in the order of the file: the last that matches decides."""

    def decide(self, path: str, is_folder: bool) -> bool | None:
        """Whether a path is ignored; None where no pattern speaks of it.

        Args:
            path: from the project's root.
            is_folder: whether it is a folder.

        Returns:
            True: ignored. False: taken back in by a pattern that begins with `!`.
        """
        inside = path.removeprefix(f"{self.below}/") if self.below else path
        for ignores, pattern in reversed(self.patterns):
            if pattern.match(f"{inside}/" if is_folder else inside):
                return ignores
        return None


def rules_of(lines: Iterable[str], below: str = "") -> Rules:
    """The rules of a `.dvcignore`.

    Args:
        lines: its lines.
        below: its folder, from the project's root; `""` for the root.

    Returns:
        The parsed rules.
    """
    kept = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    parsed = [one for one in pathspec.GitIgnoreSpec.from_lines(kept).patterns if one.include is not None]
    # One expression for neighbours of a kind: a folder has some 25,000 names, and each is looked at twice.
    patterns = tuple(
        (bool(ignores), re.compile("|".join(_plain(one) for one in group)))
        for ignores, group in groupby(parsed, key=lambda one: one.include)
    )
    return Rules(below, patterns)


def rules_above(root: Path, folder: str) -> list[Rules]:
    """The rules of the root and of every folder above `folder`, the root's first. DVC allows none inside of it.

    Args:
        root: the project's root.
        folder: from the root.

    Returns:
        Rules of one folder each.
    """
    rules = [rules_of(_ALWAYS)]
    for parent in reversed(Path(folder).parents):
        path = root / parent / FILE
        if path.is_file():
            rules.append(rules_of(path.read_text(encoding="utf-8").splitlines(), parent.as_posix().removeprefix(".")))
    return rules


def is_ignored(path: str, is_folder: bool, rules: Sequence[Rules]) -> bool:
    """Whether a path is ignored.

    Args:
        path: from the project's root.
        is_folder: whether it is a folder.
        rules: see `rules_above`; the last that speaks of it counts.

    Returns:
        True where DVC leaves it out.
    """
    for one in reversed(rules):
        decided = one.decide(path, is_folder)
        if decided is not None:
            return decided
    return False


def _plain(pattern: pathspec.Pattern) -> str:
    """A pattern's expression without the name of its group, which would stand there twice."""
    return str(pattern.regex.pattern).replace("?P<ps_d>", "?:")  # type: ignore[attr-defined]  # a RegexPattern
