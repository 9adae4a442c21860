"""An input that changed while a stage ran fails it by name; what the stage does not read, and a touch, do not."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from longtail import params
from longtail.errors import InputChanged
from longtail.inputs import snapshot
from longtail.params import ComputeParams, DataParams, StageParams
from longtail.paths import StagePaths, reads, writes

GRAPH = """
stages:
  toy:
    cmd: x
    params: [data, toy]
    deps: [src/longtail/toy, data/raw/train]
    outs: [artifacts/toy/out, artifacts/toy/record.json]
"""
FILES = {
    "dvc.yaml": GRAPH,
    ".dvcignore": "__pycache__\n",
    "params.yaml": "data: {unknown_label: new}\ntoy:\n  seed: 1\ncompute:\n  workers: 2\nother:\n  x: 1\n",
    "src/longtail/toy/code.py": "x = 1\n",
    "data/raw/train/a.jpg": "a",
    "data/raw/train/b.jpg": "b",
    "edits.csv": "",
    "artifacts/toy/out": "made",
}


class Params(StageParams):
    seed: int = 0
    rate: float = 0.5
    data: DataParams = DataParams()
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    train: Path = reads("data/raw/train")
    out: Path = writes("artifacts/toy/out")


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., snapshot.Inputs]:
    """Look at the inputs of a toy project, as the CLI does when a stage begins."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    time.sleep(0.12)

    def begun(*overrides: str) -> snapshot.Inputs:
        code = snapshot.code(tmp_path, "toy")
        raw = params.read(tmp_path / "params.yaml", overrides)
        paths = Paths.at(tmp_path)
        return snapshot.inputs(code, "toy", paths, params.load(Params, "toy", raw), raw, overrides)

    return begun


def rewrite(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "parameter": (lambda root: rewrite(root / "params.yaml", "seed: 1", "seed: 2"), r"toy\.seed \(was 1, is 2\)"),
    "default set": (
        lambda root: rewrite(root / "params.yaml", "  seed", "  rate: 1.0\n  seed"),
        r"rate \(was 0\.5, is 1",
    ),
    "parameter gone": (
        lambda root: rewrite(root / "params.yaml", "  seed: 1\n", "  rate: 0.5\n"),
        r"seed \(was 1, is 0",
    ),
    "shared": (lambda root: rewrite(root / "params.yaml", "new}", "old}"), r"unknown_label \(was 'new', is 'old'\)"),
    "half written": (lambda root: (root / "params.yaml").write_text("toy: ["), r"cannot be used any more.*not YAML"),
    "misspelt": (lambda root: rewrite(root / "params.yaml", "seed", "sed"), r"cannot be used any more.*toy\.sed"),
    "code": (lambda root: (root / "src/longtail/toy/code.py").write_text("x = 2\n"), r"toy/code\.py \(other bytes\)"),
    "new code": (lambda root: (root / "src/longtail/toy/more.py").touch(), r"toy/more\.py \(new\)"),
    "photograph": (lambda root: (root / "data/raw/train/b.jpg").write_text("B"), r"train/b\.jpg \(other bytes\)"),
    "lost one": (lambda root: (root / "data/raw/train/a.jpg").unlink(), r"train/a\.jpg \(gone\)"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_input_is_named(begin: Callable[..., snapshot.Inputs], tmp_path: Path, change: str) -> None:
    inputs = begin()
    CHANGES[change][0](tmp_path)
    with pytest.raises(InputChanged, match=CHANGES[change][1]) as caught:
        inputs.unchanged()
    assert "run it again" in str(caught.value)
    assert (caught.value.exit_code, caught.value.can_retry) == (1, False)


def test_all_kinds_are_told_at_once_with_their_numbers(begin: Callable[..., snapshot.Inputs], tmp_path: Path) -> None:
    inputs = begin()
    for name in ("a", "b", "c"):
        (tmp_path / f"data/raw/train/{name}.jpg").write_text("other")
    CHANGES["parameter"][0](tmp_path)
    CHANGES["code"][0](tmp_path)
    with pytest.raises(InputChanged, match=r"3 x input changed while toy ran, e\.g\. data/raw/train/a\.jpg") as caught:
        inputs.unchanged()
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "edits.csv").write_text("another stage's"),
        lambda root: rewrite(root / "params.yaml", "x: 1", "x: 2"),
        lambda root: rewrite(root / "params.yaml", "workers: 2", "workers: 3"),
        lambda root: rewrite(root / "params.yaml", "  seed: 1", "  seed: 1  # a comment"),
        lambda root: rewrite(root / "params.yaml", "  seed: 1", "  rate: 0.5\n  seed: 1"),  # the default, written out
        lambda root: rewrite(root / "dvc.yaml", "cmd: x", "cmd: y"),
        lambda root: (root / "data/raw/train/a.jpg").touch(),
        lambda root: (root / "data/raw/train/a.jpg").write_text("a"),
        lambda root: (root / "src/longtail/toy/__pycache__").mkdir(),
        lambda root: (root / "src/longtail/other.py").touch(),
    ],
)
def test_what_means_the_same_or_is_not_read_fails_nothing(
    begin: Callable[..., snapshot.Inputs], tmp_path: Path, change: Callable[[Path], object]
) -> None:
    inputs = begin()
    change(tmp_path)
    used = inputs.unchanged()
    assert set(used.inputs) == {"src/longtail/toy", "data/raw/train"}
    assert used.inputs["data/raw/train"].endswith(".dir")
    # As DVC is about to read them.
    assert used.sections == params.values_of(params.read(tmp_path / "params.yaml"), ["data", "toy"])


def test_an_override_is_what_was_used(begin: Callable[..., snapshot.Inputs], tmp_path: Path) -> None:
    inputs = begin("toy.seed=7")
    CHANGES["parameter"][0](tmp_path)  # lies under the override
    assert inputs.unchanged().sections["toy"] == {"seed": 7}


def test_the_code_is_that_of_the_beginning(begin: Callable[..., snapshot.Inputs], tmp_path: Path) -> None:
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@t commit -q -m start"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    inputs = begin()
    (tmp_path / "src/longtail/other.py").touch()
    assert not inputs.code.dirty  # it is not this stage's
    used = inputs.unchanged()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (used.commit, used.dirty) == (head.stdout.strip(), False)


def test_a_failure_on_a_changed_input_is_told_as_that_and_leaves_no_output(
    begin: Callable[..., snapshot.Inputs], tmp_path: Path
) -> None:
    inputs = begin()
    CHANGES["lost one"][0](tmp_path)
    with pytest.raises(InputChanged, match=r"a\.jpg \(gone\)"), snapshot.guard_inputs(inputs, Paths.at(tmp_path)):
        raise FileNotFoundError("a.jpg")
    assert not (tmp_path / "artifacts/toy/out").exists()


def test_a_failure_of_its_own_stays_what_it_is(begin: Callable[..., snapshot.Inputs], tmp_path: Path) -> None:
    inputs = begin()
    with pytest.raises(ZeroDivisionError), snapshot.guard_inputs(inputs, Paths.at(tmp_path)):
        raise ZeroDivisionError
    assert (tmp_path / "artifacts/toy/out").exists()
