"""Everything that knows Prefect or runs DVC. It runs the code beside it, and tells no one that it ran."""

import os
import sys
from pathlib import Path

# An editable install may point at another checkout, whose code is not the one that DVC records for this one.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
# Prefect and DVC read these when they are imported, so they are set before anything here imports them.
for _name in ("DO_NOT_TRACK", "DVC_NO_ANALYTICS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
