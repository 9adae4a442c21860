"""Run Great Expectations: the checks of `expectations.py` on the tables of `validation_tables.py`; write Data Docs.

Imported inside a stage's `run` alone: Great Expectations takes seconds to import.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from longtail.errors import Problem, StageFailed
from longtail.labels.check import Check
from longtail.labels.validation_report import Finding

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read at import

import great_expectations as gx
import great_expectations.expectations as gxe

KEYS = {"labels": "row", "files": "image", "identities": "identity"}
"""The column that names a row of each table."""
_SHOWN = 20  # offending values that a page of the Data Docs lists


def run_expectations(tables: Mapping[str, pd.DataFrame], checks: Sequence[Check], docs: Path) -> list[Finding]:
    """Run every check, build the Data Docs site in `docs`, and return what did not hold, in the order of `checks`.

    Args:
        tables: `labels`, `files` and `identities` (see `validation_tables.py`).
        checks: what is expected of them.
        docs: an existing folder for the site; its first page is `index.html`.

    Returns:
        A finding for each check that did not hold.

    Raises:
        StageFailed: Great Expectations could not evaluate one of them.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("longtail")
    for site in list(context.get_site_names()):
        context.delete_data_docs_site(site)
    context.add_data_docs_site("validate", _site(docs))
    results: dict[str, Any] = {}
    for name, table in tables.items():
        suite = gx.ExpectationSuite(name=name)
        for check in checks:
            if check.table == name and _can_be_asked(check, table):
                suite.add_expectation(_expectation(check))
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("whole")
        definition = gx.ValidationDefinition(name=name, data=batch, suite=context.suites.add(suite))
        outcome = context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": table},
            result_format={
                "result_format": "COMPLETE",
                "partial_unexpected_count": _SHOWN,
                "unexpected_index_column_names": [KEYS[name]],
            },
        )
        results |= {result.expectation_config.meta["check"]: result for result in outcome.results}
    context.build_data_docs(["validate"])
    _link_results(docs)
    return [
        _finding(check, results[check.name], tables[check.table])
        for check in checks
        if check.name in results and not results[check.name].success
    ]


def _can_be_asked(check: Check, table: pd.DataFrame) -> bool:
    """An average or a largest value of no rows is no number; how many rows there are is asked all the same."""
    return len(table) > 0 or "TableRowCount" in check.expectation


def _expectation(check: Check) -> Any:
    kind = getattr(gxe, check.expectation)
    description = f"{check.name.replace('_', ' ')} ({check.severity})"  # what the Data Docs show of it
    meta = {"check": check.name}
    return kind(**check.arguments, severity=check.severity, description=description, notes=check.remedy, meta=meta)


def _finding(check: Check, result: Any, table: pd.DataFrame) -> Finding:
    if _raised(result.exception_info):
        raise StageFailed(
            Problem(
                f"the expectation {check.name} could not be evaluated",
                "This is a fault of Longtail or of Great Expectations, not of your data: please report it.",
                example=str(result.exception_info),
            )
        )
    observed = result.result.get("observed_value", "")
    observation = str(round(float(observed), 3) if isinstance(observed, float) else observed)
    what = check.what.replace("{observed}", observation)  # not format: a column's name may hold braces
    key = KEYS[check.table]
    keys = {key_values[key] for key_values in result.result.get("unexpected_index_list") or []}
    offending = table[table[key].isin(keys)]
    rows = pd.DataFrame(
        {
            "row": offending.get("row", 0),
            "image": offending.get("image", ""),
            "value": offending[check.value] if check.value else "",
        },
        index=offending.index,
    )
    return Finding(check, what, max(1, len(rows)), rows.fillna(""))


def _raised(info: Mapping[str, Any]) -> bool:
    """Great Expectations tells one exception flatly, and several by the metric that raised them."""
    infos = [info, *(value for value in info.values() if isinstance(value, dict))]
    return any(one.get("raised_exception", False) for one in infos)


def _link_results(docs: Path) -> None:
    """Plain links on the first page: its own list is drawn by a script from a CDN, and empty without a network."""
    pages = {
        page.relative_to(docs).parts[1]: page.relative_to(docs).as_posix()
        for page in docs.glob("validations/**/*.html")
    }
    links = ", ".join(f'<a href="{pages[name]}">{name}</a>' for name in sorted(pages))
    index = docs / "index.html"
    text = index.read_text(encoding="utf-8")
    index.write_text(text.replace("<body>", f"<body>\n<p>Results: {links}</p>", 1), encoding="utf-8")


def _site(docs: Path) -> Any:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs.resolve())},
    }
