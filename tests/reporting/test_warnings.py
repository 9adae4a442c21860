from __future__ import annotations

from pathlib import Path

from longtail.reporting import warnings
from longtail.reporting.inputs import Inputs
from tests.reporting.building import Artifacts, artifacts


def inputs(made: Artifacts) -> Inputs:
    return Inputs(labelled_images=Path(), augmented_images=Path(), **made.tables)


def told(made: Artifacts) -> list[str]:
    return warnings.plain(inputs(made))


def test_a_sound_run_warns_of_nothing() -> None:
    assert told(artifacts()) == []


def test_a_baseline_whose_interval_holds_zero_is_not_beaten() -> None:
    made = artifacts()
    made["baselines"].loc[made["baselines"]["baseline"] == "frozen_1nn", ["gain", "gain_low", "gain_high"]] = [
        0.01,
        -0.02,
        0.04,
    ]
    (said,) = told(made)
    assert said.startswith("No difference to the untrained network is shown: +0.010 [−0.020, +0.040] MAP@5")
    assert "Set more epochs (train.unfrozen_epochs) or a higher rate (train.base_lr" in said


def beside(made: Artifacts, name: str, low: float, high: float) -> None:
    rows = made["baselines"]["baseline"] == name
    made["baselines"].loc[rows, ["gain", "gain_low", "gain_high"]] = [(low + high) / 2, low, high]


def test_worse_than_the_untrained_network_comes_first_with_what_to_set() -> None:
    made = artifacts()
    beside(made, "frozen_1nn", -0.3, -0.1)
    made["model"]["weights"] = "none"
    first, second = told(made)
    assert first.startswith("Worse than the untrained network: −0.200 [−0.300, −0.100] MAP@5")
    assert "train.unfrozen_epochs" in first
    assert second.startswith("The network started from random weights")


def test_a_network_that_hardly_learned_is_told_first() -> None:
    made = artifacts()
    made["model"] |= {"hardly_learned": True, "train_right": 5, "train_images": 500}
    made["model"] |= {"train_accuracy": 0.01, "train_chance": 0.008}
    (said,) = told(made)
    assert said.startswith(
        "The network hardly learned: in its last epoch it named 5 of 500 training images rightly (1.0%)"
    )
    beside(made, "frozen_1nn", -0.3, -0.1)
    first, second = told(made)
    assert first.endswith("gives 0.8%.")
    assert second.startswith("Worse than the untrained network")
    made["model"]["hardly_learned"] = False
    beside(made, "frozen_1nn", 0.1, 0.3)
    assert told(made) == []


def test_each_baseline_is_told_by_its_own_interval() -> None:
    made = artifacts()
    beside(made, "all_new", -0.3, -0.1)
    beside(made, "most_frequent", -0.1, 0.1)
    beside(made, "duplicates_only", 0.1, 0.3)
    worse, unshown = told(made)
    assert worse.startswith("The score is worse than the trivial baseline “all new”")
    assert unshown.startswith("The score shows no difference to the trivial baseline “most frequent”")
    assert warnings.verdicts(inputs(made)) == {
        "all_new": "worse",
        "most_frequent": "no difference shown",
        "frozen_1nn": "better",
        "duplicates_only": "better",
    }


def test_few_photographs_name_no_winner() -> None:
    made = artifacts()
    made["metrics"]["photographs"] = 99
    assert told(made) == ["The score rests on 99 photographs: under 100 it says little, and no winner is named."]


def test_random_weights_are_told() -> None:
    made = artifacts()
    made["model"]["weights"] = "none"
    (said,) = told(made)
    assert said.startswith("The network started from random weights")


def test_an_identifier_that_never_names_anybody_first_is_told() -> None:
    made = artifacts()
    made["predictions"]["new"] = True
    (said,) = told(made)
    assert said.startswith("All 9 held-out photographs are answered “new” first")


def test_where_nobody_known_was_held_out_names_were_not_measured() -> None:
    made = artifacts()
    made["predictions"]["new"], made["predictions"]["known"] = True, False
    (said,) = told(made)
    assert said.endswith("“new” is right for all of them: how well names are found was not measured.")


def test_identities_learned_from_one_picture_leave_the_nearest_neighbour() -> None:
    made = artifacts()
    made["split"]["class_count"] = made["split"]["known"].astype("int64")
    (said,) = told(made)
    assert said.startswith("Every identity was learned from one picture: only the nearest neighbour is left")


def test_without_a_word_for_unknown_the_closed_score_is_the_one_to_look_at() -> None:
    made = artifacts()
    made["identifier"]["threshold"] = None
    (said,) = told(made)
    assert "the submission never says “new”, though the open score counts it as an answer: look at the closed" in said


def test_without_unknowns_no_threshold_and_open_is_closed() -> None:
    (said,) = told(artifacts(unknowns=False))
    assert "no threshold was fitted" in said
    assert "the open score equals the closed one" in said


def test_photographs_that_took_no_part_are_counted_with_their_reason() -> None:
    made = artifacts()
    made["labelled"].loc[[0, 1], "error"] = "the file ends too early"
    made["split"] = made["split"].drop(index=[0, 1, 2]).reset_index(drop=True)
    made["split"].loc[[0, 1, 2], ["fold", "reason"]] = ["left_out", "two names against each other"]
    assert told(made) == [
        "2 labelled photographs could not be read and took no part, e.g. photo-00.jpg: the file ends too early.",
        "3 photographs (9% of the labelled) took no part: two names against each other.",
        "1 photograph took no part: dropped by edits.csv.",
    ]


def test_the_gravest_finding_about_the_labels_is_told() -> None:
    made = artifacts()
    finding = {
        "expectation": "e",
        "severity": "warning",
        "what": "ids in two spellings",
        "count": 40,
        "examples": [],
        "remedy": "",
    }
    made["verdict"]["findings"] = [finding, {**finding, "severity": "critical", "what": "blank ids", "count": 3}]
    assert told(made) == [
        "The label table is not as expected: 3 × blank ids. The section on checks lists all 2 findings."
    ]


def test_missing_and_broken_test_photographs_are_told() -> None:
    assert told(artifacts(test=False)) == ["There are no test photographs: the submission has a header and no rows."]
    made = artifacts()
    made["test"].loc[0, "error"] = "not an image"
    assert told(made) == ["1 test photograph could not be read: the answer is a guess."]


def test_few_identities_make_map_at_5_say_little() -> None:
    made = artifacts()
    made["model"] |= {"classes": ["", "a", "b"], "left_out": 0}  # the empty one is unknown learned as a class
    (said,) = told(made)
    assert said.startswith("There are 2 identities to tell apart: guessing alone gives a closed MAP@5 of 0.750")
    assert "balanced accuracy, 0.274" in said
    made["model"]["left_out"] = 200  # the network learned from two; its embeddings name all
    assert told(made) == []
