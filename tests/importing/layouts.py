"""Small sets in the layouts that the field uses: {path: bytes}, with drawn photographs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from PIL import Image

from longtail.cli import main

Files = Mapping[str, bytes]


def picture(number: int) -> bytes:
    """A small JPEG; another one for each number."""
    stream = io.BytesIO()
    shade = Image.radial_gradient("L").resize((24, 16)).point(lambda grey: (grey + 7 * number) % 256)
    shade.save(stream, "JPEG")
    return stream.getvalue()


def pictures(names: Iterable[str]) -> dict[str, bytes]:
    """A picture for each name."""
    return {name: picture(at) for at, name in enumerate(names)}


def table(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def in_folder(folder: Path, files: Files) -> Path:
    """The files below a new folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def below(folder: Path) -> dict[str, bytes]:
    """The files below a folder, without the project's locks; none where there is no such folder."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if ".longtail" not in path.parts}


def rows(path: Path = Path("data/raw/train.csv")) -> list[str]:
    return path.read_text("utf-8").splitlines()


KAGGLE = {
    "train.csv": table("Image,Id", "0a.jpg,w_1", "0b.jpg,w_1", "0c.jpg,w_2", "0d.jpg,new_whale"),
    "sample_submission.csv": table("Image,Id", "0e.jpg,new_whale w_1"),
    **pictures(["train/0a.jpg", "train/0b.jpg", "train/0c.jpg", "train/0d.jpg", "test/0e.jpg"]),
}
HAPPYWHALE = {
    "train.csv": table(
        "image,species,individual_id", "0a.jpg,beluga,ind1", "0b.jpg,beluga,ind1", "0c.jpg,killer_whale,ind2"
    ),
    "sample_submission.csv": table("image,predictions", "0d.jpg,ind1 new_individual"),
    **pictures(["train_images/0a.jpg", "train_images/0b.jpg", "train_images/0c.jpg", "test_images/0d.jpg"]),
}
WILDLIFE = {
    "metadata.csv": table(
        ",image_id,identity,path,date,orientation,species,split",
        "0,10,t281,images/t281/one_0.JPG,2010-07-11 16:53:31,left,turtle,train",
        "1,11,t281,images/t281/two_1.jpg,2012-07-11,right,turtle,test",
        "2,12,Old Tom,images/tom/three.jpeg,2021-01-02,left,seal,train",
        "3,13,unknown,images/unknown/four.jpg,2021-01-02,left,seal,",
    ),
    **pictures(["images/t281/one_0.JPG", "images/t281/two_1.jpg", "images/tom/three.jpeg", "images/unknown/four.jpg"]),
}
FOLDERS = pictures(["Ada/1.jpg", "Ada/2.JPG", "Bo/1.jpg", "new_whale/1.jpg", "test/9.jpg"])
COCO = {
    "annotations.json": json.dumps(
        {
            "images": [{"id": at, "file_name": f"photos/{name}.jpg"} for at, name in enumerate("abc", start=1)],
            "annotations": [
                {"id": 10 + at, "image_id": at, "category_id": 1 + at // 3, "bbox": [1, 1, 5, 5]} for at in (1, 2, 3)
            ],
            "categories": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bo"}],
        }
    ).encode(),
    **pictures(["photos/a.jpg", "photos/b.jpg", "photos/c.jpg"]),
}
WILD_ME = {
    "annotations/instances_train2022.json": json.dumps(
        {
            "images": [
                {"id": at, "file_name": f"{at}.jpg", "date_captured": f"20{17 + at}-08-07 20:38:36" if at < 3 else ""}
                for at in range(4)
            ],
            "annotations": [
                {"id": at, "image_id": at, "category_id": 0, "uuid": f"u{at}", "name": name, "individual_ids": [at]}
                | {"viewpoint": "right" if at == 1 else "left"}
                for at, name in enumerate(("Ada", "Ada", "Bo", "____"))
            ],
            "categories": [{"id": 0, "name": "beluga"}],
        }
    ).encode(),
    **pictures([f"images/train2022/{at}.jpg" for at in range(4)]),
}


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The message of an import into the working directory that must leave all as it was."""
    before = below(Path()), Path("data").exists()
    assert main(words) == 2
    assert (below(Path()), Path("data").exists()) == before
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message
