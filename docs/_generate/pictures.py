"""`make pictures`: the pictures of README and of the pages, from a finished run of the drawn sample.

The report's first screen, the answer for one test photograph, and a decision of the review. Only drawn photographs may
be shown: the command refuses another raw set.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path

import pandas as pd
from PIL import Image

from longtail import cli
from longtail.labels import rawset
from tests.browser import chromium, review_project

LARGEST = 300_000
"""Bytes of a picture."""
FOLDER = Path("docs/images")


def main() -> int:
    """Write `report.png`, `answer.png` and `review.png` into `docs/images/`.

    Returns:
        0; 1 if there is no finished run of the drawn sample, no browser, or a picture is too large.
    """
    raw, report = Path("data/raw"), Path("artifacts/report/report.html")
    if not report.exists() or not rawset.is_drawn(raw):
        print("There is no finished run of the drawn sample here: make run", file=sys.stderr)
        return 1
    if None in chromium.programs():
        print("There is no browser: apt-get install chromium chromium-driver", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.html")
        photograph = _surest()
        with contextlib.chdir(raw / "test"):  # the page shows the path as it was given
            code = cli.main(["identify", photograph, "--html", str(answer)])
        if code:
            return code
        with chromium.start(Path(folder, "chromium")) as browser:
            browser.open(report, width=1200, height=1000)
            sizes = [_save(browser.screenshot(), FOLDER / "report.png")]
            browser.open(answer, width=1000, height=300)
            browser.open(answer, width=1000, height=int(browser.run("document.documentElement.scrollHeight")))
            sizes.append(_save(browser.screenshot(), FOLDER / "answer.png"))
            with review_project.serving(Path.cwd()) as server:
                browser.visit(server.link)
                browser.visit(f"{server.address}/decide/label-errors", width=1280, height=860)
                sizes.append(_save(browser.screenshot(), FOLDER / "review.png"))
    return int(max(sizes) > LARGEST)


def _surest() -> str:
    """The test photograph with the highest score for a known identity that is not a copy of a labelled one."""
    candidates = pd.read_parquet("artifacts/predict/candidates.parquet")
    firsts = candidates[(candidates["rank"] == 1) & ~candidates["kind"].isin(["duplicate", "new", "frequent"])]
    return str(firsts.sort_values(["score", "image"], ascending=False)["image"].iloc[0])


def _save(png: bytes, path: Path) -> int:
    """Write a screenshot with a palette of 256 colours, and give its size in bytes."""
    with Image.open(io.BytesIO(png)) as screenshot:
        screenshot.convert("RGB").quantize(256).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")
    return size


if __name__ == "__main__":
    sys.exit(main())
