"""Installs requirements.lock into an environment: `python deploy/install.py ENVIRONMENT`. Standard library alone.

uv unpacks several packages at once; pip takes one after the other, and several times as long (`python -m
benchmarks.installation --install`). uv does not read pip's configuration, in which a machine names its registry, so it
is handed over. Where that holds a setting that uv is not known to follow, or where uv fails, pip installs everything.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

LOCK = Path("requirements.lock")

HANDED_OVER = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
"""Settings of pip, and the variables with which uv does the same."""

WITHOUT_EFFECT = frozenset(
    {
        *("cache-dir", "no-cache-dir", "disable-pip-version-check", "no-python-version-warning"),
        *("no-input", "no-color", "quiet", "verbose", "log", "progress-bar", "retries", "resume-retries"),
        *("no-warn-script-location", "root-user-action", "require-virtualenv", "compile", "no-compile"),
        *("user", "break-system-packages", "upgrade", "upgrade-strategy", "use-pep517", "no-build-isolation"),
        *("constraint", "no-deps", "require-hashes", "prefer-binary", "pre", "src", "editable", "format"),
    }
)
"""Settings of pip that change nothing in an environment whose every version and hash is fixed."""


def main(environment: Path) -> None:
    """Install by uv, or else by pip.

    Args:
        environment: a virtual environment that has pip.

    Raises:
        SystemExit: pip could not install it, with pip's exit code.
    """
    listed = (environment / "bin/python", "-m", "pip", "config", "list")
    configuration = subprocess.run(listed, capture_output=True, text=True, check=False)
    variables = None if configuration.returncode else variables_of_uv(configuration.stdout.splitlines())
    if variables is None or not by_uv(environment, variables):
        code = by_pip(environment)
        if code:
            sys.exit(code)


def variables_of_uv(configuration: Iterable[str]) -> dict[str, str] | None:
    """Pip's configuration as uv's environment variables, so that no address with a password is on a command line.

    Args:
        configuration: lines of `pip config list`: `section.name='value'`. What stands for `install` alone comes before
            what stands for all commands (`global`), and a variable of the environment (`:env:`) before both.

    Returns:
        None if it holds a setting that is neither in HANDED_OVER nor in WITHOUT_EFFECT, or that cannot be read.
    """
    settings: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in configuration:
        name, _, value = line.partition("=")
        section, _, name = name.rpartition(".")
        if section in settings:  # else it is for another command, as `freeze`
            try:
                settings[section][name.removeprefix("--")] = str(ast.literal_eval(value))
            except (SyntaxError, ValueError):
                return None
    merged = {**settings["global"], **settings["install"], **settings[":env:"]}
    if any(name not in HANDED_OVER and name not in WITHOUT_EFFECT for name in merged):
        return None
    variables = {HANDED_OVER[name]: value for name, value in merged.items() if name in HANDED_OVER and value}
    if "UV_FIND_LINKS" in variables:
        variables["UV_FIND_LINKS"] = ",".join(variables["UV_FIND_LINKS"].split())
    return variables


def by_pip(environment: Path, lock: Path = LOCK) -> int:
    """Install by pip, without compiling, which pip does for one file after the other and for the packages' own tests.

    Args:
        environment: a virtual environment that has pip.
        lock: versions and hashes.

    Returns:
        Pip's exit code.
    """
    pip = (environment / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    return _run(*pip, "--no-deps", "--no-compile", "--require-hashes", "-r", lock)


def by_uv(environment: Path, variables: dict[str, str]) -> bool:
    """Install by uv, which pip installs first.

    Args:
        environment: a virtual environment that has pip.
        variables: of the environment that uv runs in; what is set there already stays.

    Returns:
        Whether everything is installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        lock_of_uv = Path(folder) / "uv.lock"
        lock_of_uv.write_text(_entry_of_uv(LOCK.read_text("utf-8")), "utf-8")
        if by_pip(environment, lock_of_uv):
            return False
    cache = environment / "uv-cache"  # on the disk of the environment, so that files are linked and not copied
    as_pip = {"UV_CACHE_DIR": str(cache), "UV_INDEX_STRATEGY": "unsafe-best-match"}  # a package may be in any index
    uv = (environment / "bin/uv", "pip", "install", "--quiet", "--python", environment / "bin/python", "--no-config")
    try:
        code = _run(*uv, "--no-deps", "--require-hashes", "-r", LOCK, variables={**as_pip, **variables})
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    if code:
        print("uv could not install the packages; pip does it now, which takes longer.", file=sys.stderr)
    return not code


def _entry_of_uv(lock: str) -> str:
    """The lines of a lock that are uv's: its version, and a hash in each indented line below."""
    entry = re.search(r"^uv==.*(?:\n .*)*", lock, re.MULTILINE)
    return entry[0] if entry else ""


def _run(*command: str | Path, variables: dict[str, str] | None = None) -> int:
    return subprocess.run(command, env={**(variables or {}), **os.environ}, check=False).returncode


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
