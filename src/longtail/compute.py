"""Parallel work: a pool of processes, or a Dask cluster, with progress."""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from longtail import imports
from longtail.errors import BadInput, Problem, StageFailed, Unreachable
from longtail.process_lock import end_with_parent

if TYPE_CHECKING:
    from longtail.params import ComputeParams

T = TypeVar("T")
R = TypeVar("R")
_LOG = logging.getLogger(__name__)
_LOG_EVERY = 5.0  # seconds between two lines where no terminal is watching
_SECONDS_TO_ANSWER = 15
_SECONDS_ALONE = 1.0  # as long as workers need to start, each with imports of its own
_CHUNK = 16  # photographs, some 0.2 s: sending costs little beside them, and no worker is long alone at the end
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


def set_torch_threads(threads: int) -> None:
    """Let torch work on `threads` threads here, in memory that is kept."""
    with imports.uncollected():
        import torch

    torch.set_num_threads(threads)
    keep_freed_memory()


def torch_threads() -> int:
    """On how many threads torch works here (`set_torch_threads`): as many as other work may take."""
    import torch

    return torch.get_num_threads()


def keep_freed_memory() -> None:
    """Let glibc hand the memory of what was freed to what comes next.

    By default a block of over 32 MB, at first of over 128 kB, is mapped, filled with zeros and unmapped again, which on
    two cores takes a fifth of a training's time. musl and macOS have no such call.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)


def usable_cores() -> int:
    """Cores that this process may run on; where the system does not tell (macOS), all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def executor(params: ComputeParams) -> Iterator[Executor]:
    """A pool of `params.workers` processes that dies with this one.

    A fork server, not fork: Arrow and BLAS keep threads, and a fork of a threaded process can hang.

    Yields:
        The pool.
    """
    context = multiprocessing.get_context("forkserver")
    pool = ProcessPoolExecutor(params.workers, mp_context=context, initializer=_begin)
    try:
        yield pool
    except BaseException:
        # Waited for: a worker that still writes would leave files in the folder that is being cleared away.
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The Dask cluster behind a scheduler's address, as an executor like the other one.

    Its workers need this code, these versions, and the same files under the same paths (docs/concepts/architecture.md).

    Yields:
        The executor.

    Raises:
        BadInput: the package `distributed` is not installed.
        Unreachable: no scheduler answers, or it went away.
        StageFailed: workers died.
    """
    try:
        from distributed import Client
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        remedy = "Install it (pip install 'longtail[dask]'), or set compute.dask_scheduler to ''."
        raise BadInput(Problem("compute.dask_scheduler needs the package distributed", remedy)) from error
    try:
        client: Any = Client(address, timeout=_SECONDS_TO_ANSWER, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        remedy = "Start one (dask scheduler), or set compute.dask_scheduler to '' to work here."
        raise Unreachable(Problem("no Dask scheduler answers", remedy, where=address)) from error
    with client:
        pool = client.get_executor(pure=False)
        try:
            yield pool
        except KilledWorker as error:
            remedy = "See the workers' logs: mostly they were out of memory. Run it again."
            raise StageFailed(Problem("workers of the Dask cluster died", remedy, where=address)) from error
        except (FutureCancelledError, CommClosedError) as error:
            remedy = "See the scheduler's log, and run it again."
            raise Unreachable(Problem("the Dask scheduler went away", remedy, where=address)) from error
        finally:
            pool.shutdown(wait=False)  # what has not begun is cancelled


def run_all(
    work: Callable[[T], R], items: Sequence[T], params: ComputeParams, label: str, *, distributed: bool = False
) -> Iterator[R]:
    """Apply `work` to every item on all workers.

    What takes no longer than the start of the workers is done here. Items go out in chunks, so they may be small.

    Args:
        work: a module-level function of one item.
        items: what to work on.
        params: number of workers, and the address of a Dask scheduler.
        label: name of the work in the lines of progress.
        distributed: send the items to `params.dask_scheduler`, if there is one.

    Yields:
        The results, in the order of the items.
    """
    address = params.dask_scheduler if distributed else ""
    yield from progress(_results(work, items, params, address), len(items), label)


def _results(work: Callable[[T], R], items: Sequence[T], params: ComputeParams, address: str) -> Iterator[R]:
    alone_until = time.monotonic() + (0.0 if address else _SECONDS_ALONE)
    done = 0
    while done < len(items):
        few = len(items) - done < 2 * params.workers
        if not few and (address or (params.workers > 1 and time.monotonic() >= alone_until)):
            break
        yield work(items[done])
        done += 1
    if done == len(items):
        return
    chunk = max(1, min(_CHUNK, (len(items) - done) // (8 * params.workers)))
    chunks = [items[start : start + chunk] for start in range(done, len(items), chunk)]
    with cluster(address) if address else executor(params) as pool:
        yield from chain.from_iterable(pool.map(partial(_all_of, work), chunks))


def _all_of(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    return [work(item) for item in items]


def _begin() -> None:
    end_with_parent()
    keep_freed_memory()


def progress(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """Pass `items` on, with a bar on a terminal and a line every few seconds in a log.

    Args:
        items: what to pass on.
        total: how many there are.
        label: name of the work.

    Yields:
        The items, unchanged.
    """
    if sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(items, total=total, desc=label, unit="", leave=False)
        return
    last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - last >= _LOG_EVERY:
            last = time.monotonic()
            _LOG.info(f"{label}: {done:,} of {total:,}")
