"""A whole project, small enough to be run many times, and what a user does with it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from longtail import cli
from tests.forks import dvc_command, flow_command

BEFORE_TRAIN = (
    *("validate", "prepare@labelled", "prepare@test", "keypoints@labelled", "keypoints@test"),
    *("audit", "split", "oversample"),
)
TINY = {
    # Tests run beside each other; for so few photographs no process is started.
    "compute": {"threads": 1, "workers": 200},
    "prepare": {"side": 48},
    "oversample": {"min_count": 3, "passes": 1},
    "train": {
        "backbone": "timm/test_resnet",  # small: a stage takes little longer than its start
        "weights": "none",
        "embedding_size": 64,
        "size": 32,
        "batch_size": 16,
        "frozen_epochs": 1,
        "unfrozen_epochs": 1,
        "lr_find": False,
        "base_lr": 0.003,
    },
    "discover": {"min_precision": 0.01},  # so small a network finds hardly anybody again: proposals all the same
    "evaluate": {"classifiers": ["nearest_neighbour", "trained_head"], "strategies": ["none"], "resamples": 100},
}


@dataclass(frozen=True)
class Ran:
    """One run of the flow: exit code, what it said, {stage: ran or cached}."""

    code: int
    said: str
    states: dict[str, str]

    @classmethod
    def of(cls, code: int, said: str) -> Ran:
        assert "Traceback" not in said, said
        return cls(code, said, states_said(said))

    def ran(self) -> set[str]:
        return {name for name, state in self.states.items() if state == "ran"}


@dataclass(frozen=True)
class Project:
    """A checkout of its own, with its own data, git and DVC."""

    root: Path
    python: Path | None = None
    """What its flows run stages with (`tests/forks`); None: what a user's do."""

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        if arguments[0] == "dvc":
            arguments = (*dvc_command(), *arguments[1:])
        return subprocess.run(
            arguments, cwd=self.root, env=environment(), capture_output=True, text=True, check=False, timeout=900
        )

    def verb(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A verb that is no stage, run in this process: starting one takes longer than most verbs."""
        stdout, stderr = io.StringIO(), io.StringIO()
        with chdir(self.root), redirect_stdout(stdout), redirect_stderr(stderr):
            code = cli.main(words)
        return subprocess.CompletedProcess(words, code, stdout.getvalue(), stderr.getvalue())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on while the test does something else; both its outputs are one."""
        return subprocess.Popen(
            arguments,
            cwd=self.root,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def flow(self) -> Ran:
        done = self.command(*flow_command(self.python))
        return Ran.of(done.returncode, done.stdout + done.stderr)

    def finish(self) -> Ran:
        ran = self.flow()
        assert ran.code == 0, ran.said
        return ran

    def set_params(self, **sections: dict[str, object]) -> None:
        set_params(self.root, **sections)

    def receipts(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted((self.root / "receipts").glob("*.json"))]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.root / "artifacts" / name)


def environment() -> dict[str, str]:
    """What a user's shell has in a checkout whose environment is active."""
    bin_folder = Path(sys.executable).parent
    return {**os.environ, "PYTHONPATH": f"src{os.pathsep}.", "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}


def set_params(root: Path, **sections: dict[str, object]) -> None:
    """Change params.yaml, its comments kept."""
    yaml = YAML()
    path = root / "params.yaml"
    params = yaml.load(path.read_text())
    for section, values in sections.items():
        params.setdefault(section, {}).update(values)
    with path.open("w") as file:
        yaml.dump(params, file)


def states_said(words: str) -> dict[str, str]:
    """{stage: ran, cached, left or refused} of the flow's last screen."""
    return dict(re.findall(r"^  ([a-z]+(?:@[a-z]+)?) +(ran|cached|left|refused) +[0-9.]+ s", words, re.MULTILINE))
