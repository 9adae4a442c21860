"""What one publication is decided on, read once: register, lock, store, records, parameters, the submission's bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from flows import records
from flows.gate import GateParams
from longtail import params, run_record
from longtail.artifacts import IDENTIFIER, SUBMISSION
from longtail.lineage.checkout import Checkout
from longtail.metrics import without_score
from longtail.params import DataParams, Section
from longtail.publishing import receipt
from longtail.publishing.receipt import Receipt


class PublishParams(Section):
    """`publish:`, where a submission goes; read by the flow alone."""

    to: Literal["directory", "kaggle"] = Field("directory", description="where submissions go: directory or kaggle")
    directory: str = Field("published", min_length=1, description="folder that receives submission.csv and its receipt")
    competition: str = Field("", description="kaggle: the competition's name in its address")
    score_timeout_s: float = Field(600.0, ge=0, description="kaggle: seconds to wait for the score")


@dataclass(frozen=True)
class Publication:
    """A submission on its way, with all that is known of it."""

    checkout: Checkout
    md5: str
    """Of the submission."""
    in_file: Mapping[str, Any]
    """{section: {key: value}} of the whole of params.yaml, defaults included."""
    values: Mapping[str, Any]
    """The same, where the sections of stages are those that their records name."""
    force: str
    """Why the gate is not to hold anything back; `""`: it may."""
    began: records.Began | None
    """The code that the run began with."""

    @property
    def root(self) -> Path:
        """The project's root."""
        return self.checkout.root

    @property
    def submission(self) -> Path:
        """What `predict` wrote."""
        return self.root / SUBMISSION

    @property
    def network(self) -> Mapping[str, Any]:
        """The entry `network` of identifier.json; empty where the scored network answers, as usual."""
        return without_score.network_of(self.root / IDENTIFIER)

    @property
    def to(self) -> PublishParams:
        """Where it goes."""
        return PublishParams(**self.values["publish"])

    @property
    def gate(self) -> GateParams:
        """What it must show before."""
        return GateParams(**self.values["gate"])

    @property
    def data(self) -> DataParams:
        """What its columns are called."""
        return DataParams(**self.values["data"])

    @property
    def earlier(self) -> tuple[str, Receipt] | None:
        """Name and receipt of these bytes, where the register has them."""
        name = receipt.find(self.checkout.receipts, self.md5)
        return None if name is None else (name, self.checkout.receipts[name])


def read(root: Path, schemas: Mapping[str, type[Section]], force: str, began: records.Began | None) -> Publication:
    """Read what is decided on.

    Args:
        root: the project's root.
        schemas: every section of params.yaml beside the shared ones.
        force: why the gate is not to hold anything back; `""`: it may.
        began: the code that the run began with.

    Returns:
        All that is known of the submission.
    """
    checkout = Checkout(root)
    in_file = effective_params(root, schemas)
    values = records.values_used(checkout, in_file)
    return Publication(checkout, run_record.md5_of(root / SUBMISSION), in_file, values, force, began)


def effective_params(root: Path, schemas: Mapping[str, type[Section]]) -> dict[str, Any]:
    """{section: {key: value}} of the whole of params.yaml, defaults included.

    Args:
        root: the project's root.
        schemas: every section beside the shared ones.

    Returns:
        The sections by name.
    """
    raw = params.read(root / "params.yaml")
    return {
        name: params.load(schema, name, raw).model_dump(mode="json", exclude=set(params.shared_sections(schema)))
        for name, schema in {**params.SHARED, **schemas}.items()
    }
