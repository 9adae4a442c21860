"""Every command that README and docs show exists, and takes the arguments shown."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from longtail import cli
from tests.contract.pages import shell_blocks

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(first: str) -> list[str]:
    """Lines of shell blocks that begin with `first`, comments and redirections cut."""
    lines = []
    for page in PAGES:
        for block in shell_blocks(page):
            for line in block:
                line = re.split(r"\s+#|\s[|>]", line.removeprefix("$ ").strip())[0]
                lines += [part.strip() for part in line.split("&&") if part.strip().startswith(f"{first} ")]
    return sorted(set(lines))


@pytest.mark.parametrize("command", commands("longtail"))
def test_longtail_command_is_understood(command: str) -> None:
    words = shlex.split(command)[1:]
    arguments = cli._parser(words).parse_args(words)
    assert arguments.verb == words[0]


@pytest.mark.parametrize("command", commands("make"))
def test_make_target_exists(command: str) -> None:
    target = next(word for word in command.split()[1:] if "=" not in word)
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


@pytest.mark.parametrize("command", commands("dvc"))
def test_dvc_command_exists(command: str) -> None:
    verbs = [word for word in command.split()[1:3] if word.isalpha()]
    done = subprocess.run([sys.executable, "-m", "dvc", *verbs, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", commands("python"))
def test_python_module_exists(command: str) -> None:
    assert command.split()[1] == "-m", "a script has no place in a shell block"
    assert importlib.util.find_spec(command.split()[2])


def commands_in_sentences(first: str) -> list[list[str]]:
    """Commands between backquotes that begin with `first`, as words."""
    spans = {span for page in PAGES for span in re.findall(rf"`({first} [^`]+)`", page.read_text("utf-8"))}
    return [re.split(r"\s+", span.removeprefix(f"{first} ")) for span in sorted(spans)]


def test_options_of_longtail_that_sentences_name_exist() -> None:
    unknown = []
    for verb, *words in commands_in_sentences("longtail"):
        if verb.isupper() or verb == "--help":  # `longtail VERB --help`
            continue
        parser = cli._parser([verb])
        [verbs] = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        options = verbs.choices[verb]._option_string_actions if verb in verbs.choices else {}
        unknown += [f"{verb} {word}" for word in words if word.startswith("--") and word not in options]
        unknown += [] if options else [verb]
    assert unknown == []


def test_modules_and_options_that_sentences_name_exist() -> None:
    shared = "".join((ROOT / "benchmarks" / name).read_text("utf-8") for name in ("measuring.py", "photographs.py"))
    unknown = []
    for module, *words in commands_in_sentences("python -m"):
        if module.partition(".")[0] not in ("benchmarks", "flows", "tests", "docs"):
            continue
        path = ROOT / module.replace(".", "/")
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
        source = shared + "".join(file.read_text("utf-8") for file in files)
        unknown += [f"{module} {word}" for word in words if word.startswith("--") and f'"{word}"' not in source]
    assert unknown == []


@pytest.mark.parametrize("command", [words[0] for words in commands_in_sentences("make")])
def test_make_target_that_a_sentence_names_exists(command: str) -> None:
    assert "=" in command or re.search(rf"^{command}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md", "docs/how-to/install.md"])
def test_every_command_of_the_first_pages_is_one_that_is_checked(page: str) -> None:
    """Those of the tutorial are run too: tests/e2e/test_tutorial.py."""
    checked = {"longtail", "make", "dvc", "python", "git", "cp", "."}
    lines = [line for block in shell_blocks(ROOT / page) for line in block]
    assert {line.split()[0] for line in lines if line and not line.startswith(" ")} <= checked  # output is indented


@pytest.mark.parametrize("command", commands("cp"))
def test_what_is_copied_is_there(command: str) -> None:
    source = command.split()[1]
    assert source.startswith(("-", "data/")) or (ROOT / source).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_is_empty(page: Path) -> None:
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)
    assert [block for block in blocks if not block.strip()] == []
