"""The gate with real networks: an equal one passes, one from shuffled labels is refused, a better one passes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.e2e.tiny import Project, Ran

pytestmark = pytest.mark.slow

ENOUGH = 50
LEARNS = {
    "backbone": "efficientnet_lite0",
    "weights": "package",
    "embedding_size": 512,
    "size": 48,
    "unfrozen_epochs": 6,
}
"""A network that tells the drawn individuals apart after a few epochs."""


@pytest.fixture
def project(first: tuple[Project, Ran], prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The tiny project with photographs enough to tell networks apart: a champion is published."""
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    root = tmp_path / "longtail"
    shutil.copytree(first[0].root, root, ignore=shutil.ignore_patterns("artifacts", "raw", "raw.dvc", "receipts"))
    project = Project(root)
    project.set_params(gate={"min_photographs": ENOUGH}, prepare={"side": 64}, train=LEARNS)
    drawn = project.command(
        *(sys.executable, "-m", "longtail", "sample", "data/raw"),
        *("--identities", "25", "--images", "600", "--test", "20"),
    )
    assert drawn.returncode == 0, drawn.stderr
    project.finish()
    return project


def test_equal_passes_shuffled_labels_are_refused_and_better_passes(project: Project) -> None:
    table = project.root / "data/raw/train.csv"
    labels = pd.read_csv(table, dtype="str")

    one_more = sorted((project.root / "data/raw/test").iterdir())[0]
    shutil.copyfile(one_more, one_more.with_stem("one-more"))
    with (project.root / "data/raw/sample_submission.csv").open("a") as file:
        file.write(f"one-more{one_more.suffix},new_whale\n")
    assert {"train", "evaluate"}.isdisjoint(project.finish().ran())
    equal = project.receipts()[-1]
    assert equal["outcome"] == "published"
    assert equal["decision"]["low"] == equal["decision"]["high"] == 0

    labels.assign(Id=labels["Id"].sample(frac=1, random_state=0).to_numpy()).to_csv(table, index=False)
    ran = project.finish()
    assert ran.states["publish"] == "refused"
    refused = project.receipts()[-1]
    assert refused["outcome"] == "refused"
    assert refused["decision"]["photographs"] >= ENOUGH
    assert refused["decision"]["challenger"] < refused["decision"]["champion"]
    assert refused["decision"]["why"] in ran.said

    labels.to_csv(table, index=False)
    project.set_params(train={"unfrozen_epochs": 10})
    assert project.finish().states["publish"] == "ran"
    better = project.receipts()[-1]
    assert better["outcome"] == "published"
    assert better["decision"]["challenger"] > better["decision"]["champion"]
