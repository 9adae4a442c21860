"""DVC's store, read only: every object lies under its md5, a folder is a list of its files' md5.

Only `flows/` runs DVC; this reads the files that it leaves (https://dvc.org/doc/user-guide/project-structure), so that
`longtail lineage` works where DVC is not installed, and so that nothing it says depends on DVC saying so.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from longtail.inputs.hashing import FOLDER as FOLDER
from longtail.inputs.hashing import folder_md5 as folder_md5
from longtail.paths import ANCESTOR as ANCESTOR
from longtail.redaction import may_name_a_secret, redacted, secrets_of
from longtail.run_record import md5_of

RAW = Path("data/raw")
VERSIONED = (RAW, ANCESTOR)
"""Folders that have a `.dvc` file of their own, since no stage makes them."""
_MD5 = re.compile(r"[0-9A-Za-z]+(\.dir)?")


@dataclass(frozen=True)
class Store:
    """The store of one checkout. Its configuration is read once, when this is made (`Store.of`)."""

    root: Path
    cache: Path
    """The folder of DVC's cache; links on the way are not followed."""
    default_remote: str
    """The name of the remote that is pushed to where none is named; `""` where there is none."""
    remotes: tuple[str, ...]
    """`name (address)` of every remote that is configured, without credentials."""

    @classmethod
    def of(cls, root: Path) -> Store:
        """The store of the checkout at `root`."""
        config = _config(root)
        cache = Path(config.get("cache", "dir", fallback="") or "cache").expanduser()
        sections = [section for section in config.sections() if section.strip("'").startswith("remote ")]
        names = {section: section.split()[1].strip(chr(34) + chr(39)) for section in sections}
        return cls(
            root,
            Path(os.path.normpath(root / ".dvc" / cache)),
            config.get("core", "remote", fallback=""),
            tuple(f"{name} ({redacted(config[section].get('url', ''))})" for section, name in names.items()),
        )

    @property
    def is_shared(self) -> bool:
        """Whether the cache lies outside of the project, where others may use it too."""
        return not self.cache.resolve().is_relative_to(self.root.resolve())

    @cached_property
    def _objects(self) -> Path:
        return self.cache.resolve() / "files" / "md5"

    def object_path(self, md5: str) -> Path:
        """Where the object of this md5 lies, or would."""
        if not _MD5.fullmatch(md5):  # from a list or a receipt that was tampered with, or none at all
            md5 = "none"
        return self._objects / md5[:2] / md5[2:]

    def has_all(self, md5s: Iterable[str]) -> bool:
        """Whether each of these objects lies in the store; their bytes are not looked at."""
        return all(self.object_path(md5).exists() for md5 in md5s)

    def verified_object(self, md5: str) -> Path | None:
        """The object of this md5; None where it is not in the store, or is damaged there."""
        path = self.object_path(md5)
        return path if path.is_file() and md5_of(path) == md5.removesuffix(FOLDER) else None

    def listing(self, md5: str) -> dict[str, str] | None:
        """{file: md5} of a folder of this md5; None where its list is not in the store, or is damaged there."""
        path = self.verified_object(md5) if md5.endswith(FOLDER) else None
        if path is None:
            return None
        return {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(path.read_text(encoding="utf-8"))}

    def lists(self, named: Iterable[str]) -> dict[str, dict[str, str]]:
        """{md5: {file: md5}} of every folder whose list is in the store.

        In a cache that others may use too, folders of theirs may hold files of the same names: there only the lists
        that are `named` (what the lock names) are read.

        Returns:
            Hashes by folder and file.
        """
        if self.is_shared:
            md5s = [md5 for md5 in named if md5.endswith(FOLDER)]
        else:
            md5s = [path.parent.name + path.name for path in sorted(self._objects.glob(f"*/*{FOLDER}"))]
        listings = {md5: self.listing(md5) for md5 in md5s}
        return {md5: listed for md5, listed in listings.items() if listed is not None}


def hash_of(path: Path) -> str:
    """A file's md5, or a folder's as DVC has it."""
    if not path.is_dir():
        return md5_of(path)
    return folder_md5({file.relative_to(path).as_posix(): md5_of(file) for file in _files(path)})


def locked(root: Path) -> dict[str, str]:
    """{path: md5} of what lies, or should lie, in this checkout: dvc.lock's outputs, the raw set and the ancestor."""
    return hashes_of(root, lock_entries(root))


def hashes_of(root: Path, entries: Mapping[str, Any]) -> dict[str, str]:
    """{path: md5} of the outputs of these entries, and of the folders that have a `.dvc` file.

    Args:
        root: the project's root.
        entries: {stage: its entry} of dvc.lock.

    Returns:
        Paths from the root, each with its md5.
    """
    hashes: dict[str, str] = {}
    for entry in entries.values():
        hashes |= {out["path"]: out["md5"] for out in entry.get("outs", [])}
    for folder in VERSIONED:
        for out in _yaml(root / f"{folder}.dvc").get("outs", []):
            hashes[folder.as_posix()] = out["md5"]
    return hashes


def lock_entries(root: Path) -> dict[str, Any]:
    """{stage: its entry} of dvc.lock."""
    return dict(_yaml(root / "dvc.lock").get("stages") or {})


def credentials(root: Path) -> list[str]:
    """What the configuration of this checkout keeps that nobody is to see, so that it can be left out of all texts."""
    config = _config(root)
    options = [option for section in config.sections() for option in config[section].items()]
    kept = [value for name, value in options if may_name_a_secret(name)]
    return kept + [part for _, value in options for part in secrets_of(value)]


def _config(root: Path) -> configparser.ConfigParser:
    """What DVC reads, the later above the earlier: the machine's, the user's, the project's, the checkout's."""
    config = configparser.ConfigParser(interpolation=None)  # an address may well have a % in it
    system = os.environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep)[0] or "/etc/xdg"
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    machine = os.environ.get("DVC_SYSTEM_CONFIG_DIR") or Path(system) / "dvc"
    user = os.environ.get("DVC_GLOBAL_CONFIG_DIR") or Path(home) / "dvc"
    own = root / ".dvc"
    config.read([Path(machine) / "config", Path(user) / "config", own / "config", own / "config.local"], "utf-8")
    return config


def _yaml(path: Path) -> Any:
    return _copied(_parsed(path.read_text(encoding="utf-8"))) if path.exists() else {}


@lru_cache(maxsize=6)
def _parsed(text: str) -> Any:
    """A run asks for dvc.lock again and again, and it takes a tenth of a second to parse."""
    return YAML(typ="safe").load(text) or {}


def _copied(node: Any) -> Any:
    """Dictionaries and lists of the reader's own."""
    if isinstance(node, dict):
        return {key: _copied(value) for key, value in node.items()}
    return [_copied(value) for value in node] if isinstance(node, list) else node


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
