"""git as a process: its output as text, its words in English, nothing asked of a terminal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

NOT_INSTALLED = 127


def run_git(root: Path, *arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command of git.

    Args:
        root: the folder that it runs in.
        arguments: the command and its arguments.
        timeout: seconds after which it is ended; None: never.

    Returns:
        Its exit code and output; NOT_INSTALLED and no output where there is no git.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    command = ["git", *arguments]
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=timeout
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, NOT_INSTALLED, "", "git is not installed")


def git_user(root: Path) -> str:
    """`user.name` of git's configuration; `""` where none is set."""
    return run_git(root, "config", "user.name").stdout.strip()
