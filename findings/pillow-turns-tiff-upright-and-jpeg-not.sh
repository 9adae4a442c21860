#!/bin/sh
# Pillow 13.0.0: a TIFF that EXIF turns is opened upright, with the tag still there; a JPEG, PNG or WebP is not turned.
#
# One would guess: Pillow gives the pixels as they are stored, in every format, and the tag Orientation says how to turn
# them. So a survey of sizes may read the header only and swap width and height for the values 5 to 8, and a loader may
# read the tag, decode, and turn.
# What happens: for JPEG, PNG and WebP that is so. A TIFF's size is the upright one at once, and its pixels are turned
# while they are loaded. The tag says 6 until then and is gone afterwards. So the answer depends on whether the pixels
# were loaded before the tag was read: who reads the tag first turns a TIFF twice, and who swaps the size swaps it back.
# Why it matters: a box in pixels or in shares of the picture lies elsewhere, a photograph trains on its side, and only
# the TIFFs of a set show it. A test with JPEGs proves nothing about them.
# What to do: `ImageOps.exif_transpose(image)` is right for all four. For the size from the header alone, do not swap
# when `image.format` is "TIFF".
#
# Seen, of a photograph stored as 96 x 64 with Orientation 6; upright it is 64 x 96, with its mark at the top right:
#   format  at opening         after loading         turned by the tag that was read first  by exif_transpose
#   JPEG    (96, 64), tag 6    (96, 64), tag 6       (64, 96), mark top right               (64, 96), mark top right
#   PNG     (96, 64), tag 6    (96, 64), tag 6       (64, 96), mark top right               (64, 96), mark top right
#   WEBP    (96, 64), tag 6    (96, 64), tag 6       (64, 96), mark top right               (64, 96), mark top right
#   TIFF    (64, 96), tag 6    (64, 96), tag None    (96, 64), mark bottom right            (64, 96), mark top right
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0
"$tmp/venv/bin/python" - <<'PYTHON'
import io

from PIL import Image, ImageOps

ORIENTATION = 0x112
stored = Image.new("RGB", (96, 64), "black")
stored.paste("white", (0, 0, 16, 16))
exif = Image.Exif()
exif[ORIENTATION] = 6


def where(image):
    """Its size, and the corner in which the white mark lies."""
    right, bottom = image.width - 4, image.height - 4
    corners = {"top left": (4, 4), "top right": (right, 4), "bottom left": (4, bottom), "bottom right": (right, bottom)}
    mark = next(name for name, place in corners.items() if image.getpixel(place)[0] > 128)
    return f"{image.size}, mark {mark}"


seen = {}
print("format  at opening         after loading         turned by the tag that was read first  by exif_transpose")
for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
    file = io.BytesIO()
    stored.save(file, kind, exif=exif)
    image = Image.open(io.BytesIO(file.getvalue()))
    size, tag = image.size, image.getexif().get(ORIENTATION)
    image.load()
    before, after = f"{size}, tag {tag}", f"{image.size}, tag {image.getexif().get(ORIENTATION)}"
    by_tag = where(image.transpose(Image.Transpose.ROTATE_270) if tag == 6 else image)
    by_pillow = where(ImageOps.exif_transpose(Image.open(io.BytesIO(file.getvalue()))))
    seen[kind] = (before, after, by_tag, by_pillow)
    print(f"{kind:7} {before:18} {after:21} {by_tag:38} {by_pillow}")
upright = "(64, 96), mark top right"
expected = {kind: ("(96, 64), tag 6", "(96, 64), tag 6", upright, upright) for kind in ("JPEG", "PNG", "WEBP")}
expected["TIFF"] = ("(64, 96), tag 6", "(64, 96), tag None", "(96, 64), mark bottom right", upright)
raise SystemExit(seen != expected)
PYTHON
