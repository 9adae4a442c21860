"""Why a file gives no picture."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a file gives no picture."""

    EMPTY = "the file is empty"
    NOT_AN_IMAGE = "not an image"
    TOO_LARGE = "too large"
    TRUNCATED = "the file ends too early"
    DAMAGED = "the file is damaged"
    UNREADABLE = "the file cannot be read"
    RAW = "a camera's raw file"
    PREVIEW = "the first page is a reduced image"
    SEVERAL = "several pictures in one file"
    UNSUPPORTED = "a kind of picture that is not opened"


class BrokenImageError(Exception):
    """A file that gives no picture; its text is the same for the same bytes."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(reason, detail)  # both, so that it survives the way back from another process

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)
