"""What the report and the model card say of how a training began."""

from __future__ import annotations

from longtail.reporting.train_settings import describe

MODEL = {"head": "softmax", "size": 96, "images_per_epoch": 300, "new_images": 20}


def test_a_warm_start_names_every_network_back_to_the_one_from_scratch() -> None:
    chain = {"start": "ancestor", "ancestor": "c.json", "earlier": ["b.json", "a.json"], "warm_runs": 3}
    text = dict(describe(MODEL | chain, {}))["start"]
    assert "from the network of c.json <- b.json <- a.json; 3 warm trainings since one from scratch" in text
    assert "20 new or changed images and 280 of what was known" in text


def test_a_training_from_scratch_is_the_rule_and_is_not_said() -> None:
    assert "start" not in dict(describe(MODEL | {"start": "scratch"}, {}))
