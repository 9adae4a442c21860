"""A stage is one name everywhere, and dvc.yaml tells the truth about what it reads and runs."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import grimp
import pytest
from ruamel.yaml import YAML

from flows import retrain
from longtail import commands, params, stages

ROOT = Path(__file__).resolve().parents[2]
BASE = {
    f"longtail.{name}"
    for name in (
        *("errors", "redaction", "names", "atomic", "params", "paths", "run_record", "compute", "process_lock"),
        *("waiting", "renamed", "sections", "artifacts", "ancestor", "licences"),
        *("csv_reader", "csv_writer", "git_runner", "imports"),
    )
}


def graph() -> dict[str, Any]:
    return YAML(typ="safe").load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]


def entries() -> list[tuple[str, str, dict[str, Any], dict[str, str]]]:
    """(stage, part, its entry, what `item` holds) of every command in dvc.yaml."""
    commands = []
    for name, entry in graph().items():
        for part, item in entry.get("foreach", {"": {}}).items():
            commands.append((name, part, entry.get("do", entry), item))
    return commands


def filled(path: str, part: str, item: dict[str, str]) -> str:
    path = path.replace("${key}", part)
    for key, value in item.items():
        path = path.replace(f"${{item.{key}}}", value)
    return path


IDS = [f"{name}@{part}" if part else name for name, part, _, _ in entries()]


def test_a_trainings_key_covers_the_code_that_train_depends_on() -> None:
    """A checkpoint of other code must not be gone on from."""
    code = {path.removeprefix("src/longtail/") for path in graph()["train"]["deps"] if path.startswith("src/")}
    tree = ast.parse((ROOT / "src/longtail/training/training_key.py").read_text("utf-8"))  # importing it takes seconds
    [own] = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CODE"
    ]
    assert set(ast.literal_eval(own)) == code


def test_graph_files_and_verbs_have_the_same_names() -> None:
    assert sorted(graph()) == stages.names()
    assert not set(stages.names()) & set(commands.verbs())


@pytest.mark.parametrize("preset", sorted((ROOT / "presets").glob("*.yaml")), ids=lambda path: path.stem)
def test_params_has_one_section_a_stage_and_every_key_is_commented(preset: Path) -> None:
    raw = params.read(preset)
    known = {**params.SHARED, **retrain.schemas()}
    assert set(raw) == set(known)
    lines = preset.read_text("utf-8").splitlines()
    for section, schema in known.items():
        own = [name for name in schema.model_fields if name not in params.SHARED]
        assert list(raw[section] or {}) == own, section
        for name in own:
            line = lines[raw[section].lc.key(name)[0]]
            assert line.endswith(f"# {schema.model_fields[name].description}"), line


@pytest.mark.parametrize(("name", "part", "entry", "item"), entries(), ids=IDS)
def test_paths_are_the_deps_and_outs(name: str, part: str, entry: dict[str, Any], item: dict[str, str]) -> None:
    paths = stages.load(name).Paths.at(Path(), part)
    deps = {filled(path, part, item) for path in entry["deps"]}
    outs = {filled(path, part, item) for path in entry["outs"]}
    assert {path.as_posix() for path in paths.inputs()} == {dep for dep in deps if not dep.startswith("src/")}
    record = f"artifacts/{name}/{part}.record.json" if part else f"artifacts/{name}/record.json"
    assert {path.as_posix() for path in paths.outputs()} | {record} == outs
    assert all(out.startswith(f"artifacts/{name}/") for out in outs)


@pytest.mark.parametrize(("name", "part", "entry", "item"), entries(), ids=IDS)
def test_params_of_the_graph_are_the_sections_the_stage_reads(
    name: str, part: str, entry: dict[str, Any], item: dict[str, str]
) -> None:
    wanted = {name, *params.shared_sections(stages.load(name).Params)} - {"compute"}
    if name == "report":  # the page shows every stage's parameters
        wanted |= (set(stages.names()) | {"data"}) - {"compute"}
    assert set(entry["params"]) == wanted


@pytest.mark.parametrize(("name", "part", "entry", "item"), entries(), ids=IDS)
def test_command_runs_this_checkouts_code(name: str, part: str, entry: dict[str, Any], item: dict[str, str]) -> None:
    command = f"PYTHONPATH=src python -m longtail {name}" + (f" --part {part}" if part else "")
    assert filled(entry["cmd"], part, item) == command


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("longtail")


@pytest.mark.parametrize(("name", "entry"), [(n, e) for n, _, e, _ in dict(zip(IDS, entries(), strict=True)).values()])
def test_import_closure_lies_inside_the_deps(name: str, entry: dict[str, Any], imports: grimp.ImportGraph) -> None:
    declared = [dep.removeprefix("src/").removesuffix(".py").replace("/", ".") for dep in entry["deps"]]
    start = f"longtail.stages.{name}"
    reached = imports.find_upstream_modules(start) | {start}
    packages = {"longtail", "longtail.stages"}
    outside = {
        module
        for module in reached - BASE - packages
        if not any(module == dep or module.startswith(f"{dep}.") for dep in declared)
        # The package of a file that is itself declared holds one docstring.
        and not any(dep.startswith(f"{module}.") for dep in declared)
    }
    assert not outside


def test_no_dependency_is_a_record() -> None:
    written = {filled(out, part, item): name for name, part, entry, item in entries() for out in entry["outs"]}
    records = [path for path in written if path.endswith("record.json")]
    for name, part, entry, item in entries():
        for dep in (filled(path, part, item) for path in entry["deps"]):
            assert not any(record == dep or record.startswith(f"{dep}/") for record in records), (name, dep)


def test_every_stage_has_a_description() -> None:
    assert all(entry.get("desc") for _, _, entry, _ in entries())


@pytest.mark.parametrize(
    ("room", "stages_of_room"),
    [
        ("evaluation", {"evaluate"}),
        ("duplicates", {"audit"}),
        ("recognition", {"keypoints", "evaluate", "predict", "discover"}),
        ("recognition/local_matching/fusion.py", {"evaluate", "predict", "discover"}),
    ],
)
def test_a_room_makes_only_the_stages_stale_that_need_it(room: str, stages_of_room: set[str]) -> None:
    folder = f"src/longtail/{room}/"
    depending = {
        name
        for name, _, entry, _ in entries()
        if any(f"{dep}/".startswith(folder) or folder.startswith(f"{dep}/") for dep in entry["deps"])
    }
    assert depending == stages_of_room


@pytest.mark.parametrize(
    ("stage", "room"), [("predict", "evaluation"), ("split", "duplicates"), ("report", "evaluation")]
)
def test_a_stage_imports_nothing_of_a_room_that_it_does_not_need(
    stage: str, room: str, imports: grimp.ImportGraph
) -> None:
    reached = imports.find_upstream_modules(f"longtail.stages.{stage}")
    assert not [module for module in reached if f"{module}.".startswith(f"longtail.{room}.")]
