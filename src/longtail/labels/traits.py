"""Sides and species as the label table has them: their words, and names that two species share.

Any word is a side of its own (`left`, `right`, `front`), and any word a species: upper case, and spaces around it, mean
nothing. What `recognition.traits` compares are these words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from longtail.errors import BadInput, Problem, counted

if TYPE_CHECKING:  # `identify` reads words without pandas, which takes as long to import as all the rest
    import pandas as pd

    from longtail.params import DataParams

NOT_KNOWN_WORDS = frozenset({"", "unknown", "none", "nan", "na", "n/a", "?"})
"""What says that a side or species is not known: such a photograph is compared with all."""
BETWEEN = "@"


def normalised(word: str) -> str:
    """A side or species as it is compared: lower case, one underscore for spaces; `""` where it is not known."""
    plain = "_".join(word.split()).casefold()
    return "" if plain in NOT_KNOWN_WORDS else plain


def per_species(table: pd.DataFrame, data: DataParams, where: str) -> pd.Series:
    """The labels, with the species in them where two species have one name: those are two individuals.

    Args:
        table: label, species (`""` where not known), row.
        data: the label that says "none of the known".
        where: the table's name, for messages.

    Returns:
        `name@species` for a name of several species; every other label as it is.

    Raises:
        BadInput: such a name on a photograph whose species is not known; a label that reads like such a name.
    """
    label, species = table["label"], table["species"]
    named = (label.str.strip() != "") & (label != data.unknown_label)
    pairs = table.loc[named & (species != ""), ["label", "species"]].drop_duplicates()
    shared = named & label.isin(set(pairs.loc[pairs["label"].duplicated(), "label"]))
    problems = []
    unclear = table[shared & (species == "")]
    if len(unclear):
        what = "photograph of a name that two species have, without a species"
        problems.append(_problem(what, "Say which species it is.", unclear, where))
    qualified = (label + BETWEEN + species).where(shared, label)
    taken = table[~shared & label.isin(set(qualified[shared]))]
    if len(taken):
        what = "identity that reads like a name with its species"
        problems.append(_problem(what, f"Two species share the name before '{BETWEEN}': write another.", taken, where))
    if problems:
        raise BadInput(*problems)
    return qualified


def comparable(labelled: pd.DataFrame, image: str, others: pd.Series) -> list[bool]:
    """Which photographs may be compared with another one: `recognition.traits` has the rule, and this what is shown.

    Args:
        labelled: image, and side and species where the data has them.
        image: one photograph.
        others: names of n photographs.

    Returns:
        n times whether sides and species are equal, or not known of one of the two.
    """
    words = labelled.set_index("image")[[name for name in ("side", "species") if name in labelled]]
    own = words.loc[image]
    rows = words.loc[others].itertuples(index=False)
    return [all(not word or not mine or word == mine for word, mine in zip(row, own, strict=True)) for row in rows]


def describe(table: pd.DataFrame) -> tuple[dict[str, dict[str, int]], list[str]]:
    """What `prepare` says of sides and species.

    Args:
        table: side and species, where the data has them.

    Returns:
        {"side": {word: photographs}, "species": ...}, and a warning where some are not known.
    """
    facts, warnings = {}, []
    for name in [name for name in ("side", "species") if name in table]:
        counts = table[name].value_counts().sort_index()
        facts[name] = {str(word or "not known"): int(count) for word, count in counts.items()}
        if not_known := facts[name].get("not known", 0):
            warnings.append(f"{counted(not_known, 'photograph')} without a {name}: compared with every {name}")
        words = [str(word) for word in counts.index if word]
        alike = [(one, other) for one in words for other in words if one != other and other.startswith(one)]
        if alike:
            one, other = alike[0]
            warnings.append(
                f"'{one}' and '{other}' are two words for a {name}, and are never compared with each other: where they "
                f"mean the same, write them alike in train.csv ({counted(len(alike), 'such pair')})"
            )
    return facts, warnings


def _problem(what: str, remedy: str, rows: pd.DataFrame, where: str) -> Problem:
    first = rows.iloc[0]
    example = f"{first['label']!r} of {first['image']!r}"
    return Problem(what, remedy, where=f"{where}, row {first['row']}", count=len(rows), example=example)
