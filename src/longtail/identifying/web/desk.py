"""What answers a photograph that was sent: the loaded project, and the photographs that were sent last."""

from __future__ import annotations

import secrets
import tempfile
import threading
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from longtail.identifying import photograph
from longtail.identifying.pictures import PictureSource
from longtail.identifying.project import LoadedProject
from longtail.identifying.query_traits import query_traits
from longtail.identifying.rendering import Answer
from longtail.recognition.traits import COLUMNS
from longtail.reporting.thumbnails import Picture

_KEPT_BYTES = 64_000_000
_KEPT_PICTURES = 512
_FILE = "photograph"
_AT_ONCE = threading.BoundedSemaphore(2)  # a large photograph takes 300 MB while it is decoded


@dataclass(frozen=True)
class Answered:
    """An answer, and the key of the photograph that it is of."""

    answer: Answer
    key: str


class Desk:
    """Answers photographs. Several threads may ask at once.

    Args:
        project: what was loaded.
        pictures: of the labelled photographs.
    """

    def __init__(self, project: LoadedProject, pictures: PictureSource) -> None:
        self.project = project
        self._pictures = pictures
        self._sent: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._match = lru_cache(maxsize=_KEPT_PICTURES)(self._jpeg_of)

    @property
    def most_bytes(self) -> int:
        """Bytes above which no photograph is taken."""
        return self.project.max_bytes

    def words(self) -> dict[str, list[str]]:
        """{"side": words, "species": words} that a photograph may be said to show; those that the data has."""
        known = self.project.predictor.identifier.metadata
        return {name: list(known[name]) for name in COLUMNS if name in known}

    def answer(self, name: str, data: bytes, words: Mapping[str, str | None]) -> Answered:
        """Name a photograph.

        Args:
            name: of its file.
            data: the file's bytes.
            words: {"side": word, "species": word}, what it shows; None where that is not known.

        Returns:
            The answer.

        Raises:
            BadInput: a side or species that no labelled photograph has.
        """
        project, predictor = self.project, self.project.predictor
        traits = query_traits(predictor.identifier, words) if any(words.values()) else None
        with _AT_ONCE, tempfile.TemporaryDirectory(prefix="longtail.") as scratch:
            file = Path(scratch) / _FILE
            file.write_bytes(data)
            query = project.inspect(file, Path(scratch))
            if query.error:
                return Answered(Answer(name, query.error), "")
            answer = predictor.answer(query, photograph.embed(query, project.network, project.card), traits)
        return Answered(replace(answer, photograph=name), self._keep(data))

    def sent(self, key: str) -> bytes | None:
        """The picture of a photograph that was sent lately, as JPEG; None where it is no longer kept."""
        with self._lock:
            data = self._sent.get(key)
        if data is None:
            return None
        with _AT_ONCE:
            return _jpeg(self._pictures.of_data(data))

    def match(self, image: str) -> bytes | None:
        """The picture of a labelled photograph, as JPEG; None where there is none."""
        return self._match(image)

    def _jpeg_of(self, image: str) -> bytes | None:
        with _AT_ONCE:
            return _jpeg(self._pictures.match(image))

    def _keep(self, data: bytes) -> str:
        key = secrets.token_urlsafe(12)
        with self._lock:
            self._sent[key] = data
            while sum(map(len, self._sent.values())) > _KEPT_BYTES and len(self._sent) > 1:
                self._sent.popitem(last=False)
        return key


def _jpeg(picture: Picture) -> bytes | None:
    return b64decode(picture.uri.partition(",")[2]) or None
