"""axe-core, which finds what keeps people out of a page; `python -m tests.browser.axe` installs it from npm.

One version, known by its hash. It is under the MPL-2.0, used by the tests alone, and never committed.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from base64 import b64encode
from hashlib import sha512
from pathlib import Path
from typing import Any

from tests.browser.chromium import Browser

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
"""Of the package, as `npm view axe-core@VERSION dist.integrity` gives it."""
FILE = Path(__file__).parents[2] / ".axe_cache" / f"axe-{VERSION}.min.js"
_SERIOUS = ("serious", "critical")
_RUN = """
const [impacts, done] = arguments;
axe.run(document, {resultTypes: ["violations"]}).then(
    result => done(result.violations.filter(each => impacts.includes(each.impact))),
    error => done([{id: "axe-core failed", impact: "critical", help: String(error), helpUrl: "", nodes: []}]));
"""


def install() -> str:
    """Put axe-core into the cache of this checkout, where it is not there yet.

    Returns:
        Why it cannot be had (no npm, no network); `""` where it is there.

    Raises:
        SystemExit: npm brought another package than the pinned one.
    """
    if FILE.is_file():
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "axe-core comes from npm, which is not on this machine: apt-get install npm"
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"axe-core@{VERSION}", "--pack-destination", folder, "--fetch-retries", "1"]
        packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        packages = [path.read_bytes() for path in Path(folder).glob("*.tgz")]
    if packed.returncode or not packages:
        return f"npm cannot bring axe-core {VERSION}: {' '.join(packed.stderr.split())[:300]}"
    if b64encode(sha512(packages[0]).digest()).decode() != SHA512:
        raise SystemExit(f"npm brought another axe-core {VERSION} than the pinned one: its sha512 is not {SHA512}")
    with tarfile.open(fileobj=io.BytesIO(packages[0])) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        FILE.parent.mkdir(exist_ok=True)
        partial = FILE.with_suffix(f".{os.getpid()}")  # two processes of the tests may begin at once
        partial.write_bytes(script.read())
    partial.replace(FILE)
    return ""


def violations(browser: Browser) -> list[str]:
    """Serious and critical violations on the page that the browser shows, as people see it: hidden parts are skipped.

    Args:
        browser: with the page open.

    Returns:
        A text for each: rule, impact, what it asks, and the elements with what to change.
    """
    browser.driver.execute_script(FILE.read_text("utf-8"))
    browser.driver.set_script_timeout(120)
    return [_as_text(each) for each in browser.driver.execute_async_script(_RUN, list(_SERIOUS))]


def _as_text(violation: dict[str, Any]) -> str:
    lines = [f"{violation['id']} ({violation['impact']}): {violation['help']} {violation['helpUrl']}"]
    for node in violation["nodes"]:
        lines.append(f"  {node['html'][:200]}")
        lines += [f"    {line}" for line in (node.get("failureSummary") or "").splitlines()]
    return "\n".join(lines)


if __name__ == "__main__":
    if reason := install():
        print(f"{reason}; the tests with axe-core will skip", file=sys.stderr)
