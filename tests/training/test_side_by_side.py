"""train.networks: each network is what it would be alone, and together they give the mean of their cosines."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.errors import BadInput
from longtail.params import BadParameter, load
from longtail.stages import train
from longtail.training import checkpoint, side_by_side
from longtail.training.run_order import TrainingRun
from tests.training import project
from tests.training.test_resuming import checkpoints

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = {"frozen_epochs": 1, "unfrozen_epochs": 2}
WRITTEN = ("model.safetensors", "head.safetensors", "history.csv")


def written(root: Path, folder: str = "") -> dict[str, bytes]:
    return {name: (root / "artifacts/train" / folder / name).read_bytes() for name in WRITTEN}


def card(root: Path, folder: str = "") -> dict[str, object]:
    return dict(json.loads((root / "artifacts/train" / folder / "model.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks of the train fold, and two of every fold."""
    root = tmp_path_factory.mktemp("two")
    project.make(root)
    summary = train.run(train.Params(**{**project.SMALL, "networks": 2, "fold": "all", **EPOCHS}), train.Paths.at(root))
    (root / "line").write_text(summary.line, encoding="utf-8")
    assert checkpoints(root) == []
    return root


def test_each_is_to_the_byte_what_it_is_alone_with_its_seed(two: Path, tmp_path: Path) -> None:
    for seed, folder in enumerate(("", "more/network_2")):
        alone = tmp_path / str(seed)
        project.make(alone)
        project.trained(alone, seed=seed, **EPOCHS)
        assert written(alone) == written(two, folder)
        assert card(two, folder) == card(alone) | {"networks": 2}
        assert [path.name for path in (alone / "artifacts/train/more").iterdir()] == ["networks.json"]


def test_those_of_every_fold_are_as_many(two: Path) -> None:
    assert (card(two, "all")["validated"], card(two, "all/more/network_2")["seed"]) == (0, 1)
    assert written(two, "all/more/network_2") != written(two, "all")
    phases = pd.read_csv(two / "artifacts/train/seconds.csv")["phase"].tolist()
    kinds = [f"{which}{phase}" for which in ("", "network 2 ", "all ", "all network 2 ") for phase in ("", "un", "un")]
    assert phases == [f"{kind}frozen" for kind in kinds]


def test_its_line_has_the_score_of_each(two: Path) -> None:
    scores = [pd.read_csv(two / "artifacts/train" / folder / "history.csv") for folder in ("", "more/network_2")]
    first, second = (f"{table['map_at_5'].iloc[-1]:.3f}" for table in scores)
    line = (two / "line").read_text("utf-8")
    assert f"MAP@5 {first} by the head while training" in line
    assert f"; the first of 2 networks side by side (the others: {second}); 2 other networks, without a score" in line


def test_the_cosine_of_the_joined_embeddings_is_the_mean_of_the_cosines(two: Path) -> None:
    folder = project.embedded(two, "labelled", runtime="torch")
    for name, network in (("embeddings", ""), ("all", "all")):
        joined = np.load(folder / f"{name}.npy")
        bodies = [two / "artifacts/train" / network / part for part in ("", "more/network_2")]
        each = [embedded_by(two, body) for body in bodies]
        np.testing.assert_array_equal(joined[:, : each[0].shape[1]], each[0])  # its head reads them
        np.testing.assert_allclose(cosines(joined), np.mean([cosines(one) for one in each], axis=0), atol=1e-5)
        assert np.abs(cosines(each[0]) - cosines(each[1])).max() > 0.01


def embedded_by(root: Path, folder: Path) -> np.ndarray:
    """The labelled photographs by one network alone."""
    from longtail.training import device, embedding, image_cache

    own = replace(checkpoint.read_card(folder / "model.json"), networks=1)
    index = pd.read_parquet(root / "artifacts/embed/labelled/index.parquet")
    compute = train.Params(**project.SMALL).compute
    files = [root / "artifacts/prepare/labelled" / file for file in index["file"]]
    pixels = image_cache.decode_all(files, own.size, root, compute, grey=False, label="")
    body = {"": checkpoint.load_body(folder / "model.safetensors", own)}
    where = device.choose(compute)
    seen = embedding.embed_all(body, pixels, own.mean, own.std, where, batch_size=64, mirrored=False, label="")
    return seen[""][0]


def cosines(embeddings: np.ndarray) -> np.ndarray:
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


_CHILD = """
import os, signal, sys
from pathlib import Path
from longtail.training import progress
from tests.training import project
from tests.training.test_side_by_side import EPOCHS

def die(self):
    if self.training_run.name == "network 2 of 2" and self.phase == "unfrozen" and self.batches == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    kept(self)

kept, progress.Progress.after_batch = progress.Progress.after_batch, die
project.trained(Path(sys.argv[1]), networks=2, **EPOCHS)
"""


@pytest.mark.slow
def test_kill_9_in_the_second_one_leaves_the_work_of_the_first(
    two: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    project.make(tmp_path)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    ended = subprocess.run([sys.executable, "-c", _CHILD, str(tmp_path)], env=environment, cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [path.name.split("-")[0] for path in checkpoints(tmp_path)] == ["train", "train_2"]
    with caplog.at_level(logging.INFO):
        project.trained(tmp_path, networks=2, **EPOCHS)
    assert "train: network 1 of 2: resumed after epoch 3 of 3" in caplog.messages
    assert "train: network 2 of 2: resumed after epoch 1 of 3" in caplog.messages
    epochs = [message.partition(": train loss")[0] for message in caplog.messages if "train loss" in message]
    assert epochs == [f"train: network 2 of 2: unfrozen epoch {epoch} of 2" for epoch in (1, 2)]
    assert [written(tmp_path, folder) for folder in ("", "more/network_2")] == [
        written(two, folder) for folder in ("", "more/network_2")
    ]
    assert checkpoints(tmp_path) == []


def test_the_time_left_is_that_of_all_networks() -> None:
    training = TrainingRun("network 2 of 3", {"frozen": 3, "unfrozen": 10}, later=1)
    assert training.seconds_left("unfrozen", 4, 60.0) == pytest.approx(6 * 60 + 3 * 20 + 10 * 60)
    assert training.seconds_left("frozen", 1, 20.0) == pytest.approx(2 * 20 + 10 * 60 + 3 * 20 + 10 * 60)
    assert TrainingRun("network 3 of 3", {"frozen": 0, "unfrozen": 2}).seconds_left("unfrozen", 2, 60.0) == 0


def test_a_network_that_is_not_there_is_named(tmp_path: Path) -> None:
    first = tmp_path / "model.safetensors"
    (tmp_path / "more/network_2").mkdir(parents=True)
    (tmp_path / "more/network_2/model.safetensors").touch()
    assert len(side_by_side.files(first, 2)) == 2
    with pytest.raises(BadInput, match=r"of 3 networks side by side, .* 1 not there, .*more/network_3"):
        side_by_side.files(first, 3)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"networks": 6}, "less than or equal to 5"),
        ({"networks": 2, "frozen_epochs": 0, "unfrozen_epochs": 0}, "networks above 1 with"),
    ],
)
def test_what_makes_no_sense_is_refused(params: dict[str, object], message: str) -> None:
    with pytest.raises(BadParameter, match=message):
        load(train.Params, "train", {"train": params})
