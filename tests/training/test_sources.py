"""Backbones from a folder and from the hub's cache, at a size that is not their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from longtail.errors import BadInput, BadParameter, LongtailError
from longtail.stages import train
from longtail.training import backbone_names, backbones, checkpoint, heads, hub, weights, weights_file
from tests.training import foundation

MODEL = "some-org/tiny.vit"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project")
    for kind in foundation.NAMES:
        foundation.save(path / "nets" / kind, kind)
    return path


@pytest.fixture
def cache(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of the hub's library that holds the ViT, in the library's own offline mode."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    foundation.fill_cache(tmp_path / "hub", MODEL, root / "nets" / "vit")
    return tmp_path / "hub"


def build(
    root: Path, name: str, given: str = "pretrained", size: backbones.Size = 32, seed: int = 0
) -> backbones.Backbone:
    return backbones.build(name, given, size, seed, root)


def card_of(backbone: backbones.Backbone, name: str, given: str = "pretrained") -> checkpoint.Card:
    """`model.json` of a network that started from this backbone."""
    own = {"head": "softmax", "mirror_as_identity": False, "classes": ["a"], "channels_last": True, "grey": False}
    sizes = {"size": backbone.size, "embedding_size": backbone.embedding_size, "neck": 0, "seed": 0}
    stats = {"mean": backbone.mean, "std": backbone.std}
    return checkpoint.Card(backbone=name, weights=given, **own, **sizes, **stats, **vars(backbone.origin))


@pytest.mark.parametrize("kind", foundation.NAMES)
def test_a_folder_at_another_size_than_its_own(root: Path, kind: str) -> None:
    name = f"local-dir:nets/{kind}"
    own, other = (build(root, name, size=size) for size in ("auto", 32))
    assert (own.size, other.size) == (foundation.OWN_SIZE, 32)
    assert (other.mean, other.std) == (foundation.MEAN, foundation.STD)
    saved = load_file(root / "nets" / kind / "model.safetensors")
    for built in (own, other):
        state = built.body.state_dict()
        same = [one for one in state if saved[one].shape == state[one].shape]
        assert all(torch.equal(state[one], saved[one]) for one in same)
        resampled = set(state) - set(same)
        assert resampled == ({"pos_embed"} if kind == "vit" and built is other else set())
    assert own.body.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, own.embedding_size)


@pytest.mark.parametrize("kind", foundation.NAMES)
def test_a_trained_network_needs_no_folder(root: Path, tmp_path: Path, kind: str) -> None:
    name = f"local-dir:nets/{kind}"
    backbone = build(root, name)
    body = heads.Embedder(backbone.body, backbone.embedding_size, 0)
    checkpoint.save_tensors(tmp_path / "model.safetensors", body)
    checkpoint.save_card(tmp_path / "model.json", card_of(backbone, name), {})
    card = checkpoint.read_card(tmp_path / "model.json")
    again = checkpoint.load_body(tmp_path / "model.safetensors", card)
    image = torch.rand(2, 3, 32, 32)
    assert torch.equal(body.eval()(image), again(image))
    assert torch.equal(checkpoint.load_pretrained(card, root)(image), again(image))


def test_random_numbers_of_an_architecture_come_again_without_its_folder(root: Path, tmp_path: Path) -> None:
    name = "local-dir:nets/swin"
    backbone = build(root, name, "none")
    assert "random numbers" in backbone.note
    assert backbone.origin.weights_md5 == ""
    again = checkpoint.load_pretrained(card_of(backbone, name, "none"), tmp_path).state_dict()
    assert all(torch.equal(tensor, again[one]) for one, tensor in backbone.body.state_dict().items())


def test_the_bytes_of_the_folder_are_recorded(root: Path) -> None:
    origin = build(root, "local-dir:nets/vit").origin
    assert origin.weights_md5 == weights.md5_of_folder(root / "nets" / "vit")
    assert origin.weights_md5 in origin.weights_note
    assert origin.architecture == "vit_tiny_patch16_224"


def test_other_bytes_are_refused_until_they_are_named(root: Path, tmp_path: Path) -> None:
    name = "local-dir:net"
    foundation.save(tmp_path / "net", "vit")
    card = tmp_path / "model.json"
    before = build(tmp_path, name)
    checkpoint.save_card(card, card_of(before, name), {})
    params = train.Params(backbone=name, weights="pretrained")
    weights_file.check(params, tmp_path, card)
    foundation.save(tmp_path / "net", "vit", seed=6)
    now = weights.md5_of_folder(tmp_path / "net")
    with pytest.raises(BadParameter, match=rf"{before.origin.weights_md5} \(net\).*train.weights_md5: {now}"):
        weights_file.check(params, tmp_path, card)
    with pytest.raises(BadInput, match=f"train.weights_md5: {now}"):
        checkpoint.load_pretrained(checkpoint.read_card(card), tmp_path)
    weights_file.check(params.model_copy(update={"weights_md5": now}), tmp_path, card)
    weights_file.check(params, tmp_path, tmp_path / "no model.json")


def test_a_file_of_other_bytes_is_refused_as_well(tmp_path: Path) -> None:
    save_file({"one": torch.zeros(1)}, tmp_path / "mine.safetensors")
    params = train.Params(backbone="resnet50", weights="mine.safetensors", weights_md5="0" * 32)
    with pytest.raises(BadParameter, match=r"not those of md5 0{32} \(mine.safetensors\)"):
        weights_file.check(params, tmp_path, tmp_path / "model.json")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("local-dir:/somewhere", "names no folder of the project"),
        ("local-dir:../somewhere", "names no folder of the project"),
        ("local-dir:", "names no folder of the project"),
        ("local-dir:nothing", "there is no folder 'nothing'"),
        ("local-dir:nets", r"the folder 'nets' has no config.json"),
        ("hf-hub:tiny", "is no name of a model on the hub"),
        ("hf-hub:a/b/c", "is no name of a model on the hub"),
        ("hub:a/b", "unknown backbone 'hub:a/b'"),
        ("vit_tiny_patch16_244", "Did you mean .*vit_tiny_patch16_224"),
        ("timm/vit_tiny_patch16_224.augreg_in21", "Did you mean .*vit_tiny_patch16_224.augreg_in21k"),
        ("torchvision/vit_tiny_patch16_224", "unknown backbone"),
        ("googlenet5", "unknown backbone"),
    ],
)
def test_names_that_nothing_has(root: Path, name: str, message: str) -> None:
    for refuse in (backbone_names.check, lambda name, root: build(root, name)):
        with pytest.raises(BadParameter, match=message):
            refuse(name, root)


def test_what_the_files_of_a_library_name_the_library_has() -> None:
    import torchvision

    of_torchvision = set(torchvision.models.list_models(module=torchvision.models))
    assert backbone_names._registered("torchvision") == of_torchvision - backbone_names._NO_CLASSIFIER
    of_timm = backbone_names._registered("timm")
    assert all(timm.is_model(name) for name in of_timm)
    assert set(timm.list_models()) - of_timm == set()


def test_a_folder_that_is_none_of_timm(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "config.json").write_text('{"architectures": ["ViTModel"]}')
    with pytest.raises(BadInput, match=r"config.json of 'local-dir:.*' is none of timm"):
        build(tmp_path, "local-dir:net")


@pytest.mark.parametrize("broken", ["nothing", "text", "other"])
def test_weights_of_a_folder_that_cannot_be_used(root: Path, tmp_path: Path, broken: str) -> None:
    foundation.save(tmp_path / "net", "vit")
    file = tmp_path / "net" / "model.safetensors"
    if broken == "nothing":
        file.unlink()
    elif broken == "text":
        file.write_text("not weights at all, but a line of text")
    else:
        file.write_bytes((root / "nets" / "swin" / "model.safetensors").read_bytes())
    with pytest.raises(BadInput, match=r"net\)"):
        build(tmp_path, "local-dir:net")


def test_a_model_of_the_hub_from_the_librarys_cache(root: Path, cache: Path) -> None:
    backbone = build(root, f"hf-hub:{MODEL}")
    same = build(root, "local-dir:nets/vit")
    assert all(torch.equal(one, two) for one, two in zip(_tensors(backbone), _tensors(same), strict=True))
    assert (backbone.origin.revision, backbone.origin.weights_licence) == (foundation.COMMIT, "")
    pinned = build(root, f"hf-hub:{MODEL}@{foundation.COMMIT}", size="auto")
    assert (pinned.size, pinned.origin.revision) == (foundation.OWN_SIZE, foundation.COMMIT)
    image = torch.rand(1, 3, 32, 32)
    pretrained = checkpoint.load_pretrained(card_of(backbone, f"hf-hub:{MODEL}"), root)
    assert torch.equal(pretrained(image), backbone.body.eval()(image))


@pytest.mark.parametrize("front", ["license: cc-by-nc-4.0", "license: other\nlicense_name: cc-by-nc-4.0"])
def test_the_licence_is_that_of_the_models_card(root: Path, cache: Path, front: str) -> None:
    snapshot = cache / f"models--{MODEL.replace('/', '--')}" / "snapshots" / foundation.COMMIT
    (snapshot / "README.md").write_text(f"---\n{front}\n---\n# A model\n", encoding="utf-8")
    assert build(root, f"hf-hub:{MODEL}").origin.weights_licence == "cc-by-nc-4.0"
    assert build(root, f"hf-hub:{MODEL}", "none").origin.weights_licence == ""


@pytest.mark.parametrize(
    ("config", "card", "licence"),
    [
        ({"license": "cc-by-nc-4.0"}, "", "cc-by-nc-4.0"),
        ({"pretrained_cfg": {"license": "cc-by-nc-4.0"}}, "", "cc-by-nc-4.0"),
        ({"license": "cc-by-nc-4.0"}, "license: apache-2.0", "apache-2.0 (config.json: cc-by-nc-4.0)"),
        ({"license": "cc-by-nc-4.0"}, "license: cc-by-nc-sa-4.0", "cc-by-nc-sa-4.0"),
        ({"license": "apache-2.0"}, "", ""),
        ({"license": "apache-2.0"}, "license: mit", "mit"),
    ],
)
def test_a_restriction_in_a_configuration_is_no_less_one(
    root: Path, tmp_path: Path, config: dict[str, Any], card: str, licence: str
) -> None:
    """Any other licence there is that of the network which training began with, by timm's `save_for_hf`."""
    shutil.copytree(root / "nets" / "vit", tmp_path / "net")
    values = json.loads((tmp_path / "net" / "config.json").read_text("utf-8"))
    pretrained = values["pretrained_cfg"] | config.get("pretrained_cfg", {})
    (tmp_path / "net" / "config.json").write_text(json.dumps(values | config | {"pretrained_cfg": pretrained}))
    if card:
        (tmp_path / "net" / "README.md").write_text(f"---\n{card}\n---\n# A model\n", encoding="utf-8")
    assert build(tmp_path, "local-dir:net").origin.weights_licence == licence
    assert build(tmp_path, "local-dir:net", "none").origin.weights_licence == ""


@pytest.mark.parametrize("missing", ["all", "weights"])
def test_without_network_and_cache_it_says_what_to_do(
    root: Path, cache: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = cache / f"models--{MODEL.replace('/', '--')}" / "snapshots" / foundation.COMMIT
    for name in ("config.json", "model.safetensors") if missing == "all" else ("model.safetensors",):
        (snapshot / name).unlink()
    with pytest.raises(LongtailError, match=r"not in the cache .*HF_HUB_OFFLINE is set.*local-dir:FOLDER") as error:
        build(root, f"hf-hub:{MODEL}")
    assert (error.value.exit_code, error.value.can_retry) == (1, False)
    assert hub.unreachable(MODEL, OSError("no route")).can_retry is False
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert hub.unreachable(MODEL, OSError("no route")).can_retry


def _tensors(backbone: backbones.Backbone) -> list[torch.Tensor]:
    return list(backbone.body.state_dict().values())
