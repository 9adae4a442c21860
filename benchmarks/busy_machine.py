"""Training beside other work: images a second by how the threads of one step wait for each other.

    python -m benchmarks.busy_machine [--loops 10 2 0] [--pairs 5] [--sessions own]

A child process trains EfficientNet-Lite0 at 192 px on two threads, on drawn pixels, beside so many busy loops. `before`
imports torch before longtail, so that threads wait as OpenMP's default has it (they spin). `ours` is what longtail
sets; the other policies set the variables that they are named after. Each pair runs `before` and the policy one after
the other; the median of the ratios is kept. The child has a session of its own, as the stage of a flow has (Linux
shares the cores by session first, where `sched_autogroup` is on); `--sessions same` puts it among the loops.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks import measuring

BEFORE = "before"
POLICIES: dict[str, dict[str, str]] = {
    BEFORE: {},
    "ours": {},
    "passive": {"OMP_WAIT_POLICY": "PASSIVE"},
    **{f"spin {count}": {"GOMP_SPINCOUNT": str(count)} for count in (0, 1_000, 10_000, 30_000, 100_000)},
}
_BATCH = 16
_VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def main(asked: Sequence[str] | None = ()) -> None:
    """Measure every policy against `before`, beside each number of busy loops."""
    parser = argparse.ArgumentParser(prog="benchmarks.busy_machine", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--loops", type=int, nargs="+", default=[10, 2, 0])
    parser.add_argument("--pairs", type=int, default=measuring.RUNS)
    parser.add_argument(
        "--policies", nargs="+", default=["ours"], choices=[name for name in POLICIES if name != BEFORE]
    )
    parser.add_argument("--sessions", nargs="+", default=["own"], choices=["own", "same"], help="of the child")
    parser.add_argument("--batches", type=int, default=0, help="of 16 images; 0: 2 beside loops, 12 alone")
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--child", metavar="POLICY", help=argparse.SUPPRESS)
    options = parser.parse_args(asked)
    if options.child:
        print(json.dumps(_train(options.child, options.batches, options.size)))
        return
    rows: list[dict[str, object]] = []
    for session, loops, policy in itertools.product(options.sessions, options.loops, options.policies):
        batches = options.batches or (12 if loops == 0 else 2)
        with _busy(loops):
            pairs = [
                [_child(name, batches, options.size, own_session=session == "own") for name in (BEFORE, policy)]
                for _ in range(options.pairs)
            ]
        rows.append({"session": session} | _row(policy, loops, pairs))
        print(rows[-1], flush=True)
    measuring.keep("busy_machine", rows)


def _row(policy: str, loops: int, pairs: list[list[dict[str, object]]]) -> dict[str, object]:
    speeds = [[float(str(run["images_per_second"])) for run in pair] for pair in pairs]
    return {
        "busy_loops": loops,
        "policy": policy,
        "before_images_per_second": round(statistics.median(before for before, _ in speeds), 2),
        "images_per_second": round(statistics.median(ours for _, ours in speeds), 2),
        "ratio": round(statistics.median(ours / before for before, ours in speeds), 2),
        "lowest_ratio": round(min(ours / before for before, ours in speeds), 2),
        "pairs": len(pairs),
        "equal_bytes": len({str(run["md5"]) for pair in pairs for run in pair}) == 1,
    }


@contextmanager
def _busy(loops: int) -> Iterator[None]:
    """So many processes that do nothing but keep a core busy."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _child(policy: str, batches: int, size: int, *, own_session: bool) -> dict[str, object]:
    inherited = {name: value for name, value in os.environ.items() if name not in _VARIABLES}
    words = ["--child", policy, "--batches", str(batches), "--size", str(size)]
    first = "import torch\n" if policy == BEFORE else ""
    code = f"{first}import sys\nfrom benchmarks.busy_machine import main\nmain(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env=inherited | POLICIES[policy],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        start_new_session=own_session,
    )
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def _train(policy: str, batches: int, size: int) -> dict[str, object]:
    """One unfrozen epoch of so many batches: images a second, and the md5 of the weights after it."""
    import hashlib
    from pathlib import Path

    import numpy as np
    import torch

    from longtail.params import ComputeParams
    from longtail.training import augmenting, backbones, dataloaders, device, heads, learner, trainer

    where = device.choose(ComputeParams(device="cpu", threads=2))
    backbone = backbones.build("efficientnet_lite0", "none", size, 0, Path())
    device.seed_everything(0)
    network = heads.Network(
        heads.Embedder(backbone.body, backbone.embedding_size, 512), heads.build_head("arcface", 512, 100, 0.0)
    ).to(memory_format=torch.channels_last)
    rng = np.random.default_rng(0)
    count = _BATCH * batches
    pixels = rng.integers(0, 256, (count, size, size, 1), dtype=np.uint8)
    train_set = dataloaders.ImageDataset(pixels, np.arange(count), rng.integers(0, 100, count), split_idx=0)
    valid_set = dataloaders.ImageDataset(pixels[:2], np.arange(2), np.zeros(2, np.int64), split_idx=1)
    changes = augmenting.Augmentation()
    data = dataloaders.build_dataloaders(train_set, valid_set, _BATCH, changes, backbone.mean, backbone.std, where)
    schedule = learner.Schedule(0, 1, 0.003, 1.0, 0.01, False, 20, False, 0.3, 0.3)
    outcome = trainer.train(network, data, heads.build_loss("arcface", 0.0, 0.3, 30.0), schedule)
    digest = hashlib.md5(usedforsecurity=False)
    for tensor in network.state_dict().values():
        digest.update(tensor.contiguous().numpy().tobytes())
    return {"images_per_second": float(outcome.seconds["images_per_second"].iloc[0]), "md5": digest.hexdigest()}


if __name__ == "__main__":
    main(sys.argv[1:])
