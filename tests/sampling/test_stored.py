"""How planned variants are named, and that equal pictures are stored once."""

from __future__ import annotations

import pandas as pd

from longtail.sampling.stored import drop_equal_images, with_file_names


def test_distinct_names_say_the_variant() -> None:
    rows = pd.DataFrame({"variant": ["red", "gaussian_blur"], "repeats": [2, 2], "file": ["a.jpg", "a.jpg"]})
    made = with_file_names(rows, "distinct")
    assert made[["name", "repeats"]].values.tolist() == [["red_a.jpg", 2], ["gaussian_blur_a.jpg", 2]]


def test_the_seed_layout_has_the_ten_names_of_the_2019_script() -> None:
    variants = ["red", "green", "blue", "gaussian_blur", "unsharp_mask"]
    made = with_file_names(pd.DataFrame({"variant": variants, "repeats": 2, "file": "a.jpg"}), "legacy_2019")
    assert sorted(made["name"]) == [
        "0b_a.jpg", "0bl_a.jpg", "0g_a.jpg", "0r_a.jpg", "0un_a.jpg",
        "1b_a.jpg", "1bl_a.jpg", "1g_a.jpg", "1r_a.jpg", "1un_a.jpg",
    ]  # fmt: skip
    assert made["repeats"].tolist() == [1] * 10
    assert made.loc[made["name"] == "1un_a.jpg", "variant"].tolist() == ["unsharp_mask"]


def test_equal_pictures_of_an_identity_are_one_row_with_their_times_together() -> None:
    rows = pd.DataFrame(
        [
            ("a", "moby", "red", 2, "red_a.jpg", "one"),
            ("a", "moby", "green", 2, "green_a.jpg", "one"),
            ("a", "moby", "gaussian_blur", 2, "gaussian_blur_a.jpg", "soft"),
            ("b", "flo", "red", 2, "red_b.jpg", "one"),  # another whale's: never joined
            ("c", "moby", "red", 2, "red_c.jpg", "one"),
        ],
        columns=["image", "identity", "variant", "repeats", "name", "content"],
    )
    kept = drop_equal_images(rows)
    assert kept[["name", "repeats"]].values.tolist() == [["red_a.jpg", 6], ["gaussian_blur_a.jpg", 2], ["red_b.jpg", 2]]
    assert kept["repeats"].sum() == rows["repeats"].sum()
