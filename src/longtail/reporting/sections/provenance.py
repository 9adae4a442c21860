"""What the page was made from: parameters, versions, hashes."""

from __future__ import annotations

import json
from typing import Any

from longtail.reporting.context import PageSource, ReportContext

TITLE = "Provenance"
_NOT_SHOWN = "compute"  # where the stages ran does not change what they made


def section(context: ReportContext) -> dict[str, Any]:
    """Parameters by section, versions of packages, md5 of the inputs."""
    source = context.source
    return {
        "parameters": _parameters(source),
        "versions": list(source.versions.items()),
        "hashes": list(source.hashes.items()),
    }


def _parameters(source: PageSource) -> list[dict[str, Any]]:
    """A table a section of params.yaml; empty where the file leaves the section to its defaults."""
    return [
        {"name": name, "rows": [(str(key), _value(value)) for key, value in (source.params.get(name) or {}).items()]}
        for name in source.param_sections
        if name != _NOT_SHOWN
    ]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value or "(empty)"
    return json.dumps(value, ensure_ascii=False, default=str)
