"""A path under artifacts/ is written in the stage that makes it and in `longtail.artifacts`, and they agree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from longtail import artifacts, stages

ROOT = Path(__file__).resolve().parents[2]
HOMES = {ROOT / "src/longtail/artifacts.py", *(ROOT / "src/longtail/stages").glob("*.py")}
CODE = [path for folder in ("src/longtail", "flows") for path in (ROOT / folder).rglob("*.py") if path not in HOMES]


def literals(tree: ast.AST) -> Iterator[ast.Constant]:
    """Texts in the code that are no docstrings."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str) and not isinstance(node, ast.Expr):
                yield child


def runs() -> dict[str, set[str]]:
    """{run of a stage: what it writes}."""
    outputs_of = {}
    for name in stages.names():
        paths = stages.load(name).Paths
        for part in paths.PARTS or ("",):
            outputs = {path.as_posix() for path in paths.at(Path(), part).outputs()}
            outputs_of[f"{name}@{part}" if part else name] = outputs
    return outputs_of


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_path_under_artifacts_is_written_anywhere_else(path: Path) -> None:
    paths = [
        node for node in literals(ast.parse(path.read_text("utf-8"))) if re.search(r"\bartifacts(/|$)", str(node.value))
    ]
    assert [f"line {node.lineno}: {node.value}" for node in paths] == []


def test_each_path_is_one_that_a_stage_writes() -> None:
    written = set().union(*runs().values())
    named = {value for name, value in vars(artifacts).items() if name.isupper() and name[0] != "_" and name != "FOLDER"}
    named |= {artifacts.prepared_images(part) for part in ("labelled", "test")}
    named |= {artifacts.embeddings(part) for part in ("labelled", "augmented", "test")}
    assert named - written == set()


def test_a_record_leads_to_its_run_and_back() -> None:
    for run, outputs in runs().items():
        record = artifacts.record_path(run)
        assert artifacts.run_of_record(record) == run
        assert {Path(record).parts[:2]} == {Path(path).parts[:2] for path in outputs}
    assert artifacts.run_of_record(artifacts.METRICS) == ""
    assert artifacts.run_of_record("artifacts/embed/labelled/index.json") == ""
