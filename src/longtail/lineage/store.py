"""DVC's store, read only: every object lies under its md5, a folder is a list of its files' md5.

Only `flows/` runs DVC; this reads the files that it leaves (https://dvc.org/doc/user-guide/project-structure), so that
`longtail lineage` works where DVC is not installed, and so that nothing it says depends on DVC saying so.
"""

from __future__ import annotations

import configparser
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from longtail.inputs.hashing import FOLDER as FOLDER
from longtail.inputs.hashing import folder_md5 as folder_md5
from longtail.record import md5_of

RAW = Path("data/raw")


def object_path(root: Path, md5: str) -> Path:
    """Where the object of this md5 lies, or would."""
    return cache(root) / "files" / "md5" / md5[:2] / md5[2:]


def sound(root: Path, md5: str) -> Path | None:
    """The object of this md5; None where it is not in the store, or is damaged there."""
    path = object_path(root, md5)
    return path if path.is_file() and md5_of(path) == md5.removesuffix(FOLDER) else None


def listing(root: Path, md5: str) -> dict[str, str] | None:
    """{file: md5} of a folder of this md5; None where its list is not in the store, or is damaged there."""
    path = sound(root, md5)
    if path is None:
        return None
    return {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(path.read_text(encoding="utf-8"))}


def named(root: Path, names: Collection[str]) -> dict[str, str]:
    """{name: md5} of every object that some folder's list in the store holds under one of these names.

    Where the cache lies outside of the project it may be shared with others, whose files may bear the same names: then
    the lists that the lock names are looked at alone.
    """
    kept = cache(root)
    lists = [path.parent.name + path.name for path in sorted((kept / "files" / "md5").glob(f"*/*{FOLDER}"))]
    if not kept.is_relative_to(root.resolve()):
        lists = [md5 for md5 in locked(root).values() if md5.endswith(FOLDER)]
    found: dict[str, str] = {}
    for md5_of_list in lists:
        listed = listing(root, md5_of_list) or {}
        found |= {f"{name} ({md5})": md5 for name, md5 in listed.items() if name in names}
    return found


def hash_of(path: Path) -> str:
    """A file's md5, or a folder's as DVC has it."""
    if not path.is_dir():
        return md5_of(path)
    return folder_md5({file.relative_to(path).as_posix(): md5_of(file) for file in _files(path)})


def locked(root: Path) -> dict[str, str]:
    """{path: md5} of what lies, or should lie, in this checkout: dvc.lock's outputs and the raw set."""
    found: dict[str, str] = {}
    for entry in lock_entries(root).values():
        found |= {out["path"]: out["md5"] for out in entry.get("outs", [])}
    for out in _yaml(root / f"{RAW}.dvc").get("outs", []):
        found[RAW.as_posix()] = out["md5"]
    return found


def lock_entries(root: Path) -> dict[str, Any]:
    """{stage: its entry} of dvc.lock."""
    return dict(_yaml(root / "dvc.lock").get("stages") or {})


def cache(root: Path) -> Path:
    """Where the objects lie, and the run cache."""
    given = _config(root).get("cache", "dir", fallback="")
    return (root / ".dvc" / given if given else root / ".dvc" / "cache").resolve()


def default_remote(root: Path) -> str:
    """The name of the remote that is pushed to where none is named; `""` where there is none."""
    return _config(root).get("core", "remote", fallback="")


def remotes(root: Path) -> list[str]:
    """`name (url)` of every remote that is configured."""
    config = _config(root)
    sections = [section for section in config.sections() if section.strip("'").startswith("remote ")]
    return [f"{section.split()[1].strip(chr(34) + chr(39))} ({config[section].get('url', '')})" for section in sections]


def _config(root: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)  # an address may well have a % in it
    config.read([root / ".dvc" / "config", root / ".dvc" / "config.local"], encoding="utf-8")
    return config


def _yaml(path: Path) -> Any:
    return (YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
