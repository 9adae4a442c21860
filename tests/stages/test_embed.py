"""embed: rows, views, and that the head fits what was written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image, ImageOps
from safetensors.numpy import load_file

from longtail.errors import BadInput
from longtail.inference.onnx_graph import ExportError
from longtail.stages import train
from longtail.training import checkpoint, heads
from longtail.training.embedding import normalised
from tests.training import project


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project")
    project.make(path)
    project.trained(path, unfrozen_epochs=3)
    return path


def test_labelled_holds_both_views_of_both_networks(root: Path) -> None:
    folder = project.embedded(root, "labelled")
    names = ["embeddings", "mirrored", "pretrained", "pretrained_mirrored"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["index.parquet", "runtime.json", *(f"{n}.npy" for n in names)]
    )
    arrays = [np.load(folder / f"{name}.npy") for name in names]
    assert {(a.shape, str(a.dtype)) for a in arrays} == {((34, arrays[0].shape[1]), "float32")}
    for one in range(4):
        for other in range(one):
            assert not np.allclose(arrays[one], arrays[other])


def test_the_index_leaves_broken_images_out(root: Path) -> None:
    index = pd.read_parquet(project.embedded(root, "labelled") / "index.parquet")
    assert list(index) == ["image", "file"]
    assert index["image"].is_monotonic_increasing
    assert "broken.jpg" not in set(index["image"])


def test_head_on_embeddings_gives_the_networks_logits(root: Path) -> None:
    folder = project.embedded(root, "labelled", batch_size=5)
    head = load_file(root / "artifacts" / "train" / "head.safetensors")
    logits = np.load(folder / "embeddings.npy") @ head["weight"].T + head["bias"]

    card = checkpoint.read_card(root / "artifacts" / "train" / "model.json")
    whole = heads.Network(
        checkpoint.load_body(root / "artifacts" / "train" / "model.safetensors", card),
        heads.build_head("softmax", card.embedding_size, len(card.classes), 0.5),
    ).eval()
    whole.head.linear.load_state_dict({name: torch.from_numpy(value) for name, value in head.items()})
    files = [
        root / "artifacts" / "prepare" / "labelled" / name for name in pd.read_parquet(folder / "index.parquet").file
    ]
    frames = np.stack([np.asarray(Image.open(file).resize((32, 32), Image.Resampling.BICUBIC)) for file in files])
    with torch.inference_mode():
        wanted = whole(normalised(frames, card.mean, card.std, torch.device("cpu"))).numpy()
    np.testing.assert_allclose(logits, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_trained_network_knows_its_own_photographs(tmp_path: Path) -> None:
    """With eight plain identities the head ranks the right one first on most of what it learned from."""
    project.make(tmp_path)
    project.trained(tmp_path, frozen_epochs=0, unfrozen_epochs=40, base_lr=0.003, body_lr_divisor=1.0, max_warp=0.0)
    folder = project.embedded(tmp_path, "labelled")
    head = load_file(tmp_path / "artifacts" / "train" / "head.safetensors")
    classes = json.loads((tmp_path / "artifacts" / "train" / "model.json").read_text())["classes"]
    best = (np.load(folder / "embeddings.npy") @ head["weight"].T + head["bias"]).argmax(axis=1)
    split = pd.read_parquet(tmp_path / "artifacts" / "split" / "split.parquet").set_index("image")
    truth = split.loc[pd.read_parquet(folder / "index.parquet")["image"], "identity"].to_numpy()
    known = truth != ""
    assert (np.array(classes)[best][known] == truth[known]).mean() > 0.7


def test_mirrored_is_the_embedding_of_the_mirror_image(root: Path, tmp_path: Path) -> None:
    folder = project.embedded(root, "labelled")
    mirrored = np.load(folder / "mirrored.npy")
    card = checkpoint.read_card(root / "artifacts" / "train" / "model.json")
    body = checkpoint.load_body(root / "artifacts" / "train" / "model.safetensors", card)
    first = root / "artifacts" / "prepare" / "labelled" / pd.read_parquet(folder / "index.parquet").file[0]
    image = ImageOps.mirror(Image.open(first).resize((32, 32), Image.Resampling.BICUBIC))
    with torch.inference_mode():
        wanted = body(normalised(np.asarray(image)[None], card.mean, card.std, torch.device("cpu"))).numpy()
    np.testing.assert_allclose(mirrored[:1], wanted, rtol=1e-4, atol=1e-4)


def test_pretrained_is_the_body_that_training_started_from(root: Path) -> None:
    """A body that was never trained embeds as `pretrained.npy` says."""
    card = checkpoint.read_card(root / "artifacts" / "train" / "model.json")
    folder = project.embedded(root, "labelled")
    first = root / "artifacts" / "prepare" / "labelled" / pd.read_parquet(folder / "index.parquet").file[0]
    frame = np.asarray(Image.open(first).resize((32, 32), Image.Resampling.BICUBIC))[None]
    body = checkpoint.load_pretrained(card, root)
    with torch.inference_mode():
        wanted = body(normalised(frame, card.mean, card.std, torch.device("cpu"))).numpy()
    np.testing.assert_allclose(np.load(folder / "pretrained.npy")[:1], wanted, rtol=1e-4, atol=1e-4)


def test_a_neck_is_used_where_the_card_says_so(tmp_path: Path) -> None:
    project.make(tmp_path)
    project.trained(tmp_path, head="arcface", embedding_size=16)
    folder = project.embedded(tmp_path, "labelled")
    assert np.load(folder / "embeddings.npy").shape[1] == 16
    assert np.load(folder / "pretrained.npy").shape[1] > 16
    card = checkpoint.read_card(tmp_path / "artifacts" / "train" / "model.json")
    body = checkpoint.load_body(tmp_path / "artifacts" / "train" / "model.safetensors", card)
    first = tmp_path / "artifacts" / "prepare" / "labelled" / pd.read_parquet(folder / "index.parquet").file[0]
    frame = np.asarray(Image.open(first).resize((32, 32), Image.Resampling.BICUBIC))[None]
    with torch.inference_mode():
        wanted = body(normalised(frame, card.mean, card.std, torch.device("cpu"))).numpy()
    np.testing.assert_allclose(np.load(folder / "embeddings.npy")[:1], wanted, rtol=1e-4, atol=1e-4)


def test_augmented_has_its_variants_and_a_mirrored_view_where_asked_for(root: Path) -> None:
    folder = project.embedded(root, "augmented", augmented_mirror=False)
    index = pd.read_parquet(folder / "index.parquet")
    assert list(index) == ["image", "file", "variant"]
    assert index["variant"].tolist() == ["red"] * 3
    assert sorted(path.name for path in folder.iterdir()) == ["embeddings.npy", "index.parquet", "runtime.json"]
    folder = project.embedded(root, "augmented", augmented_mirror=True)
    names = ["embeddings.npy", "index.parquet", "mirrored.npy", "runtime.json"]
    assert sorted(path.name for path in folder.iterdir()) == names


@pytest.mark.parametrize("part", ["test", "augmented"])
def test_a_part_without_images_gives_empty_arrays(root: Path, part: str) -> None:
    table = root / "artifacts" / "oversample" / "augmented.parquet"
    rows = pd.read_parquet(table)
    rows[:0].to_parquet(table)
    try:
        folder = project.embedded(root, part)
    finally:
        rows.to_parquet(table)
    card = checkpoint.read_card(root / "artifacts" / "train" / "model.json")
    assert np.load(folder / "embeddings.npy").shape == (0, card.embedding_size)
    assert len(pd.read_parquet(folder / "index.parquet")) == 0


def test_equal_runs_write_equal_bytes(root: Path) -> None:
    one = {path.name: path.read_bytes() for path in project.embedded(root, "labelled").iterdir()}
    two = {path.name: path.read_bytes() for path in project.embedded(root, "labelled").iterdir()}
    assert one == two


def test_tensors_of_another_network_are_refused(root: Path, tmp_path: Path) -> None:
    project.make(tmp_path)
    project.trained(tmp_path, backbone="timm/test_efficientnet")
    (tmp_path / "artifacts" / "train" / "model.json").write_bytes((root / "artifacts/train/model.json").read_bytes())
    with pytest.raises(BadInput, match="the tensors are not those of 'timm/test_resnet'"):
        project.embedded(tmp_path, "test")


def test_a_card_that_is_none_is_refused(root: Path, tmp_path: Path) -> None:
    project.make(tmp_path)
    folder = train.Paths.at(tmp_path).card.parent
    folder.mkdir()
    (folder / "model.json").write_text("{}")
    with pytest.raises(BadInput, match="not a trained network's card"):
        project.embedded(tmp_path, "test")


def test_both_runtimes_give_the_same_embeddings_and_say_which_they_are(root: Path) -> None:
    by = {}
    for runtime in ("onnxruntime", "torch"):
        folder = project.embedded(root, "labelled", runtime=runtime)
        assert json.loads((folder / "runtime.json").read_text()) == {"runtime": runtime}
        by[runtime] = {name: np.load(folder / f"{name}.npy") for name in ("embeddings", "pretrained_mirrored")}
    for name, wanted in by["torch"].items():
        np.testing.assert_allclose(by["onnxruntime"][name], wanted, atol=1e-4 * float(wanted.std()))


def test_a_batch_of_another_size_gives_the_same_bits(root: Path) -> None:
    one = np.load(project.embedded(root, "labelled", batch_size=64) / "embeddings.npy")
    assert np.array_equal(one, np.load(project.embedded(root, "labelled", batch_size=5) / "embeddings.npy"))


def test_where_onnx_runtime_cannot_run_a_network_torch_does_and_it_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> None:
        raise ExportError("no such operator")

    monkeypatch.setattr("longtail.inference.onnx_graph.of", refused)
    folder = project.embedded(root, "test")
    assert json.loads((folder / "runtime.json").read_text()) == {"runtime": "torch"}
    assert "ONNX Runtime cannot run this network, so torch does: no such operator" in caplog.text


@pytest.mark.slow
def test_without_labelled_images_a_graph_that_is_kept_needs_no_torch(root: Path) -> None:
    import subprocess

    project.embedded(root, "test")
    script = f"""
import sys
from pathlib import Path
from longtail.stages import embed
params = embed.Params.model_validate({{"compute": {{"threads": 1, "device": "cpu"}}}})
embed.run(params, embed.Paths.at(Path({str(root)!r}), "test"))
print([name for name in ("torch", "timm", "onnx") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_embedding_imports_no_fastai() -> None:
    import subprocess

    script = "import sys, longtail.training.embedding, longtail.training.checkpoint, longtail.training.device as d\n"
    script += "import longtail.training.image_cache; print('fastai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
