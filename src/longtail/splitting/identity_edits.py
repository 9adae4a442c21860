"""Rows of edits.csv that say who is who: `name`, `merge` and `rename`.

An individual is replaced by at most one other name, and a new name belongs to one individual. So the steps from former
names to present ones can be followed in any order of the rows: A merged into B, and B called C, makes A and B both C.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from longtail.errors import Problem
from longtail.labels.aliases import ABOUT_INDIVIDUALS, RENAME, identity_in, present_names
from longtail.labels.decisions import ABOUT_FINDINGS
from longtail.labels.label_csv import UNKNOWN
from longtail.splitting.edit_checks import contradiction, is_spaced
from longtail.splitting.edit_row import Edit, take_back


def steps(edits: Iterable[Edit]) -> list[tuple[str, str]]:
    """(former name, the name that replaced it) of each `merge` and `rename`."""
    return [(identity_in(edit.image), edit.value) for edit in edits if edit.action in ABOUT_INDIVIDUALS]


def idle(edits: Sequence[Edit], labels: Mapping[str, str]) -> list[str]:
    """Names that are merged or renamed although no photograph has them; sorted.

    Args:
        edits: the rows that hold.
        labels: {image: label} of all labelled photographs.

    Returns:
        Names; those that another step leads to are not among them.
    """
    borne = {*labels.values(), *(edit.value for edit in edits if edit.action not in ABOUT_FINDINGS)}
    return sorted({former for former, _ in steps(edits)} - borne)


def problems(edits: Sequence[Edit], labels: Mapping[str, str], unknown_label: str, file: str) -> list[Problem]:
    """Everything that is wrong with the decisions about individuals.

    Args:
        edits: the rows that hold.
        labels: {image: label} of all labelled photographs.
        unknown_label: the word by which `relabel` says "none of the known".
        file: the file's name.

    Returns:
        A problem a kind.
    """
    relabelled = {edit.image: edit.value for edit in edits if edit.action == "relabel"}
    individuals = {*labels.values(), *(edit.value for edit in edits if edit.action in ("relabel", "name", RENAME))}
    individuals -= {UNKNOWN, unknown_label}

    def has_name(edit: Edit) -> bool:
        label = relabelled.get(edit.image, labels.get(edit.image, UNKNOWN))
        return label not in (UNKNOWN, unknown_label, edit.value)

    def is_about(edit: Edit) -> bool:
        return edit.action in ABOUT_INDIVIDUALS

    def says_new_name(edit: Edit) -> bool:
        return edit.action in ("name", RENAME)

    checks: list[tuple[str, str, Callable[[Edit], bool]]] = [
        (
            "`merge` or `rename` that names no individual",
            "The column `image` names it, as identity:NAME.",
            lambda e: is_about(e) and not identity_in(e.image).strip(),
        ),
        (
            "individual merged into itself, or renamed as it is called",
            "Take the row out.",
            lambda e: is_about(e) and identity_in(e.image) == e.value,
        ),
        (
            "`name`, `merge` or `rename` without a name",
            "The value is the name of an individual; to say that nobody knows it: relabel.",
            lambda e: (is_about(e) or says_new_name(e)) and (not e.value.strip() or e.value == unknown_label),
        ),
        (
            "new name with spaces",
            "A submission separates its candidates by spaces: write the name without.",
            lambda e: says_new_name(e) and bool(e.value.strip()) and is_spaced(e.value),
        ),
        (
            "`merge` into an individual that no photograph shows",
            "Mend its name; a new name for an individual is a `rename`.",
            lambda e: e.action == "merge" and bool(e.value.strip()) and e.value not in individuals,
        ),
        (
            "`name` of a photograph that is labelled with another individual",
            "`name` is for photographs of no known individual: `relabel` corrects a label, `rename` a name.",
            lambda e: e.action == "name" and has_name(e),
        ),
    ]
    wrong_rows = []
    for what, remedy, is_wrong in checks:
        wrong = [edit for edit in edits if is_wrong(edit)]
        if wrong:
            example = f"{wrong[0].image}, {wrong[0].value or '(blank)'}"
            wrong_rows.append(Problem(what, remedy, f"{file}, row {wrong[0].row}", len(wrong), example))
    return wrong_rows + _contradictions(edits, file)


def _contradictions(edits: Sequence[Edit], file: str) -> list[Problem]:
    """Individuals with two fates, names with two bearers, names that lead back to themselves."""
    replaced, named_as, named = defaultdict(list), defaultdict(list), defaultdict(list)
    for edit in edits:
        if edit.action in ABOUT_INDIVIDUALS:
            replaced[identity_in(edit.image)].append(edit)
        if edit.action == RENAME:
            named_as[edit.value].append(edit)
        elif edit.action == "name":
            named[edit.value].append(edit)
    fates = {name: rows for name, rows in replaced.items() if len({row.value for row in rows}) > 1}
    bearers = {name: rows for name, rows in named_as.items() if len({row.image for row in rows}) > 1}
    bearers |= {name: [*rows, named[name][0]] for name, rows in named_as.items() if name in named}
    return [
        *contradiction("individual merged or renamed twice", fates, file),
        *contradiction("name given to two individuals", bearers, file),
        *([] if fates else _cycles(replaced, file)),
    ]


def _cycles(replaced: Mapping[str, Sequence[Edit]], file: str) -> list[Problem]:
    following = {name: rows[0].value for name, rows in replaced.items()}
    present = present_names(following.items())
    lost = [name for name in following if name not in present]
    if not lost:
        return []
    ring = [lost[0]]
    while following[ring[-1]] not in ring:
        ring.append(following[ring[-1]])
    ring = ring[ring.index(following[ring[-1]]) :]
    rows = sorted(replaced[name][0] for name in ring)
    where = f"{file}, rows {' and '.join(str(row.row) for row in rows)}"
    example = " -> ".join([*ring, ring[0]])
    what = "individuals that are merged or renamed in a circle"
    return [Problem(what, take_back(rows[-1]), where, len(lost), example)]
