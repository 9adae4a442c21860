#!/bin/sh
# megadetector 10.0.28: it turns photographs by EXIF if they are in colour, and not if grey, transparent or mirrored.
#
# One would guess: MegaDetector looks at the upright picture, since its loader turns by EXIF (`load_image` has an option
# `ignore_exif_rotation`), so all boxes it writes are shares of the upright picture. Or of the stored one; but of one.
# What happens: `visualization_utils.load_image`, by which run_detector and run_detector_batch read, first converts grey
# and RGBA pictures to RGB and then asks for EXIF. The converted picture has no `_getexif`; the error is swallowed. So a
# grey JPEG or an RGBA PNG stays as it is stored. A picture that is turned and also mirrored (5 and 7) stays so too, by
# an assertion that is swallowed as well. 3, 6 and 8 in colour are turned. By default the results do not say which.
# Why it matters: one results file holds boxes in two frames. Cut from the upright photograph, the box of a grey one is
# cut beside the animal, and the network learns the background. Grey JPEGs come from scanned film, and from programs that
# save the night photographs as grey.
# What to do: turn the photographs themselves before the detector sees them (`exiftran -a`, or `ImageOps.exif_transpose`
# and save), or decide per photograph by its mode and its Orientation which frame the box is in.
#
# Seen, of photographs stored as 96 x 64: the size that the detector gets, by the value of Orientation
#   stored as    opens as         1         3         6         8         5         7
#   colour JPEG  RGB       (96, 64)  (96, 64)  (64, 96)  (64, 96)  (96, 64)  (96, 64)
#   grey JPEG    L         (96, 64)  (96, 64)  (96, 64)  (96, 64)  (96, 64)  (96, 64)
#   colour PNG   RGB       (96, 64)  (96, 64)  (64, 96)  (64, 96)  (96, 64)  (96, 64)
#   RGBA PNG     RGBA      (96, 64)  (96, 64)  (96, 64)  (96, 64)  (96, 64)  (96, 64)
#   upside down (3), colour JPEG is turned: True, grey JPEG is turned: False
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
# Only what the module that reads photographs imports: no network, no weights.
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 opencv-python-headless==5.0.0.93 \
  tqdm==4.70.1 requests==2.34.2 jsonpickle==4.1.4 pytest==9.2.0
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps megadetector==10.0.28
cd "$tmp"
"$tmp/venv/bin/python" - <<'PYTHON'
import io

from megadetector.visualization.visualization_utils import load_image
from PIL import Image

stored = Image.new("RGB", (96, 64), "black")
stored.paste("white", (0, 0, 16, 16))  # a mark at the top left


def as_file(kind, mode, orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    file = io.BytesIO()
    stored.convert(mode).save(file, kind, exif=exif)
    file.seek(0)
    return file


def is_turned(image):
    return image.getpixel((4, 4))[0] < 128


ORIENTATIONS = (1, 3, 6, 8, 5, 7)
KINDS = (("colour JPEG", "JPEG", "RGB"), ("grey JPEG", "JPEG", "L"), ("colour PNG", "PNG", "RGB"), ("RGBA PNG", "PNG", "RGBA"))
seen = []
print("stored as    opens as  " + "  ".join(f"{orientation:8}" for orientation in ORIENTATIONS))
for name, kind, mode in KINDS:
    sizes = [load_image(as_file(kind, mode, orientation)).size for orientation in ORIENTATIONS]
    seen.append((Image.open(as_file(kind, mode, 1)).mode, sizes))
    print(f"{name:12} {seen[-1][0]:8}  " + "  ".join(str(size) for size in sizes))
colour, grey = (is_turned(load_image(as_file("JPEG", mode, 3))) for mode in ("RGB", "L"))
print(f"upside down (3), colour JPEG is turned: {colour}, grey JPEG is turned: {grey}")
lying, upright = (96, 64), (64, 96)
turned, left = [lying, lying, upright, upright, lying, lying], [lying] * 6
expected = [("RGB", turned), ("L", left), ("RGB", turned), ("RGBA", left)]
raise SystemExit(not (seen == expected and colour and not grey))
PYTHON
