"""The classes of params.yaml's sections: their base, and the two sections that several stages read.

A section is a frozen pydantic class; an unknown key is an error. A stage's class is `StageParams`, in its file.
Validators are pure: none touches the disk or the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """One section of params.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DataParams(Section):
    """`data:`, how the labels speak; read by every stage that reads them."""

    image_column: str = Field("Image", min_length=1, description="column of train.csv with the file name")
    identity_column: str = Field("Id", min_length=1, description="column of train.csv with the identity")
    unknown_label: str = Field("new_whale", description="label that says 'none of the known'; '' where there is none")
    group_column: str | list[Annotated[str, Field(min_length=1)]] = Field(
        "", description="optional column: photographs that share its value stay in one fold; of a list: all its values"
    )
    box_column: str = Field(
        "box", description="optional column: the part of the photograph that the row shows; the rest is cropped"
    )
    date_column: str = Field("", description="optional column: when a photograph was taken; '': EXIF's capture time")
    side_column: str = Field("", description="optional column: left is compared with left only")
    species_column: str = Field("", description="optional column: names are per species; others are never candidates")

    @property
    def group_columns(self) -> list[str]:
        """The columns of `group_column`, whether it is one or a list; empty where there is none."""
        columns = [self.group_column] if isinstance(self.group_column, str) else self.group_column
        return [column for column in columns if column]


class ComputeParams(Section):
    """`compute:`, where work runs; never a dependency of a stage, always in its record."""

    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="auto takes a CUDA GPU where there is one; mps: Apple's, on request only"
    )
    threads: int = Field(2, ge=1, le=256, description="threads of one torch process; results differ between counts")
    workers: int = Field(2, ge=1, le=256, description="processes that open images; results do not depend on it")
    dask_scheduler: str = Field(
        "",
        pattern=r"^((tcp|tls)://\S+:[0-9]+)?$",
        description="tcp://HOST:PORT of a Dask cluster that prepare and oversample run on; '': here",
    )


class StageParams(Section):
    """Base of every stage's `Params`."""


SHARED: Mapping[str, type[Section]] = {"data": DataParams, "compute": ComputeParams}
