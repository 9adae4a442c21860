"""torchvision and timm without torch's compiler, which takes as long to import as all of torch.

torchvision asks the compiler at import for one function, which an operator of detectors calls (`ops/roi_align.py`): it
gets one that imports the compiler when it is called. timm marks one function as not to be compiled (`naflexvit.py`):
nothing here compiles a network. Whatever else asks for the compiler gets the real one.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_COMPILER, _UTILS = "torch._dynamo", "torch._dynamo.utils"


class _Deferred(ModuleType):
    """Stands for a module of the compiler until anything of it is asked for that is not here."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system's questions
            raise AttributeError(name)
        _take_away()
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def without_compiler() -> Iterator[None]:
    """Defer the import of torch's compiler for as long as the block lasts."""
    if _COMPILER in sys.modules:
        yield
        return
    compiler, utils = _Deferred(_COMPILER), _Deferred(_UTILS)
    compiler.utils, compiler.disable = utils, _as_it_is  # type: ignore[attr-defined]
    utils.is_compile_supported = _is_compile_supported  # type: ignore[attr-defined]
    sys.modules |= {_COMPILER: compiler, _UTILS: utils}
    try:
        yield
    finally:
        _take_away()


def _take_away() -> None:
    for name in (_COMPILER, _UTILS):
        if isinstance(sys.modules.get(name), _Deferred):
            del sys.modules[name]


def _is_compile_supported(device_type: str) -> bool:
    from torch._dynamo.utils import is_compile_supported

    return bool(is_compile_supported(device_type))


def _as_it_is(function: Any, *_: object, **__: object) -> Any:
    return function
