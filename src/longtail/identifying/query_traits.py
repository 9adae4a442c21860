"""The side and species of the photographs to identify, as the command line gives them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from longtail.errors import BadInput, Problem, format_examples
from longtail.labels.traits import normalised
from longtail.recognition import traits
from longtail.recognition.identifier import Identifier
from longtail.recognition.traits import COLUMNS, Traits

_LOG = logging.getLogger(__name__)
_SHOWN = 20


def query_traits(identifier: Identifier, options: Mapping[str, str | None]) -> Traits | None:
    """What the photographs show, checked against what the identifier knows.

    Args:
        identifier: its metadata lists the sides and species of its labelled photographs.
        options: {"side": word, "species": word}; None where an option was left out.

    Returns:
        Of one photograph; None where the data has neither sides nor species.

    Raises:
        BadInput: a word that no labelled photograph has, or one of what the identifier does not know.
    """
    problems, words = [], {}
    for name in COLUMNS:
        known: list[str] | None = identifier.metadata.get(name)
        written = options.get(name)
        words[name] = normalised(written or "")
        if written is not None and known is None:
            what = f"--{name}, but this identifier was made without a {name} of each photograph"
            problems.append(Problem(what, f"Leave it out; or set data.{name}_column and run again.", example=written))
        elif words[name] and words[name] not in (known or ()):
            what = f"--{name} of which there is no labelled photograph"
            problems.append(Problem(what, f"Known: {format_examples(known or (), _SHOWN)}.", example=str(written)))
        elif known is not None and not words[name]:
            _LOG.info(
                f"no {name} given: compared with every {name} ({format_examples(known, _SHOWN)}); --{name} says it"
            )
    if problems:
        raise BadInput(*problems)
    if not set(COLUMNS) & set(identifier.metadata):
        return None
    return traits.of_words([words["side"]], [words["species"]])
