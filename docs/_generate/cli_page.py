"""The reference of the command line, from its argparse parser, and of the Makefile's targets."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from docs._generate.graph import run_names
from docs._generate.markdown import code, table
from longtail import cli, commands

INTRO = """# Commands

`longtail` is on your path after `. .venv/bin/activate`. Verbs may be run in any folder of the project. `longtail VERB
--help` says the same as this page.

Exit codes: 0, the verb did what it was asked to; 1, it failed; 2, the input or a parameter is wrong; 130, Ctrl-C.
"""
STAGES = """## Stages

`make run` runs every stage that is out of date. Each can also be run by hand; it then reads and writes the same files,
and `make run` still knows what is up to date.
"""


def page(root: Path) -> str:
    """The page: targets of make, the stages in the order of the graph, the other verbs.

    Args:
        root: The project's root.

    Returns:
        The page as Markdown.
    """
    in_order = list(dict.fromkeys(name.partition("@")[0] for name in run_names(root)))
    other = [_verb(verb) for verb in commands.verbs()]
    return "\n".join([INTRO, _make(root), STAGES, *(_verb(verb) for verb in in_order), "## Other verbs\n", *other])


def _make(root: Path) -> str:
    targets = re.findall(r"^([a-z-]+):.*## (.+)$", (root / "Makefile").read_text("utf-8"), re.M)
    return "## make\n\n" + table(("target", "what it does"), ((code(f"make {name}"), what) for name, what in targets))


def _verb(verb: str) -> str:
    parser = _parser(verb)
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    rows = [(_named(action), _meaning(action)) for action in actions]
    text = f"### longtail {verb}\n\n{parser.description}\n\n```text\nlongtail {verb} {_usage(parser, actions)}\n```\n\n"
    if rows:
        text += table(("argument", "meaning"), rows) + "\n"
    return text + f"{parser.epilog.replace('Example: ', 'Example: `', 1)}`\n" if parser.epilog else text


def _parser(verb: str) -> argparse.ArgumentParser:
    whole = cli._parser([verb])
    (verbs,) = (action for action in whole._actions if isinstance(action, argparse._SubParsersAction))
    return verbs.choices[verb]


def _usage(parser: argparse.ArgumentParser, actions: Iterable[argparse.Action]) -> str:
    """The usage, options first; argparse's own differs between Pythons."""
    groups = {id(action): group for group in parser._mutually_exclusive_groups for action in group._group_actions}
    ordered = sorted(actions, key=lambda action: not action.option_strings)
    return " ".join(_words(ordered, groups))


def _words(actions: Iterable[argparse.Action], groups: dict[int, argparse._MutuallyExclusiveGroup]) -> Iterator[str]:
    done: set[int] = set()
    for action in actions:
        group = groups.get(id(action))
        if group is None:
            yield _one(action)
        elif id(group) not in done:
            done.add(id(group))
            yield f"[{' | '.join(_plain(member) for member in group._group_actions)}]"


def _one(action: argparse.Action) -> str:
    required = action.required if action.option_strings else action.nargs not in ("?", "*")
    return _plain(action) if required else f"[{_plain(action)}]"


def _plain(action: argparse.Action) -> str:
    value = _value(action)
    return " ".join(filter(None, (action.option_strings[-1] if action.option_strings else "", value)))


def _value(action: argparse.Action) -> str:
    """What stands for an argument's value: `FILE`, `PHOTO ...`, `[ROW ...]`; nothing for a switch."""
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, tuple):
        first, second = action.metavar
        return f"{first} [{second} ...]" if action.nargs == "+" else f"{first} {second}"
    name = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else "")
    name = str(name or (action.dest.upper() if action.option_strings else action.dest))
    return {"+": f"{name} [{name} ...]", "*": f"[{name} ...]"}.get(str(action.nargs), name)


def _named(action: argparse.Action) -> str:
    return ", ".join(code(f"{option} {_value(action)}".strip()) for option in action.option_strings) or code(
        _value(action)
    )


def _meaning(action: argparse.Action) -> str:
    words = action.help or ""
    if action.required and action.option_strings:
        words += " (required)"
    return words % {"default": action.default, "prog": "longtail"} if "%(" in words else words
