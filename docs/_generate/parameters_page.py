"""The reference of params.yaml, from the pydantic models of its sections."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs._generate.graph import run_names
from docs._generate.markdown import code, table
from flows import retrain
from longtail import params, stages

PRESETS = ("sample", "whales-small", "whales", "post")
INTRO = """# Parameters

`params.yaml` has one section for each stage, two sections that several stages read (`data:` and `compute:`), and
sections that only the flow reads. A key that is left out has the default below. An unknown key or a value out of range
ends the run before anything is computed, with the line in the file.

`longtail preset` chooses values for your photographs. `presets/` has examples. The last table shows
[where the presets differ](#where-the-presets-differ).

Any parameter can be changed for one run of one stage:
`longtail evaluate --set evaluate.seeds=1`. In YAML write `"none"` in quotes inside a list.
"""


def page(root: Path) -> str:
    """The page: a table for each section, in the order of the graph.

    Args:
        root: The project's root, with dvc.yaml and presets/.

    Returns:
        The page as Markdown.
    """
    schemas = {**params.SHARED, **retrain.schemas()}
    in_order = list(dict.fromkeys(name.partition("@")[0] for name in run_names(root)))
    names = [*params.SHARED, *in_order, *sorted(set(schemas) - {*params.SHARED, *in_order})]
    parts = [INTRO, *(_section(name, schemas[name]) for name in names), _differences(root, names, schemas)]
    return "\n".join(parts)


def _section(name: str, schema: type[params.Section]) -> str:
    shared = params.shared_sections(schema)
    intro = stages.headline(name) if name in stages.names() else _first_line(schema)
    if shared:
        intro += f" It also reads {' and '.join(f'[`{other}`](#{other})' for other in shared)}."
    rows = [
        (code(key), code(_yaml(default)), allowed, meaning)
        for key, default, allowed, meaning in _parameters(schema, shared)
    ]
    return f"## {name}\n\n{intro}\n\n" + table(("parameter", "default", "allowed", "meaning"), rows)


def _first_line(schema: type[params.Section]) -> str:
    line = (schema.__doc__ or "").strip().split("\n")[0]
    line = line.partition(", ")[2] or line  # "`gate:`, what a challenger must show ..."
    return line[:1].upper() + line[1:]


def _parameters(schema: type[params.Section], shared: list[str]) -> Iterator[tuple[str, Any, str, str]]:
    described = schema.model_json_schema()
    for key, field in schema.model_fields.items():
        if key not in shared:
            allowed = _allowed(described["properties"][key], described.get("$defs", {}))
            yield key, field.get_default(call_default_factory=True), allowed, field.description or ""


def _allowed(described: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """What values a JSON schema allows, in words."""
    if "$ref" in described:
        return _allowed(definitions[described["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in described:
        return ", or ".join(_allowed(one, definitions) for one in described["anyOf"])
    if values := described.get("enum") or ([described["const"]] if "const" in described else []):
        return ", ".join(code(str(value)) for value in values)
    kind = described.get("type")
    if kind == "array":
        return f"list of {_allowed(described['items'], definitions)}"
    if kind == "object":
        keys = _allowed(described["propertyNames"], definitions) if "propertyNames" in described else "text"
        return f"map from {keys} to {_allowed(described['additionalProperties'], definitions)}"
    if kind == "boolean":
        return "`true`, `false`"
    if kind in ("integer", "number"):
        return " ".join(filter(None, ("whole number" if kind == "integer" else "number", _bounds(described))))
    return _text(described)


def _bounds(described: Mapping[str, Any]) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    return " ".join(f"{word} {described[key]:,.15g}" for key, word in words.items() if key in described)


def _text(described: Mapping[str, Any]) -> str:
    if pattern := described.get("pattern"):
        return f"text that matches {code(pattern)}"
    return "text, not empty" if described.get("minLength") else "text"


def _yaml(value: Any) -> str:
    """A value as params.yaml writes it."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value)
    return f"{value}" if isinstance(value, int | str) else f"{value:.15g}"


def _differences(root: Path, names: list[str], schemas: Mapping[str, type[params.Section]]) -> str:
    raw = {preset: params.read(root / "presets" / f"{preset}.yaml") for preset in PRESETS}
    rows = []
    for name in names:
        for key, default, _, _ in _parameters(schemas[name], params.shared_sections(schemas[name])):
            values = [_yaml(params.plain((raw[preset].get(name) or {}).get(key, default))) for preset in PRESETS]
            if len(set(values)) > 1:
                rows.append((code(f"{name}.{key}"), *(code(value) for value in values)))
    return "## Where the presets differ\n\n" + table(("parameter", *(f"`{preset}`" for preset in PRESETS)), rows)
