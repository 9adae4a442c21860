"""The submission's facts, and what the page was made from: parameters, versions, hashes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from longtail.reporting.formatting import digits, spoken
from longtail.reporting.inputs import Inputs

_NOT_SHOWN = "compute"  # where work ran is no part of what was made


def submission(inputs: Inputs) -> dict[str, Any]:
    """What was answered for the test photographs."""
    candidates, answers = inputs.candidates, inputs.submission
    first = candidates[candidates["rank"] == 1]
    named = first[first["identity"] != ""]
    return {
        "rows": len(answers),
        "new_first": len(first) - len(named),
        "duplicates": int((first["kind"] == "duplicate").sum()),
        "identities": int(named["identity"].nunique()),
        "columns": list(answers.columns),
        "sample": answers.head(3).to_numpy().tolist(),
        "most": [(name, int(many)) for name, many in _most(named["identity"].value_counts(), 5)],
    }


def parameters(raw: Mapping[str, Any], sections: Iterable[str]) -> list[dict[str, Any]]:
    """The sections of params.yaml, in the graph's order; one that the file leaves out runs on its defaults."""
    return [
        {"name": name, "rows": [(str(key), _shown(value)) for key, value in (raw.get(name) or {}).items()]}
        for name in sections
        if name != _NOT_SHOWN
    ]


def training_facts(model: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What model.json says of the network, long lists as their length."""
    return [
        (spoken(str(key)), f"{len(value):,}" if key == "classes" else _shown(_rounded(value)))
        for key, value in sorted(model.items())
    ]


def _most(counted: Any, how_many: int) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:how_many]


def _rounded(value: Any) -> Any:
    return digits(value) if isinstance(value, float) else value


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value or "(empty)"
    return json.dumps(value, ensure_ascii=False, default=str)
