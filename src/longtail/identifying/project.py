"""What `identify` loads: the identifier, the network, and the labelled photographs of the project.

Required: the identifier's folder, and the network's `model.safetensors` and `model.json`, in that folder (where not the
trained and scored network alone answers) or in `artifacts/train/`. Of several networks side by side (`train.networks`,
`train.pretrained_beside`) the folder `more/` lies beside these. Optional: `artifacts/prepare/` and `artifacts/split/`,
for duplicates and for images to show. The parameters of `prepare` and `audit` are read from their records, else from
params.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import artifacts, renamed
from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.identifying import labelled, network, photograph
from longtail.identifying.labelled import DuplicateCriteria
from longtail.identifying.network import Network
from longtail.identifying.photograph import Photograph
from longtail.identifying.predictor import Predictor
from longtail.images import opening
from longtail.images.working import CopyParams
from longtail.inference import onnx_graph
from longtail.inference.runtimes import ONNX, TORCH, Runtime
from longtail.labels import aliases
from longtail.metrics import network_choice, never_new, without_score
from longtail.recognition import identifier
from longtail.recognition.embeddings import RUNTIME
from longtail.recognition.identifier import Identifier
from longtail.recognition.top_k import Classifier
from longtail.training import checkpoint
from longtail.training.checkpoint import Card

if TYPE_CHECKING:
    from longtail.params import StageParams

GRAPHS = onnx_graph.FOLDER
Defaults = Callable[[], "type[StageParams]"]
_PREPARE = ("side", "quality", "box_margin", "max_pixels", "data")
_AUDIT = ("max_distance", "min_similarity")


@dataclass(frozen=True)
class LoadedProject:
    """Everything that is loaded once for all photographs."""

    predictor: Predictor
    network: Network
    card: Card
    copies: CopyParams
    max_pixels: int
    graphs: Path
    root: Path
    """Where the tables of the run lie: the project's root, or what takes its place."""
    data: dict[str, Any]
    """`data:` as `prepare` read it: names of the columns of the label table."""
    never_new: str = ""
    """Why nobody is ever called new, and the remedy; `""` where individuals may be."""

    def inspect(self, file: Path, folder: Path) -> Photograph:
        """A photograph as the run would have prepared it.

        Args:
            file: where it lies.
            folder: of its working copy, which the next call overwrites.

        Returns:
            The photograph, with an error where it cannot be opened.
        """
        return photograph.inspect(file, folder, self.copies, self.max_pixels, self.predictor.keypoint_settings)

    @property
    def max_bytes(self) -> int:
        """Bytes above which a file is not opened."""
        return opening.most_bytes(self.max_pixels)

    @property
    def notices(self) -> list[str]:
        """What holds for all photographs: which network answers, why nobody is new, what ranks, other names."""
        metadata = self.predictor.identifier.metadata
        network = metadata.get("network", {})
        unscored = without_score.notice(network) if without_score.has_none(network) else ""
        chosen = network_choice.notice(network_choice.of_record(metadata))
        every = (chosen, unscored, self.never_new, self.predictor.decision.why_by_threshold, self._other_names())
        return [notice for notice in every if notice]

    def with_present_names(self, edits: Path) -> LoadedProject:
        """The same, knowing what edits.csv calls its individuals now."""
        present = aliases.read(edits)
        changed = {name: present[name] for name in self.predictor.identifier.identities if name in present}
        return replace(self, predictor=replace(self.predictor, present=changed))

    def _other_names(self) -> str:
        """Which names have changed since the identifier was made; `""` where none has."""
        changed = [f"{name} is {now} now" for name, now in self.predictor.present.items()]
        if not changed:
            return ""
        names = counted(len(changed), "name")
        return f"{names} of this run changed since, the next run uses them: {format_examples(changed)}"


