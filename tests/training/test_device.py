"""Where torch works."""

from __future__ import annotations

import ctypes
import resource

import pytest
import torch

from longtail.errors import BadParameter
from longtail.params import ComputeParams
from longtail.training import device


def test_auto_is_the_cpu_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device.choose(ComputeParams(threads=1)) == torch.device("cpu")
    assert torch.get_num_threads() == 1
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for name, words in (("cuda", "torch finds no CUDA GPU here"), ("mps", "torch finds no Apple GPU")):
        with pytest.raises(BadParameter, match=words):
            device.choose(ComputeParams.model_validate({"device": name}))


def test_an_apple_gpu_is_taken_on_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device.choose(ComputeParams(threads=1, device="mps")) == torch.device("mps")
    assert device.choose(ComputeParams(threads=1)) == torch.device("cpu")


def test_auto_is_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.choose(ComputeParams(threads=1)) == torch.device("cuda")
    assert device.choose(ComputeParams(threads=1, device="cpu")) == torch.device("cpu")


def test_a_switch_on_auto_asks_the_device() -> None:
    assert device.use_mixed_precision("auto", torch.device("cuda"))
    assert not device.use_mixed_precision("auto", torch.device("cpu"))
    assert device.use_mixed_precision(True, torch.device("cpu"))
    assert not device.use_mixed_precision(False, torch.device("cuda"))


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="glibc alone has mallopt")
def test_freed_memory_is_kept_for_the_next_tensor() -> None:
    """Twenty tensors of 64 MB, one after the other, touch the pages of a few; mapped anew it would be 16,384 each."""
    device.choose(ComputeParams(threads=1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(16 * 2**20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 20 * 16_384 / 2
