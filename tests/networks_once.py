"""Graphs of networks, exported once for all tests: that takes longer than all else that stages do with a tiny set."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from longtail.inference import onnx_graph


def share_graphs(patch: pytest.MonkeyPatch, shared: Path) -> None:
    """Let each project find the graphs that another one has exported.

    Args:
        patch: for as long as they are shared.
        shared: the folder where they are kept.
    """
    of = onnx_graph.of

    def of_all(card: Any, folder: Path, build: Callable[[], Any]) -> onnx_graph.OnnxGraph:
        name = f"{onnx_graph._key(card)}.json"
        if folder.parts[-2:] == onnx_graph.FOLDER.parts and not (folder / name).exists():
            with suppress(onnx_graph.ExportError):  # which is kept too
                of(card, shared, build)
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(shared / name, folder / name)
        return of(card, folder, build)

    patch.setattr(onnx_graph, "of", of_all)
