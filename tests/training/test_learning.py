"""The loop: rates, phases, and the path that a ResNet50 takes."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from fastai.data.core import DataLoaders

from longtail import logs
from longtail.errors import BadParameter
from longtail.training import augmenting, backbones, dataloaders, device, heads, learner, lr_finder, progress, trainer

CPU = torch.device("cpu")
PLAIN = augmenting.Augmentation()


def schedule(**changed: object) -> learner.Schedule:
    plain = {
        "frozen_epochs": 1,
        "unfrozen_epochs": 1,
        "base_lr": 0.01,
        "body_lr_divisor": 10.0,
        "weight_decay": 0.01,
        "lr_find": False,
        "lr_find_batches": 20,
        "mixed_precision": False,
    }
    return learner.Schedule(**{**plain, **changed})


def network_and_data(
    name: str, size: int, classes: int = 4, images: int = 8, batch: int = 4, head: heads.HeadName = "softmax"
) -> tuple[heads.Network, DataLoaders]:
    torch.set_num_threads(1)
    backbone = backbones.build(name, "none", size, 0, Path())
    device.seed_everything(0)
    body = heads.Embedder(backbone.body, backbone.embedding_size, 0)
    network = heads.Network(body, heads.build_head(head, backbone.embedding_size, classes, 0.0)).to(
        memory_format=torch.channels_last
    )
    pixels = np.random.default_rng(0).integers(0, 256, (images, size, size, 3), dtype=np.uint8)
    places, targets = np.arange(images), np.arange(images) % classes
    train_set, valid_set = (dataloaders.ImageDataset(pixels, places, targets, split_idx) for split_idx in (0, 1))
    return network, dataloaders.build_dataloaders(train_set, valid_set, batch, PLAIN, backbone.mean, backbone.std, CPU)


def state(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def changed(before: dict[str, torch.Tensor], module: torch.nn.Module) -> set[str]:
    return {name for name, tensor in module.state_dict().items() if not torch.equal(tensor, before[name])}


def test_a_frozen_body_keeps_still_with_its_batch_norms() -> None:
    network, data = network_and_data("timm/test_resnet", 32)
    body, head = state(network.body), state(network.head)
    trainer.train(network, data, heads.build_loss("softmax", 0.1, 0.0, 1.0), schedule(unfrozen_epochs=0))
    assert changed(body, network.body) == set()
    assert changed(head, network.head) == {"linear.weight", "linear.bias"}


def test_an_unfrozen_body_learns_with_its_batch_norms() -> None:
    network, data = network_and_data("timm/test_resnet", 32)
    body = state(network.body)
    trainer.train(network, data, heads.build_loss("softmax", 0.1, 0.0, 1.0), schedule(frozen_epochs=0))
    names = changed(body, network.body)
    assert any(name.endswith("running_mean") for name in names)
    assert any(name.endswith("conv1.weight") for name in names)


def test_losses_of_batches_are_kept_as_numbers() -> None:
    """A tensor kept for each batch splits the memory that the next batch would need."""
    network, data = network_and_data("timm/test_resnet", 32)
    one = learner.build_learner(network, data, heads.build_loss("softmax", 0.1, 0.0, 1.0), schedule())
    one.fit(2)
    assert [type(loss) for loss in one.recorder.losses] == [float] * 4


def test_the_finder_leaves_weights_and_generators_as_they_were() -> None:
    network, data = network_and_data("timm/test_resnet", 32)
    before, generators = state(network), drawn(data)
    loss = heads.build_loss("softmax", 0.1, 0.0, 1.0)
    curve, suggested = lr_finder.find_rate(network, data, loss, schedule(), "unfrozen")
    assert changed(before, network) == set()
    assert drawn(data) == generators
    assert curve["lr"].is_monotonic_increasing
    assert suggested in curve["lr"].to_numpy()


def test_the_generators_are_put_back_after_a_failure_too() -> None:
    _, data = network_and_data("timm/test_resnet", 32)
    before = drawn(data)
    with pytest.raises(KeyboardInterrupt), dataloaders.preserve_rng_state(data):
        draw_and_be_stopped(data)
    assert drawn(data) == before


def draw_and_be_stopped(data: DataLoaders) -> None:
    before = drawn(data)
    next(iter(data.train))
    torch.rand(1), np.random.rand(), random.random()
    assert all(one != other for one, other in zip(before[:-1], drawn(data)[:-1], strict=True))
    raise KeyboardInterrupt


def drawn(data: DataLoaders) -> list[object]:
    """What every generator would draw from here on."""
    numpy_state = [part.tolist() if isinstance(part, np.ndarray) else part for part in np.random.get_state()]
    loaders = [loader.rng.getstate() for loader in data.loaders]
    return [random.getstate(), numpy_state, torch.get_rng_state().tolist(), *loaders]


def test_the_finder_counts_up_over_its_epochs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """20 batches of a set of two are eleven epochs; the counter knows one."""
    logs.to_stderr("longtail")
    monkeypatch.setattr(progress, "_LOG_EVERY", -1.0)
    network, data = network_and_data("timm/test_resnet", 32)
    lr_finder.find_rate(network, data, heads.build_loss("softmax", 0.1, 0.0, 1.0), schedule(), "unfrozen")
    told = re.findall(r"learning-rate finder: (\d+) of (\d+) batches", capfd.readouterr().err)
    assert [int(done) for done, _ in told] == list(range(1, len(told) + 1))
    assert len(told) > 10
    assert {total for _, total in told} == {"20"}


def test_each_epoch_counts_its_own_batches(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr("longtail")
    monkeypatch.setattr(progress, "_LOG_EVERY", -1.0)
    network, data = network_and_data("timm/test_resnet", 32)
    trainer.train(network, data, heads.build_loss("softmax", 0.1, 0.0, 1.0), schedule(unfrozen_epochs=2))
    told = re.findall(r"train: (\w+ epoch \d) of \d(, valid)?: (\d) of (\d) batches", capfd.readouterr().err)
    learned = [("", "1", "2"), ("", "2", "2"), (", valid", "1", "1")]
    wanted = [
        (epoch, *each) for epoch in ("frozen epoch 1", "unfrozen epoch 1", "unfrozen epoch 2") for each in learned
    ]
    assert told == wanted


def test_resnet50_takes_two_batches_frozen_then_two_unfrozen() -> None:
    network, data = network_and_data("resnet50", 64)
    outcome = trainer.train(network, data, heads.build_loss("softmax", 0.1, 0.0, 1.0), schedule())
    assert outcome.history["phase"].tolist() == ["frozen", "unfrozen"]
    assert outcome.history["epoch"].tolist() == [1, 2]
    assert np.isfinite(outcome.history["train_loss"]).all()
    assert network.head.linear.weight.shape == (4, 2048)


def test_a_loss_that_is_no_number_names_the_rate() -> None:
    network, data = network_and_data("timm/test_resnet", 32)
    with torch.no_grad():
        network.head.linear.weight[0, 0] = math.nan
    with pytest.raises(BadParameter, match=r"no number in frozen epoch 1 \(train.base_lr: 0.01\)"):
        trainer.train(network, data, heads.build_loss("softmax", 0.1, 0.0, 1.0), schedule())


def test_the_rate_is_what_was_asked_for_and_the_suggestion_stands_beside() -> None:
    assert lr_finder.choose_rate(0.01, 0.002) == lr_finder.Rate(
        0.01, 0.002, "given by train.base_lr; the finder suggested 0.002"
    )
    assert lr_finder.choose_rate(0.01, None).reason == "given by train.base_lr; the finder was off"
    assert lr_finder.choose_rate("auto", 0.002).used == 0.002
    with pytest.raises(BadParameter, match="has no suggestion"):
        lr_finder.choose_rate("auto", None)


def test_the_margin_comes_with_the_steps_of_the_unfrozen_phase() -> None:
    network, data = network_and_data("timm/test_resnet", 32, images=16, head="arcface")
    loss = heads.build_loss("arcface", 0.0, 0.4, 8.0)
    assert isinstance(loss, heads.ArcFaceLoss)
    seen: list[float] = []
    kept = loss.forward

    def watched(cosines: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        seen.append(loss.margin)
        return kept(cosines, targets)

    loss.forward = watched  # type: ignore[method-assign]
    plan = schedule(frozen_epochs=1, unfrozen_epochs=1, margin=0.4, margin_warmup=0.5)
    trainer.train(network, data, loss, plan)
    # Four batches and two watched ones a phase; steps at 0, 1/4, 2/4 and 3/4 of the unfrozen one.
    assert seen[:6] == [0.0] * 6
    assert seen[6:] == pytest.approx([0.0, 0.2, 0.4, 0.4, 0.4, 0.4])


def test_map_at_5_of_a_batch_by_hand() -> None:
    logits = torch.tensor([[9.0, 8, 7, 6, 5, 4], [9, 8, 7, 6, 5, 4], [9, 8, 7, 6, 5, 4]])
    # Right answer first: 1. Third: 1/3. Sixth: not among the five.
    assert learner.map_at_5(logits, torch.tensor([0, 2, 5])).item() == pytest.approx((1 + 1 / 3) / 3)


def test_map_at_5_with_fewer_than_five_classes() -> None:
    assert learner.map_at_5(torch.tensor([[1.0, 2.0]]), torch.tensor([0])).item() == pytest.approx(1 / 2)


def test_label_smoothing_by_hand() -> None:
    loss = heads.build_loss("softmax", 0.1, 0.0, 1.0)(torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([0]))
    # Probabilities 3/4 and 1/4; targets 0.95 and 0.05.
    assert loss.item() == pytest.approx(-0.95 * math.log(3 / 4) - 0.05 * math.log(1 / 4))