def open_project(
    root: Path, folder: Path, prepare: Defaults, audit: Defaults, graphs: Path | None = None
) -> LoadedProject:
    """Load identifier, network and labelled photographs.

    Args:
        root: the project's root.
        folder: the identifier's.
        prepare: gives the stage's parameters, for what no record says.
        audit: likewise.
        graphs: folder of the networks' graphs; None: in the project's own state.

    Returns:
        What all photographs need.

    Raises:
        BadInput: no identifier, no network, or two that do not belong together.
    """
    graphs = graphs or root / GRAPHS
    prepare_params = _params_of(root, "prepare", prepare, _PREPARE)
    audit_params = _params_of(root, "audit", audit, _AUDIT)
    with ThreadPoolExecutor() as background:  # reads files while the network loads
        classifying = background.submit(_classifier, folder)
        tables = (root / path for path in (artifacts.LABELLED, artifacts.LABELLED_IMAGES, artifacts.SPLIT))
        pictures = background.submit(labelled.read, *tables)
        tensors, card = _model(root, folder)
        started = network.load(tensors, card, graphs, _runtime(folder))
        known, classifier = classifying.result()
    wide = known.gallery.views.plain.shape[1]
    if card.width != wide:
        what = f"the network gives {card.width:,} numbers a photograph, the identifier was made with {wide:,}"
        raise BadInput(Problem(what, "They belong to different runs: `make run` makes both.", where=str(folder)))
    word, metadata = prepare_params["data"]["unknown_label"], known.metadata
    new_by = (metadata.get(name) for name in ("threshold", "threshold_on_valid", "unknown_share"))
    criteria = DuplicateCriteria(audit_params["max_distance"], audit_params["min_similarity"])
    return LoadedProject(
        predictor=Predictor(known, classifier, pictures.result(), criteria),
        network=started,
        card=card,
        copies=CopyParams(prepare_params["side"], prepare_params["quality"], prepare_params["box_margin"]),
        max_pixels=prepare_params["max_pixels"],
        graphs=graphs,
        root=root,
        data=prepare_params["data"],
        never_new=never_new.notice(word, *new_by),
    )


def _classifier(folder: Path) -> tuple[Identifier, Classifier]:
    known = identifier.read(folder)
    return known, identifier.classifier_of(known)


def _runtime(folder: Path) -> Runtime:
    """What made the gallery's embeddings; torch, where an earlier version did not write it."""
    try:
        name = json.loads((folder / "identifier.json").read_text("utf-8")).get(RUNTIME)
    except (OSError, ValueError, AttributeError):  # what is wrong with it is said when it is read as a whole
        name = ""
    return ONNX if name == ONNX else TORCH


def _model(root: Path, folder: Path) -> tuple[Path, Card]:
    own = (folder / Path(artifacts.NETWORK).name, folder / Path(artifacts.NETWORK_CARD).name)
    for tensors, card in (own, (root / artifacts.NETWORK, root / artifacts.NETWORK_CARD)):
        if tensors.is_file() and card.is_file():
            return tensors, checkpoint.read_card(card)
    remedy = "`make run` trains one; or put model.safetensors and model.json beside the identifier."
    raise BadInput(Problem("there is no trained network", remedy, where=str((root / artifacts.NETWORK).parent)))


def _params_of(root: Path, stage: str, defaults: Defaults, needed: Sequence[str]) -> dict[str, Any]:
    """The recorded parameters of the stage; without a record, those of params.yaml."""
    for run in (stage, f"{stage}@labelled"):
        record = root / artifacts.record_path(run)
        if record.is_file():
            recorded: dict[str, Any] = renamed.parameters(stage, json.loads(record.read_text("utf-8"))["params"])
            if set(needed) <= set(recorded):
                return recorded
            return {**defaults()().model_dump(), **recorded}
    if (root / "params.yaml").is_file():
        from longtail import params  # here: a run has a record, and pydantic takes long to import

        return params.load(defaults(), stage, params.read(root / "params.yaml")).model_dump()
    return defaults()().model_dump()
