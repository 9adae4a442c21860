"""What is written down and told about trainings: facts for `model.json`, seconds, and the stage's summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from longtail import licences
from longtail.errors import counted
from longtail.metrics import learning
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.training.fitting import Trained
    from longtail.training.warm import WarmStart


def record_of(trained: Trained) -> dict[str, Any]:
    """Facts about a training, for `model.json`."""
    params, rate, images = trained.params, trained.outcome.rate, trained.images_per_epoch
    return {
        "lr": rate.used,
        "lr_suggested": rate.suggested,
        "lr_reason": rate.reason,
        "scratch_lr": trained.scratch_lr,
        "epochs": {"frozen": params.frozen_epochs, "unfrozen": params.unfrozen_epochs},
        "images": params.images,
        "margin": params.margin if params.head == "arcface" else None,
        "scale": params.scale if params.head == "arcface" else None,
        "images_per_epoch": images,
        "new_images": trained.new_images,
        "image_passes": images * (params.frozen_epochs + params.unfrozen_epochs),
        "min_groups": params.min_groups,
        "excluded": trained.excluded,
        "validated": trained.validated,
        "unknown_as_class": params.unknown_as_class,
    } | trained.accuracy.to_dict()


def seconds_of(scored: Sequence[Trained], all_folds: Sequence[Trained]) -> pd.DataFrame:
    """Seconds of each epoch. Phases begin with `all` for a network of all folds, and with `network 2` for a second one.

    Args:
        scored: the networks of the train fold.
        all_folds: those of all folds; there may be none.

    Returns:
        epoch, phase, seconds, images_per_second.
    """
    tables = []
    for folds, trainings in (("", scored), ("all ", all_folds)):
        for number, trained in enumerate(trainings, 1):
            table = trained.outcome.seconds
            prefix = folds if number == 1 else f"{folds}network {number} "
            tables.append(table.assign(phase=prefix + table["phase"]))
    return pd.concat(tables, ignore_index=True)


def _epochs(params: Any, scored: Trained, start: WarmStart | None) -> str:
    """How long it was trained, and from what."""
    if start is None:
        epochs = f"{params.frozen_epochs} frozen + {counted(params.unfrozen_epochs, 'unfrozen epoch')}"
        return f"{epochs}, from scratch: there is no ancestor" if params.start == "ancestor" else epochs
    return (
        f"warm start from {start.receipt} ({counted(start.warm_runs, 'warm training')} since scratch), "
        f"{counted(params.warm_epochs, 'epoch')} of {scored.new_images:,} new or changed images and "
        f"{scored.images_per_epoch - scored.new_images:,} replayed"
    )


def summary(
    params: Any, networks: Sequence[Trained], of_all_folds: Sequence[Trained], start: WarmStart | None
) -> Summary:
    """What the stage says at its end.

    Args:
        params: `train:` of params.yaml.
        networks: those of the train fold.
        of_all_folds: those of all folds; there may be none.
        start: what they went on from; None from scratch.

    Returns:
        The settings, and the scores of the last epoch.
    """
    scored = networks[0]
    card, outcome, validated, excluded = scored.card, scored.outcome, scored.validated, scored.excluded
    last = outcome.history.iloc[-1]
    score = f"MAP@5 {last['map_at_5']:.3f} by the head while training, on {counted(validated, 'valid photograph')}"
    epochs = _epochs(params, scored, start)
    left_out = f" ({excluded:,} of fewer than {counted(params.min_groups, 'group')} left out)" if excluded else ""
    learned = counted(len(card.classes), "identity", "identities")
    settings = f"{card.backbone}, {learned}{left_out}, {epochs}, lr {outcome.rate.used:.2g}"
    scored_on = f"{score} of these identities" if validated else "no photograph of these identities in valid"
    facts = {"classes": len(card.classes), "excluded": excluded, "lr": outcome.rate.used, "weights": card.weights_note}
    facts |= {"start": card.start, "ancestor": card.ancestor, "warm_runs": card.warm_runs}
    facts |= {"resumed_after": outcome.resumed_after} if outcome.resumed_after else {}
    facts |= scored.accuracy.to_dict() | {"train_accuracy": round(scored.accuracy.accuracy, 4)}
    if validated:
        facts |= {"map_at_5": round(float(last["map_at_5"]), 4), "accuracy": round(float(last["accuracy"]), 4)}
    warnings = [] if params.weights != "none" else [f"{card.weights_note}; expect a much lower score"]
    warnings += filter(None, [licences.warning(vars(card))])
    warnings += learning.training_warnings(scored.accuracy.to_dict())
    line = f"{settings}: {scored_on}"
    for number, trained in enumerate(networks[1:], 2):
        warnings += [f"Network {number}: {text}" for text in learning.training_warnings(trained.accuracy.to_dict())]
    if params.networks > 1:
        scores = ", ".join(f"{one.outcome.history.iloc[-1]['map_at_5']:.3f}" for one in networks[1:])
        others = f" (the others: {scores})" if validated else ""
        line += f"; the first of {params.networks} networks side by side{others}"
        facts |= {"networks": params.networks}
    if not of_all_folds:
        return Summary(line, facts, tuple(warnings))
    photographs, individuals = of_all_folds[0].learned["image"].nunique(), len(of_all_folds[0].card.classes)
    facts |= {"all_folds_photographs": photographs, "all_folds_classes": individuals}
    for trained in of_all_folds:
        warnings += [f"Network of all folds: {text}" for text in learning.training_warnings(trained.accuracy.to_dict())]
    learned_too = f"{counted(photographs, 'photograph')} of {counted(individuals, 'identity', 'identities')}"
    others = "a second network" if len(of_all_folds) == 1 else f"{len(of_all_folds)} other networks"
    return Summary(f"{line}; {others}, without a score, learned {learned_too}", facts, tuple(warnings))
