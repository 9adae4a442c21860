"""Log lines reach a person on stderr as they are, each once, above an open progress bar."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest
from tqdm import tqdm

from longtail import logs


@pytest.fixture
def log(request: pytest.FixtureRequest) -> logging.Logger:
    """The logger of a package of this test's own."""
    return logging.getLogger(f"tests_{request.node.name}.module")


def test_a_line_is_seen_once_on_todays_stderr(log: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        logs.to_stderr(log.name.partition(".")[0])
    log.info("train: 100% of it")
    log.debug("not seen")
    assert capsys.readouterr() == ("", "train: 100% of it\n")
    log.warning("again")
    assert capsys.readouterr().err == "again\n"


def test_a_line_does_not_break_a_bar(log: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr(log.name.partition(".")[0])
    with tqdm(total=2) as bar:
        bar.update()
        log.info("a line of its own")
    assert "\ra line of its own\n" in capsys.readouterr().err.replace("\r\r", "\r").replace(" \ra", "\ra")


def test_nothing_is_printed_beside_a_commands_answer(root: Path) -> None:
    """What is no answer is logged: nobody prints to stderr, or to a progress bar."""
    found = []
    for path in (path for folder in ("src", "flows") for path in (root / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or path.name == "logs.py":
                continue
            to_stderr = any(word.arg == "file" and ast.unparse(word.value) == "sys.stderr" for word in node.keywords)
            if (ast.unparse(node.func) == "print" and to_stderr) or ast.unparse(node.func).endswith("tqdm.write"):
                found.append(f"{path.relative_to(root)}:{node.lineno}")
    assert found == []
