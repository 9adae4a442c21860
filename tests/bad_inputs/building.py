"""A small project that passes, and one way to spoil it for each row of cases.csv."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

SPOILERS: dict[str, Callable[[Path], object]] = {}
RAW = Path("data/raw")
TABLE = RAW / "train.csv"


def good_project(root: Path, code: Path) -> Path:
    """Three photographs of two identities and one unknown, one test photograph; validate has passed them."""
    (root / "src").symlink_to(code)
    for folder, names in (("train", ("a.png", "b.png", "c.jpg", "d.png")), ("test", ("t.png",))):
        (root / RAW / folder).mkdir(parents=True)
        for shade, name in enumerate(names):
            picture = Image.radial_gradient("L").resize((40, 30)).point(lambda grey, dark=10 * shade: grey - dark)
            picture.save(root / RAW / folder / name)
    write(root / TABLE, "Image,Id\na.png,w_1\nb.png,w_1\nc.jpg,w_2\nd.png,new_whale\n")
    write(root / RAW / "sample_submission.csv", "Image,Id\nt.png,new_whale\n")
    write(root / "params.yaml", "data: {}\n")
    write(root / "artifacts/validate/passed.json", json.dumps({"passed": True}))
    return root


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def spoiler(make: Callable[[Path], object]) -> Callable[[Path], object]:
    SPOILERS[make.__name__] = make
    return make


def set_params(root: Path, text: str) -> None:
    write(root / "params.yaml", text)


@spoiler
def no_train_csv(root: Path) -> None:
    (root / TABLE).unlink()


@spoiler
def wrong_header(root: Path) -> None:
    change(root / TABLE, "Image,Id", "picture,whale")


@spoiler
def one_column_misspelt(root: Path) -> None:
    change(root / TABLE, "Image,Id", "Image,id")


@spoiler
def empty(root: Path) -> None:
    write(root / TABLE, "")


@spoiler
def header_only(root: Path) -> None:
    write(root / TABLE, "Image,Id\n")


@spoiler
def ragged_rows(root: Path) -> None:
    write(root / TABLE, "Image,Id\na.png,w_1,w_2\nb.png,w_1\nc.jpg\n")


@spoiler
def utf_16(root: Path) -> None:
    write(root / TABLE, (root / TABLE).read_text("utf-8").encode("utf-16"))


@spoiler
def latin_1(root: Path) -> None:
    write(root / TABLE, (root / TABLE).read_text("utf-8").replace("w_2", "Münster").encode("latin-1"))


@spoiler
def blank_identity(root: Path) -> None:
    write(root / TABLE, "Image,Id\na.png,w_1\nb.png,\nc.jpg,w_2\nd.png, \n")


@spoiler
def blank_image(root: Path) -> None:
    change(root / TABLE, "a.png,w_1", ",w_1")


@spoiler
def duplicate_rows(root: Path) -> None:
    change(root / TABLE, "b.png,w_1\n", "b.png,w_1\na.png,w_1\na.png,w_2\n")


@spoiler
def image_missing(root: Path) -> None:
    (root / RAW / "train/b.png").unlink()
    (root / RAW / "train/c.jpg").unlink()


@spoiler
def name_in_another_case(root: Path) -> None:
    change(root / TABLE, "b.png", "B.PNG")


@spoiler
def name_leads_out(root: Path) -> None:
    write(root / RAW / "x.jpg", b"within reach")
    change(root / TABLE, "b.png", "../x.jpg")


@spoiler
def one_identity(root: Path) -> None:
    change(root / TABLE, "w_2", "w_1")


@spoiler
def identity_of_two_words(root: Path) -> None:
    change(root / TABLE, "w_1", "w 1")


@spoiler
def no_params(root: Path) -> None:
    (root / "params.yaml").unlink()


@spoiler
def unknown_parameter(root: Path) -> None:
    set_params(root, "validate:\n  max_unknwon_share: 0.5\n")


@spoiler
def parameter_out_of_range(root: Path) -> None:
    set_params(root, "validate:\n  max_unknown_share: 1.5\n")


@spoiler
def parameter_of_a_wrong_kind(root: Path) -> None:
    set_params(root, "validate:\n  min_identities: two\n")


@spoiler
def mirror_images_of_a_side(root: Path) -> None:
    set_params(root, "data:\n  side_column: side\ntrain:\n  mirror_as_identity: true\n")


@spoiler
def name_of_two_species(root: Path) -> None:
    set_params(root, "data:\n  species_column: kind\n")
    write(root / TABLE, "Image,Id,kind\na.png,w_1,whale\nb.png,w_1,seal\nc.jpg,w_1,?\n")


@spoiler
def unknown_strategy(root: Path) -> None:
    set_params(root, "oversample:\n  strategy: smote\n")


@spoiler
def side_out_of_range(root: Path) -> None:
    set_params(root, "prepare:\n  side: 3\n")


@spoiler
def not_an_image(root: Path) -> None:
    for name in ("b.png", "c.jpg"):
        write(root / RAW / "train" / name, "a letter about a whale\n" * 20)


@spoiler
def truncated_jpeg(root: Path) -> None:
    path = root / RAW / "train/c.jpg"
    path.write_bytes(path.read_bytes()[:-40])  # in the middle of the pixels, after the header


@spoiler
def huge_png(root: Path) -> None:
    """3.6 thousand million pixels in a file of about a hundred bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")
    write(root / RAW / "train/b.png", b"\x89PNG\r\n\x1a\n" + b"".join(parts))


