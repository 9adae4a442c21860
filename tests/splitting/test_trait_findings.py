"""One picture with two sides or species, mirror images of one another, and names that a decision gives."""

from __future__ import annotations

import pandas as pd
from PIL import Image, ImageOps

from longtail.images.hashes import dhash, thumbnail
from longtail.splitting.edits import Edits, name_by_species
from longtail.splitting.trait_findings import mirrored_findings, trait_findings
from tests.any_data.drawn import photograph

LIMITS = {"max_distance": 8, "min_similarity": 0.83}


def table_of(*rows: tuple[str, Image.Image, str, str]) -> pd.DataFrame:
    """image, picture, side, species; equal pictures have equal md5."""
    table = pd.DataFrame(
        [(image, side, species) for image, _, side, species in rows], columns=["image", "side", "species"]
    )
    pictures = [picture.tobytes() for _, picture, _, _ in rows]
    table["md5"] = [f"{pictures.index(one):032x}" for one in pictures]
    table["dhash"] = pd.Series([dhash(picture) for _, picture, _, _ in rows], dtype="uint64")
    table["thumb"] = [thumbnail(picture) for _, picture, _, _ in rows]
    return table.assign(label="ada", row=range(2, len(rows) + 2))


def test_one_picture_of_two_sides_is_a_finding_whether_by_bytes_or_by_pixels() -> None:
    one, other = photograph(1, 0), photograph(2, 0)
    photographs = table_of(
        ("b.jpg", one, "left", "whale"),
        ("a.jpg", one, "right", "whale"),
        ("c.jpg", other, "left", ""),
        ("d.jpg", one, "", "seal"),
    )
    near = pd.DataFrame({"first": [photographs["md5"][2]], "second": [photographs["md5"][0]]})
    findings = [(row["kind"], row["image"], row["other"]) for row in trait_findings(photographs, near)]
    assert findings == [
        ("side_conflict", "a.jpg", "b.jpg"),
        ("side_conflict", "a.jpg", "c.jpg"),
        ("species_conflict", "a.jpg", "d.jpg"),
        ("species_conflict", "b.jpg", "d.jpg"),
    ]
    assert list(trait_findings(photographs.drop(columns=["side", "species"]), near)) == []


def test_a_mirror_image_is_found_once_and_a_copy_or_a_symmetric_picture_is_none() -> None:
    one, other = photograph(1, 0), photograph(2, 0)
    half = other.crop((0, 0, other.width // 2, other.height))
    symmetric = Image.new("RGB", (2 * half.width, half.height))
    symmetric.paste(half, (0, 0))
    symmetric.paste(ImageOps.mirror(half), (half.width, 0))
    photographs = table_of(
        ("a.jpg", one, "left", ""),
        ("b.jpg", ImageOps.mirror(one), "right", ""),
        ("c.jpg", symmetric, "left", ""),
        ("d.jpg", other, "", ""),
        ("e.jpg", one, "left", ""),
    )
    findings = list(mirrored_findings(photographs, **LIMITS))
    assert [(row["image"], row["other"]) for row in findings] == [("a.jpg", "b.jpg"), ("b.jpg", "e.jpg")]
    assert "their sides: left and right" in findings[0]["detail"]
    assert findings[0]["row"] == "2"


def test_a_relabelled_photograph_takes_the_name_of_its_own_species() -> None:
    labelled = pd.DataFrame(
        {
            "image": ["a", "b", "c"],
            "label": ["bo@whale", "bo@seal", "ada"],
            "written": ["bo", "bo", "ada"],
            "species": ["whale", "seal", "seal"],
        }
    )
    edits = Edits(relabel={"c": "bo", "a": "cy", "b": "bo@whale"})
    assert name_by_species(edits, labelled).relabel == {"c": "bo@seal", "a": "cy", "b": "bo@whale"}
    assert name_by_species(edits, labelled.drop(columns="written")) is edits
