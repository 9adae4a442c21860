"""Reads the pages of README and docs/."""

from __future__ import annotations

from pathlib import Path


def shell_blocks(page: Path) -> list[list[str]]:
    """Lines of the blocks that name no language: commands, and what they print."""
    blocks: list[list[str]] = []
    language: str | None = None
    for line in page.read_text("utf-8").splitlines():
        if line.strip().startswith("```"):
            language = None if language is not None else line.strip().removeprefix("```")
            if language == "":
                blocks.append([])
        elif language == "":
            blocks[-1].append(line)
    return blocks
