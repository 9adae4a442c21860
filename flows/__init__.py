"""Everything that knows Prefect or runs DVC. It runs the code of this checkout, and sends no telemetry."""

import os
import sys
from pathlib import Path

# An editable install may point at another checkout, whose code is not the one that DVC records for this one.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
# A worker loads flows/retrain.py by its path and puts this folder on the path too, where `dvc` would be our dvc.py.
sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).resolve().parent]
# Prefect and DVC read these when they are imported, so they are set before anything here imports them.
for _name in ("DO_NOT_TRACK", "DVC_NO_ANALYTICS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")

from flows.proxies import reach_loopback_directly  # noqa: E402  # after the paths above
from flows.redacting import redact_logs  # noqa: E402

reach_loopback_directly()
redact_logs()
