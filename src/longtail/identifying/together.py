"""Several photographs of one animal, for one answer: each opened and embedded once, broken ones and repeats named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from longtail.identifying import photograph
from longtail.identifying.photograph import Photograph
from longtail.identifying.project import LoadedProject
from longtail.identifying.rendering import Answer
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.traits import Traits


@dataclass
class Encounter:
    """The photographs of one animal: those that are used, with their embeddings, and those that are not."""

    used: list[Photograph] = field(default_factory=list)
    views: list[PairedEmbeddings] = field(default_factory=list)
    broken: list[Answer] = field(default_factory=list)
    repeats: list[tuple[str, str]] = field(default_factory=list)  # (photograph, the one that has the same bytes)


def gather(files: Sequence[Path], scratch: Path, project: LoadedProject) -> Encounter:
    """Open and embed photographs of one animal; of files with the same bytes the first is used.

    Args:
        files: the photographs.
        scratch: folder of the working copy, which each photograph overwrites.
        project: network and parameters.

    Returns:
        The encounter.
    """
    encounter, first = Encounter(), dict[str, Path]()
    for file in files:
        query = project.inspect(file, scratch)
        if query.error:
            encounter.broken.append(Answer(str(file), query.error))
            continue
        md5 = str(query.row["md5"])
        if md5 in first:
            encounter.repeats.append((str(file), str(first[md5])))
            continue
        first[md5] = file
        encounter.used.append(query)
        encounter.views.append(photograph.embed(query, project.network, project.card))
    return encounter


def answer(encounter: Encounter, name: str, project: LoadedProject, traits: Traits | None) -> Answer:
    """One answer for the photographs of an encounter.

    Args:
        encounter: with one photograph at least.
        name: what the answer is called, as the folder.
        project: the identifier.
        traits: side and species of all of them; None: not known.

    Returns:
        The answer, with the photographs that it used.
    """
    views = PairedEmbeddings(
        np.concatenate([view.plain for view in encounter.views]),
        np.concatenate([view.mirrored for view in encounter.views]),
    )
    answer = project.predictor.answer_together(name, encounter.used, views, traits)
    unused = [(one.photograph, one.error) for one in encounter.broken]
    unused += [(name, f"the same file as {first}") for name, first in encounter.repeats]
    return replace(answer, photographs=[str(query.path) for query in encounter.used], unused=unused)
