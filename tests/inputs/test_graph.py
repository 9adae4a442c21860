"""dvc.yaml read as plain YAML says the same as DVC's own reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import dvc_graph
from longtail.errors import BadInput
from longtail.inputs import graph

GRAPH = """
stages:
  one:
    cmd: x
    deps: [src/a.py, data]
    params: [one, data.label, other.yaml: [x], params.yaml: [two]]
    outs: [artifacts/one]
  many:
    foreach: {a: {table: a.csv}, b: {table: b.csv}}
    do:
      cmd: x
      deps: [src/b, 'made/${key}', '${item.table}']
"""


@pytest.mark.slow
def test_the_projects_own_graph_is_read_as_dvc_reads_it(root: Path) -> None:
    stages = dvc_graph.ask(root, "graph")
    assert set(graph.names(root)) == {name for name, *_ in stages}
    for name, _, reads, _ in stages:
        stage, _, part = name.partition("@")
        entry = graph.entry_of(root, stage, part)
        assert set(entry.deps) == {path for path in reads if path != graph.PARAMS}
        assert set(graph.code_of(root, stage)) == {path for path in entry.deps if path.startswith("src/")}
        assert stage in entry.params


def test_parts_are_filled_in_and_keys_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text(GRAPH)
    assert graph.entry_of(tmp_path, "many", "b").deps == ("src/b", "made/b", "b.csv")
    assert graph.entry_of(tmp_path, "one") == (("src/a.py", "data", "other.yaml"), ("one", "data.label", "two"))
    assert graph.names(tmp_path) == ["one", "many@a", "many@b"] == list(graph.ends(tmp_path))
    assert graph.ends(tmp_path)["many@b"].deps == ("src/b", "made/b", "b.csv")
    assert graph.code_of(tmp_path, "many") == ("src/b",)


def test_without_a_graph_nothing_is_known(tmp_path: Path) -> None:
    assert graph.entry_of(tmp_path, "one") == ((), ())
    assert graph.names(tmp_path) == []


@pytest.mark.parametrize("text", ["stages: [", "", "stages:\n- one\n", "stages:\n  one: text\n"])
def test_what_is_no_graph_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "dvc.yaml").write_text(text)
    with pytest.raises(BadInput, match=r"dvc\.yaml is not a graph of stages"):
        graph.entry_of(tmp_path, "one")


def test_a_path_that_only_dvc_could_fill_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("stages:\n  one:\n    cmd: x\n    deps: ['${folder}/x']\n")
    with pytest.raises(BadInput, match=r"a dependency cannot be read without DVC, e\.g\. \$\{folder\}/x"):
        graph.entry_of(tmp_path, "one")
