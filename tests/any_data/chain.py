"""All stages on one drawn set, in process and in the order of what they read and write."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from longtail import ancestor, params, run_record, stages
from longtail.paths import ANCESTOR
from longtail.run_record import Summary
from tests.any_data.drawn import Drawn

TINY: Mapping[str, Mapping[str, Any]] = {
    # So few photographs that no process is started for them.
    "compute": {"device": "cpu", "threads": 1, "workers": 200},
    "prepare": {"side": 48},
    "train": {
        "backbone": "timm/test_resnet",
        "weights": "none",
        "size": 32,
        "embedding_size": 16,
        "frozen_epochs": 1,
        "unfrozen_epochs": 1,
        "batch_size": 16,
        "lr_find": False,
        "base_lr": 0.003,
    },
    "evaluate": {
        "strategies": ["random_undersampling", "augmented_oversampling", "smote", "class_balanced", "tau_normalised"],
        "seeds": 2,
        "head_epochs": 1,
        "cosine_epochs": 1,
        "resamples": 100,
    },
    "report": {"gallery_size": 6, "pairs": 1, "examples": 2, "label_issues": 2, "picture_size": 48},
}


ONE_STRATEGY: Mapping[str, Any] = {"strategies": ["none"], "seeds": 1}
"""`evaluate:` where a test asks nothing of strategies: most of what the stages compute is the grid."""


@dataclass(frozen=True)
class Ran:
    """What a user holds after a run: the files under `root`, and what each stage said."""

    root: Path
    said: Mapping[str, Summary]

    def table(self, name: str) -> pd.DataFrame:
        """`artifacts/<name>`; of a CSV every cell as text."""
        path = self.root / "artifacts" / name
        if path.suffix == ".csv":
            return pd.read_csv(path, dtype=str, keep_default_na=False)
        return pd.read_parquet(path)

    def values(self, name: str) -> dict[str, Any]:
        return json.loads((self.root / "artifacts" / name).read_text("utf-8"))

    def page(self) -> str:
        """The report as a reader sees it: its text, spaces as one."""
        reader = _Text()
        reader.feed((self.root / "artifacts/report/report.html").read_text("utf-8"))
        return " ".join(" ".join(reader.parts).split())

    def card(self) -> str:
        return (self.root / "artifacts/report/model_card.md").read_text("utf-8")

    def warnings(self) -> str:
        """All warnings of all stages."""
        return "\n".join(warning for summary in self.said.values() for warning in summary.warnings)


def run_all(root: Path, drawn: Drawn, last: str = "", **sections: Mapping[str, Any]) -> Ran:
    """Draw the set under `root` and run every stage on it.

    Args:
        root: an empty folder.
        drawn: the set.
        last: the stage that nothing is run after; `""`: all are run.
        sections: parameters, laid over `TINY`, which is laid over the defaults.
    """
    drawn.write(root)
    ancestor.write_scratch(root / ANCESTOR)
    return Ran(root, _run(root, _in_order(root), last, {"data": drawn.data.model_dump(), **TINY}, sections))


def run_again(ran: Ran, root: Path, first: str, last: str = "", **sections: Mapping[str, Any]) -> Ran:
    """Copy a run, and run one stage and what reads what it writes with other parameters.

    Args:
        ran: what is copied.
        root: where to.
        first: the stage, whose parameters are others.
        last: as in `run_all`, and as it was there.
        sections: parameters, laid over those of `ran`.
    """
    shutil.copytree(ran.root, root, dirs_exist_ok=True)
    before, order = _before(root), _in_order(root)
    again: set[tuple[str, str]] = set()
    for run in order:
        if run[0] == first or again & before[run]:
            again.add(run)
    stale = [run for run in order if run in again]
    return Ran(root, {**ran.said, **_run(root, stale, last, params.read(root / "params.yaml"), sections)})


def _run(
    root: Path,
    runs: Sequence[tuple[str, str]],
    last: str,
    below: Mapping[str, Mapping[str, Any]],
    sections: Mapping[str, Mapping[str, Any]],
) -> dict[str, Summary]:
    """Run these stages and parts, with `sections` laid over the parameters `below`."""
    written = {name: {**below.get(name, {}), **sections.get(name, {})} for name in {**below, **sections}}
    (root / "params.yaml").write_text(json.dumps(written), encoding="utf-8")  # JSON is YAML
    raw = params.read(root / "params.yaml")
    params.check_all(stages.schemas(), raw)
    said = {}
    for name, part in runs:
        stage = stages.load(name)
        values, paths = params.load(stage.Params, name, raw), stage.Paths.at(root, part)
        assert [path for path in paths.inputs() if not path.exists()] == []
        summary = stage.run(values, paths)
        assert [path for path in paths.outputs() if not path.exists()] == []
        run_record.write(name, values, paths, summary, datetime.now(UTC), run_record.Used({}, {}, "", True))
        said[f"{name}@{part}" if part else name] = summary
        if name == last:
            break
    return said


def _in_order(root: Path) -> list[tuple[str, str]]:
    """Every stage and part, each after what it reads."""
    return list(TopologicalSorter(_before(root)).static_order())


def _before(root: Path) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Which stages and parts write what each reads."""
    runs = {
        (name, part): stages.load(name).Paths.at(root, part)
        for name in stages.names()
        for part in stages.load(name).Paths.PARTS or ("",)
    }
    writers = {path: run for run, paths in runs.items() for path in paths.outputs()}
    return {
        run: {writers[place] for path in paths.inputs() for place in (path, *path.parents) if place in writers}
        for run, paths in runs.items()
    }


class _Text(HTMLParser):
    """The text of a page, styles left out."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
