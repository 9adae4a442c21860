"""The submission: what was predicted for the test photographs."""

from __future__ import annotations

from typing import Any

from longtail.reporting.context import ReportContext

TITLE = "Submission"
_SAMPLE = 3  # rows of the file
_MOST_FREQUENT = 5  # identities


def section(context: ReportContext) -> dict[str, Any]:
    """Counts of the first candidates, and the first rows of the file."""
    candidates, table = context.inputs.candidates, context.inputs.submission
    first = candidates[candidates["rank"] == 1]
    known = first[first["identity"] != ""]
    frequencies = known["identity"].value_counts()
    by_frequency = sorted(frequencies.items(), key=lambda item: (-item[1], item[0]))
    return {
        "rows": len(table),
        "new_first": len(first) - len(known),
        "duplicates": int((first["kind"] == "duplicate").sum()),
        "identities": int(known["identity"].nunique()),
        "columns": list(table.columns),
        "sample": table.head(_SAMPLE).to_numpy().tolist(),
        "most": [(name, int(photographs)) for name, photographs in by_frequency[:_MOST_FREQUENT]],
    }
