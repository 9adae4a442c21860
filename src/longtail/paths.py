"""Where the project is, and how a stage names its two ends. The edges between stages stand in dvc.yaml alone."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from longtail.errors import BadInput, Problem

GRAPH = "dvc.yaml"
RAW = Path("data/raw")
ANCESTOR = Path("data/ancestor")
"""What a training starts from: the flow puts it there, `split` and `train` read it."""
CHECKPOINTS = Path(".longtail/checkpoints")
"""Where an unfinished training keeps its last finished epoch: no stage reads it, and DVC removes nothing there."""


def find_project(start: Path) -> Path | None:
    """The project that `start` lies in: the nearest folder, upwards, whose dvc.yaml runs Longtail; None in none."""
    for folder in (start, *start.parents):
        try:
            if b"longtail" in (folder / GRAPH).read_bytes():
                return folder
        except OSError:
            continue
    return None


def project_root() -> Path:
    """The project that the working directory lies in, as git finds its own; outside of any the directory itself."""
    here = Path.cwd()
    return find_project(here) or here


def raw_folder(named: Path | None, root: Path, option: str) -> Path:
    """Where a verb puts photographs.

    Args:
        named: what the user named, from where the user is; None for the project's `data/raw`.
        root: the project's root.
        option: the option that names it, for messages.

    Returns:
        The folder; it need not exist.

    Raises:
        BadInput: `data/raw` was written in a sub-folder of the project: hardly another one was meant.
    """
    if named is None:
        return root / RAW
    target = Path.cwd() / named
    if named == RAW and Path.cwd() != root:
        remedy = f"Leave {option} out for the project's own ({root / RAW}); for another folder write its full path."
        raise BadInput(Problem(f"{RAW} in a sub-folder of the project", remedy, where=str(target)))
    return target


def reads(path: str, *, part: str = "") -> Any:
    """A file or folder the stage depends on, as a field of its `Paths`.

    Args:
        path: from the project's root; `{part}` becomes the part's name.
        part: the only part that reads it; `""`: all do.

    Returns:
        A field of a dataclass.
    """
    return field(default=Path(path), metadata={"role": "reads", "part": part})


def writes(path: str, *, part: str = "") -> Any:
    """A file or folder the stage makes, under its own `artifacts/<stage>/`, as a field of its `Paths`.

    Args:
        path: from the project's root; `{part}` becomes the part's name.
        part: the only part that writes it; `""`: all do.

    Returns:
        A field of a dataclass.
    """
    return field(default=Path(path), metadata={"role": "writes", "part": part})


@dataclass(frozen=True)
class StagePaths:
    """Base of every stage's `Paths`: fields made by `reads()` and `writes()`, relative to the project's root."""

    PARTS: ClassVar[tuple[str, ...]] = ()
    """Names of the parts that dvc.yaml runs this stage for, one command each; empty: the stage runs once."""

    part: str = field(default="", metadata={"role": "part", "part": ""})
    root: Path = field(default=Path(), metadata={"role": "root", "part": ""})

    @classmethod
    def at(cls, root: Path, part: str = "") -> Self:
        """The paths of one run of the stage.

        Args:
            root: the project's root.
            part: the part that is run, where the stage has parts.

        Returns:
            The same paths, below `root`.

        Raises:
            ValueError: the stage has no such part.
        """
        if (part or None) not in (cls.PARTS or (None,)):
            raise ValueError(f"part {part!r} is none of {cls.PARTS}")
        own = cls()
        moved = {
            item.name: root / str(getattr(own, item.name)).format(part=part)
            for item in fields(cls)
            if item.metadata["role"] in ("reads", "writes")
        }
        return replace(own, part=part, root=root, **moved)

    def inputs(self) -> list[Path]:
        """What this run reads."""
        return self._of("reads")

    def outputs(self) -> list[Path]:
        """What this run writes."""
        return self._of("writes")

    def relative(self, path: Path) -> str:
        """`path` as a user writes it: from the project's root."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _of(self, role: str) -> list[Path]:
        return [
            getattr(self, item.name)
            for item in fields(self)
            if item.metadata["role"] == role and item.metadata["part"] in ("", self.part)
        ]
