"""The gate with real networks, and what a run says of it."""

from __future__ import annotations

import colorsys
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail import run_record
from longtail.artifacts import PREDICTIONS
from longtail.lineage import store
from longtail.params import DataParams
from longtail.publishing import gate, receipt
from tests.any_data.chain import Ran, run_again, run_all
from tests.e2e.tiny import Project

pytestmark = pytest.mark.slow

ENOUGH = 30
IDENTITIES, EACH = 12, 20
AFTER_TEST_PHOTOGRAPHS = {
    *("prepare@test", "keypoints@test", "audit", "embed@test", "predict", "discover", "report", "publish")
}


def photograph(rng: np.random.Generator, identity: int) -> Image.Image:
    """Two colours that are the identity's, under light and shade that are the photograph's own."""
    halves = [colorsys.hsv_to_rgb((identity * step / IDENTITIES) % 1, 0.8, 0.7) for step in (1, 5)]
    colours = np.repeat(np.array(halves), 30, axis=0)[:, None, :] * np.ones((60, 90, 3))
    shade = np.kron(rng.uniform(0.6, 1.4, (12, 18)), np.ones((5, 5)))[:, :, None]
    return Image.fromarray((colours * shade * 255).clip(0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Coloured:
    """Photographs that a tiny network tells apart; `is_shuffled`: under labels that say nothing."""

    is_shuffled: bool
    data: DataParams = field(default_factory=DataParams)

    def write(self, root: Path) -> None:
        raw, rng = root / "data/raw", np.random.default_rng(0)
        (raw / "train").mkdir(parents=True)
        (raw / "test").mkdir()
        table = pd.DataFrame({"Image": [f"p{number}.jpg" for number in range(IDENTITIES * EACH)]})
        table["Id"] = [f"w_{number % IDENTITIES}" for number in table.index]
        for number, image in enumerate(table["Image"]):
            photograph(rng, number % IDENTITIES).save(raw / "train" / image)
        if self.is_shuffled:
            table["Id"] = table["Id"].sample(frac=1, random_state=0).to_numpy()
        table.to_csv(raw / "train.csv", index=False)
        photograph(rng, 0).save(raw / "test/t.jpg")
        pd.DataFrame({"Image": ["t.jpg"], "Id": ["w_0"]}).to_csv(raw / "sample_submission.csv", index=False)
        (root / "edits.csv").write_text("image,action,value,who,when,why\n", encoding="utf-8")


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """{network: its predictions on what was held out}: trained shortly, for long, and on shuffled labels."""

    def ran(name: str, epochs: int, is_shuffled: bool) -> Ran:
        return run_all(
            tmp_path_factory.mktemp(name),
            Coloured(is_shuffled),
            last="evaluate",
            split={"valid_share": 0.3},
            train={"unfrozen_epochs": epochs},
            evaluate={"classifiers": ["trained_head"], "strategies": ["none"]},
        )

    short = ran("short", 1, is_shuffled=False)
    long = run_again(short, tmp_path_factory.mktemp("long"), "train", "evaluate", train={"unfrozen_epochs": 6})
    shuffled = ran("shuffled", 6, is_shuffled=True)
    runs = {"short": short, "long": long, "shuffled": shuffled}
    return {name: one.table("evaluate/predictions.parquet") for name, one in runs.items()}


def decide(champion: pd.DataFrame, challenger: pd.DataFrame) -> gate.Decision:
    decision = gate.decide(champion, challenger, "auto", ENOUGH)
    assert decision.photographs >= ENOUGH
    return decision


def test_equal_passes_shuffled_labels_are_refused_and_better_passes(scored: dict[str, pd.DataFrame]) -> None:
    equal = decide(scored["short"], scored["short"])
    assert equal.passes
    assert equal.low == equal.high == 0
    refused = decide(scored["long"], scored["shuffled"])
    assert not refused.passes
    assert (refused.challenger or 0) < (refused.champion or 0)
    better = decide(scored["short"], scored["long"])
    assert better.passes
    assert (better.challenger or 0) > (better.champion or 0)


def test_new_test_photographs_retrain_nothing_and_the_gate_is_asked_whether_they_are_published(
    project: Project,
) -> None:
    """An old word in params.yaml neither."""
    project.set_params(gate={"min_photographs": 5})
    names = add_test_photographs(project.root / "data/raw", 10)
    params = project.root / "params.yaml"
    params.write_text(params.read_text().replace("  size_outlier_factor:", "  odd_factor:"))
    ran = project.finish()
    assert ran.said.count("audit.odd_factor is now size_outlier_factor") == 1  # an old word, by the flow alone
    assert AFTER_TEST_PHOTOGRAPHS - {"audit", "report"} <= ran.ran() <= AFTER_TEST_PHOTOGRAPHS
    equal = project.receipts()[-1]
    assert equal["outcome"] == "published"
    assert equal["decision"]["low"] == equal["decision"]["high"] == 0  # the same network
    assert set(names) <= set(pd.read_csv(project.root / "published/submission.csv").iloc[:, 0])

    published = (project.root / "published/submission.csv").read_bytes()
    let_champion_be_perfect(project)
    project.set_params(predict={"expected_unknown_share": 0.0})
    ran = project.finish()
    assert ran.states["publish"] == "refused"
    assert [entry["outcome"] for entry in project.receipts()] == ["published", "published", "refused"]
    refused = project.receipts()[-1]["decision"]
    assert refused["challenger"] < refused["champion"] == 1
    assert refused["why"] in ran.said
    assert (project.root / "published/submission.csv").read_bytes() == published


def add_test_photographs(raw: Path, count: int) -> list[str]:
    table = pd.read_csv(raw / "sample_submission.csv", dtype=str)
    names = [f"new_{number}.jpg" for number in range(count)]
    rng = np.random.default_rng(0)
    for number, name in enumerate(names):
        photograph(rng, number).save(raw / "test" / name)
    rows = pd.DataFrame({table.columns[0]: names, table.columns[1]: "new_whale"})
    pd.concat([table, rows]).to_csv(raw / "sample_submission.csv", index=False)
    return names


def let_champion_be_perfect(project: Project) -> None:
    """As if what was published last had every photograph right: its receipt names predictions that say so."""
    path = project.root / "perfect.parquet"
    project.table("evaluate/predictions.parquet").assign(ap=1.0).to_parquet(path, index=False)
    md5 = run_record.md5_of(path)
    stored = store.Store.of(project.root).object_path(md5)
    stored.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, stored)
    register = receipt.read_register(project.root / receipt.REGISTER)
    champion = project.root / receipt.REGISTER / (receipt.champion(register) or "")
    before = register[champion.name].artifacts[PREDICTIONS]
    champion.write_text(champion.read_text().replace(before, md5))