@spoiler
def raw_file(root: Path) -> None:
    write(root / RAW / "train/b.png", b"FUJIFILMCCD-RAW 0201" + bytes(100))


@spoiler
def empty_image(root: Path) -> None:
    write(root / RAW / "train/b.png", "")


@spoiler
def image_missing_after_validate(root: Path) -> None:
    (root / RAW / "train/b.png").unlink()


@spoiler
def missing_test_image(root: Path) -> None:
    (root / RAW / "test/t.png").unlink()


@spoiler
def unlisted_test_images(root: Path) -> None:
    for name in ("more_1.png", "more_2.png"):
        write(root / RAW / "test" / name, (root / RAW / "test/t.png").read_bytes())


@spoiler
def box_outside(root: Path) -> None:
    write(
        root / TABLE, "Image,Id,box\na.png,w_1,0 0 1 1\nb.png,w_1,\nc.jpg,w_2,0.8 0 0.4 1\nd.png,new_whale,0 -1 1 1\n"
    )


@spoiler
def box_of_no_size(root: Path) -> None:
    write(root / TABLE, "Image,Id,box\na.png,w_1,0.5 0.5 0 0.5\nb.png,w_1,\nc.jpg,w_2,\nd.png,new_whale,\n")


@spoiler
def box_of_a_missing_file(root: Path) -> None:
    write(root / TABLE, "Image,Id,box\na.png,w_1,\nb.png#2,w_1,0 0 1 1\nb.png#3,w_1,\nc.jpg,w_2,\nd.png,new_whale,\n")


@spoiler
def ambiguous_date(root: Path) -> None:
    rows = ("Image,Id,Date", "a.png,w_1,03/04/2021", "b.png,w_1,2021-03-04", "c.jpg,w_2,4.3.2021", "d.png,new_whale,")
    write(root / TABLE, "\n".join(rows) + "\n")
    set_params(root, "data: {date_column: Date}\n")


@spoiler
def date_column_misspelt(root: Path) -> None:
    ambiguous_date(root)
    set_params(root, "data: {date_column: Dat}\n")


@spoiler
def cutoff_without_quotes(root: Path) -> None:
    set_params(root, "split: {strategy: time, cutoff: 2021-01-31}\n")
