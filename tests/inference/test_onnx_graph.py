"""A network as an ONNX graph: without its tensors, for any number of images, and the same numbers as torch's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from longtail.inference import onnx_export, onnx_graph, runtimes, session
from longtail.inference.onnx_graph import ExportError
from longtail.training import heads, side_by_side
from longtail.training.checkpoint import Card
from longtail.training.embedding import normalised
from longtail.training.heads import Embedder

CARD = Card("small", "none", "", 0, 16, False, (0.4, 0.5, 0.6), (0.2, 0.3, 0.25), True, 5, 0, "softmax", False, [])


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.Linear(4, 5)

    def forward(self, images: Tensor) -> Tensor:
        seen: Tensor = self.last(nn.functional.relu6(self.norm(self.conv(images))).mean((2, 3)))
        return seen


class Strange(Small):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images if images.sum() > 0 else -images)  # which of the two is no operator's to say


def small(kind: type[Small] = Small) -> Small:
    torch.manual_seed(3)
    body = kind().eval().requires_grad_(False).to(memory_format=torch.channels_last)
    body.norm.running_mean.uniform_(-1, 1)
    body.norm.running_var.uniform_(0.5, 2)
    return body


def tensors(body: nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.contiguous().numpy() for name, tensor in body.state_dict().items()}


@pytest.fixture(scope="module")
def graph() -> onnx_graph.OnnxGraph:
    return onnx_export.export(small(), CARD)


@pytest.mark.parametrize("images", [1, 3, 64])
def test_it_gives_the_embeddings_that_torch_gives(graph: onnx_graph.OnnxGraph, images: int) -> None:
    body = small()
    frames = np.random.default_rng(images).integers(0, 256, (images, 16, 16, 3), np.uint8)
    with torch.inference_mode():
        wanted = body(normalised(frames, CARD.mean, CARD.std, torch.device("cpu"))).numpy()
    np.testing.assert_allclose(session.load(graph, tensors(body), 1)(frames), wanted, atol=1e-5)


def test_several_networks_are_one_graph_whose_cosine_is_the_mean_of_theirs() -> None:
    bodies = [small(), small()]
    bodies[1].last.weight.add_(torch.linspace(-2, 2, 20).reshape(5, 4))
    frames = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    card = replace(CARD, networks=2, neck=5)
    joined = onnx_export.export(heads.SideBySide(bodies).eval(), card)
    each = [tensors(body) for body in bodies]
    found = session.load(joined, side_by_side.merged(each), 1)(frames)
    with torch.inference_mode():
        images = normalised(frames, CARD.mean, CARD.std, torch.device("cpu"))
        wanted = [body(images).numpy() for body in bodies]
    np.testing.assert_allclose(found[:, :5], wanted[0], atol=1e-5)
    mean = np.mean([cosines(one) for one in wanted], axis=0)
    np.testing.assert_allclose(cosines(found), mean, atol=1e-5)
    assert not np.allclose(mean, cosines(wanted[0]), atol=1e-3)


def cosines(embeddings: np.ndarray) -> np.ndarray:
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


def test_a_grey_image_has_one_channel() -> None:
    grey, body = replace(CARD, grey=True), small()
    frames = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 1), np.uint8)
    with torch.inference_mode():
        wanted = body(normalised(frames, grey.mean, grey.std, torch.device("cpu"))).numpy()
    np.testing.assert_allclose(
        session.load(onnx_export.export(body, grey), tensors(body), 1)(frames), wanted, atol=1e-5
    )


def test_it_holds_neither_tensors_nor_paths_and_gets_them_from_any_training(graph: onnx_graph.OnnxGraph) -> None:
    body = small()
    assert not any(values.tobytes() in graph.content for values in tensors(body).values() if values.size > 1)
    assert str(Path(__file__).parent).encode() not in graph.content
    assert b".py" not in graph.content
    frames = np.zeros((1, 16, 16, 3), np.uint8)
    doubled = {name: values * 2 if name.startswith("last") else values for name, values in tensors(body).items()}
    plain = session.load(graph, tensors(body), 1)(frames)
    np.testing.assert_allclose(session.load(graph, doubled, 1)(frames), plain * 2, rtol=1e-5)


def test_complete_it_runs_alone(graph: onnx_graph.OnnxGraph) -> None:
    whole = onnx_graph.with_tensors(graph, tensors(small()))
    frames = np.ones((2, 16, 16, 3), np.uint8)
    [seen] = onnxruntime.InferenceSession(whole).run(None, {"images": frames})
    assert np.array_equal(seen, session.load(graph, tensors(small()), 1)(frames))


@pytest.mark.parametrize("lost", ["last.weight", "norm.running_var"])
def test_tensors_of_another_network_are_refused(graph: onnx_graph.OnnxGraph, lost: str) -> None:
    others = tensors(small())
    with pytest.raises(ExportError, match=lost.replace(".", r"\.")):
        session.load(graph, {name: values for name, values in others.items() if name != lost}, 1)
    with pytest.raises(ExportError):
        session.load(graph, others | {lost: np.zeros((7, 7), np.float32)}, 1)


@pytest.mark.slow
def test_it_is_exported_once_for_an_architecture_and_anew_for_another_size(tmp_path: Path) -> None:
    made = onnx_graph.of(CARD, tmp_path / "graphs", small)
    assert onnx_graph.of(CARD, tmp_path / "graphs", lambda: pytest.fail("exported again")) == made
    [file] = (tmp_path / "graphs").iterdir()
    file.write_text("{}")
    assert onnx_graph.of(CARD, tmp_path / "graphs", small) == made
    for other in (
        replace(CARD, size=32),
        replace(CARD, grey=True),
        replace(CARD, neck=5),
        replace(CARD, mean=(0, 0, 0)),
    ):
        with pytest.raises(RuntimeError, match="asked"):
            onnx_graph.of(other, tmp_path / "graphs", asked)


def test_the_graph_of_the_backbone_alone_is_kept_with_that_of_the_whole(tmp_path: Path) -> None:
    card = replace(CARD, neck=3)
    with torch.random.fork_rng():
        whole = Embedder(small(), 5, 3).eval().requires_grad_(False)
    graphs = onnx_graph.of(card, tmp_path, lambda: whole), onnx_graph.of(replace(card, neck=0), tmp_path, asked)
    frames = np.random.default_rng(1).integers(0, 256, (2, 16, 16, 3), np.uint8)
    images = normalised(frames, CARD.mean, CARD.std, torch.device("cpu"))
    with torch.inference_mode():
        wanted = whole(images).numpy(), whole.backbone(images).numpy()
    for graph, one in zip(graphs, wanted, strict=True):
        np.testing.assert_allclose(session.load(graph, tensors(whole), 1)(frames), one, atol=1e-5)
    assert not any(name.startswith("neck") for name in graphs[1].tensors)


def asked() -> nn.Module:
    raise RuntimeError("asked")


def test_that_a_network_has_no_graph_is_found_out_once(tmp_path: Path) -> None:
    for build in (lambda: small(Strange), lambda: pytest.fail("asked again")):
        with pytest.raises(ExportError):
            onnx_graph.of(CARD, tmp_path, build)


@pytest.mark.parametrize(
    ("device", "devices", "cpu"),
    [("cpu", ["nvidia0"], True), ("auto", ["nvme0", "null"], True), ("auto", ["nvidiactl"], False),
     ("auto", ["dxg"], False), ("cuda", [], False), ("mps", [], False)],
)  # fmt: skip
def test_without_a_gpus_driver_torch_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, devices: list[str], cpu: bool
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in devices:
        (tmp_path / name).touch()
    assert runtimes.is_cpu(device, tmp_path) is cpu
