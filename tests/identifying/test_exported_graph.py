"""A network as a list of tensor operations: the same bits, or an honest no."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from longtail.identifying import torch_network
from longtail.identifying.exported_graph import ExportError, export_graph, load_graph
from longtail.training.checkpoint import Card


class Small(nn.Module):
    """A bit of everything: branches, a sum, a concatenation, an operation in place."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(inplace=True)
        )
        self.branch = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.neck = nn.Sequential(nn.Linear(16, 5, bias=False), nn.BatchNorm1d(5))

    def forward(self, images: Tensor) -> Tensor:
        seen = self.stem(images)
        wide = torch.cat([seen + self.branch(seen), seen.sigmoid() * 2], dim=1)
        found: Tensor = self.neck(wide.mean((2, 3)))
        return found


class Strange(Small):
    """With an operation that is on no list."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.linalg.svdvals(super().forward(images)[None])[0]


class Constant(Small):
    """With a number that is in no file of tensors."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) * torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])


def built(kind: type[Small]) -> Small:
    torch.manual_seed(4)
    body = kind().eval()
    for module in body.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return body.requires_grad_(requires_grad=False)


def test_a_graph_survives_json_and_gives_the_same_bits() -> None:
    body = built(Small)
    graph = json.loads(json.dumps(export_graph(body, 16), allow_nan=False))
    images = torch.randn(1, 3, 16, 16)
    kept = images.clone()
    assert torch.equal(load_graph(graph, body.state_dict())(images), body(images))
    assert torch.equal(images, kept)


def test_other_tensors_give_another_embedding() -> None:
    body, images = built(Small), torch.randn(1, 3, 16, 16)
    graph = export_graph(body, 16)
    doubled = {name: tensor * 2 if name == "neck.0.weight" else tensor for name, tensor in body.state_dict().items()}
    assert not torch.equal(load_graph(graph, doubled)(images), body(images))


@pytest.mark.parametrize("kind", [Strange, Constant])
def test_what_is_no_list_of_known_operations_has_no_graph(kind: type[Small]) -> None:
    with pytest.raises(ExportError):
        export_graph(built(kind), 16)


def test_a_graph_cannot_name_an_operation_of_its_own() -> None:
    body = built(Small)
    graph = export_graph(body, 16)
    graph["steps"][0][1] = "from_file.default"
    with pytest.raises(ExportError, match=r"from_file\.default"):
        load_graph(graph, body.state_dict())


def test_a_graph_without_its_tensors_is_refused() -> None:
    with pytest.raises(ExportError):
        load_graph(export_graph(built(Small), 16), {})


def test_that_there_is_no_graph_is_found_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card("strange", "none", "", 0, 16, False, (0, 0, 0), (1, 1, 1), False, 5, 0, "softmax", False, [])
    strange = built(Strange)
    torch_network.save_graph(strange, card, tmp_path / "graphs")
    [file] = (tmp_path / "graphs").iterdir()
    assert "cannot be exported" in file.read_text()
    monkeypatch.setattr("longtail.identifying.exported_graph.export_graph", lambda *_: pytest.fail("asked again"))
    torch_network.save_graph(strange, card, tmp_path / "graphs")
