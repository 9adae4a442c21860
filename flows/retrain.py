"""The flow: version the raw set, a task a stage, artifacts, publication. `python -m flows.retrain`, or `make run`.

Exit code 0; 2 for bad input or parameters; 1 for everything else; 130 for Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from longtail import imports

with imports.uncollected():
    from prefect import flow, get_run_logger
    from prefect.runtime import deployment, flow_run
    from prefect.states import Completed

    from flows import (
        artifacts,
        console,
        dvc,
        dvc_client,
        dvc_locks,
        first_weights,
        gate,
        git,
        newer,
        notify,
        proxies,
        publication,
        publish,
        records,
        redacting,
        run_page,
        server,
        sharing,
        source,
        stages,
        versioned,
        warm_start,
    )
    from flows.flow_params import FlowParams
    from longtail import logs, params, process_lock, renamed, run_record
    from longtail import stages as longtail_stages
    from longtail.errors import EXIT_FAILURE, Busy, LongtailError
    from longtail.labels import rawset
    from longtail.lineage import links, store
    from longtail.lineage.store import Store
    from longtail.params import Section
    from longtail.redaction import redacted

_SECONDS_FOR_AN_ORPHAN = 15.0
_INTERRUPTED = 130
_LOG = logging.getLogger("flows.retrain")


def schemas() -> dict[str, type[Section]]:
    """Every section of params.yaml beside the shared ones: the stages', and those that only the flow reads."""
    return {
        **longtail_stages.schemas(),
        "publish": publication.PublishParams,
        "gate": gate.GateParams,
        "share": sharing.ShareParams,
        "source": source.SourceParams,
        "notify": notify.NotifyParams,
        "flow": FlowParams,
    }


@flow(name="retrain", validate_parameters=False, on_failure=[notify.failed], on_crashed=[notify.failed])
def retrain(force: str = "") -> list[stages.Outcome]:
    """Bring everything under the working directory up to date and publish the submission, if it is new.

    `force`: why it is published even where the gate would refuse it.

    Returns:
        How each task ended.

    Raises:
        LongtailError: what stopped the run.
    """
    root = Path.cwd()
    with process_lock.holding("flow", root):
        wait_for_orphan(root)
        redacting.hide_credentials(root)
        with redacting.wrap_foreign_errors():
            try:
                try:
                    outcomes = _once(root, force)
                except git.Rejected as rejected:
                    get_run_logger().warning("%s Beginning again on what is there now.", rejected)
                    outcomes = _once_more(root, force)
            except LongtailError as error:
                artifacts.write_failure(error)
                run_page.write(run_page.stopped(error))
                raise
            artifacts.write(root, outcomes)
            return _ended(root, outcomes)


@flow(name="retrain-on-change", validate_parameters=False, on_failure=[notify.failed], on_crashed=[notify.failed])
def retrain_on_change() -> list[stages.Outcome]:
    """Look at `source.path`, take over what changed there, and retrain; without a source, what git says of data/raw."""
    root = Path.cwd()
    raw = params.read(root / "params.yaml")
    params.check_all(schemas(), raw)
    looked_at = params.load(source.SourceParams, "source", raw)
    if looked_at.path:
        log = get_run_logger()
        with process_lock.holding("flow", root):
            wait_for_orphan(root)  # it may be reading data/raw still
            change = source.update_raw_set(root, looked_at, params.load(params.DataParams, "data", raw))
        log.info("source %s: %s", looked_at.path, "as it was" if change is None else change)
    return _ended(root, retrain())


def _ended(root: Path, outcomes: list[stages.Outcome]) -> list[stages.Outcome]:
    """The state of a run that ended well, which says what it came to; Prefect's call of the flow gives `outcomes`."""
    headline = run_page.ended(root, outcomes)
    run_page.write(headline)
    return Completed(message=headline.message, data=outcomes)  # type: ignore[return-value]


def _once(root: Path, force: str) -> list[stages.Outcome]:
    """From the raw set to what is shared. Raises git.Rejected where somebody else was first."""
    check(root)
    log = get_run_logger()
    if old_words := renamed.warning(params.read(root / "params.yaml")):
        log.warning("%s", old_words)
    log.info("%s", _began(root))
    if killed := dvc_locks.clear_dead(root):
        log.info("%s", killed)
    began = records.Began(datetime.now(UTC), *run_record.commit_of(root))
    log.info("raw data version %s", records.add_raw(root))
    before = warm_start.prepare(root, schemas())
    minutes = params.load(FlowParams, "flow", params.read(root / "params.yaml")).stage_minutes
    outcomes = stages.run_all(root, minutes, before)
    versioned.check(root)
    sharing.refuse_moved(root, _share(root))  # a colleague may have published just this
    outcomes.append(publish.run(root, schemas(), force, began))
    notify.ended(root, outcomes, flow_run.get_name() or "")  # before anything is shared: what is published is published
    outcomes += sharing.run(root, _share(root))
    return [*outcomes, *newer.run(root, outcomes)]


def _once_more(root: Path, force: str) -> list[stages.Outcome]:
    """The same on the branch as it is now: nobody's lock is merged into another's, what it lacks is mostly cached."""
    share = _share(root)
    if git.restart_on_remote(root, share.remote, share.branch or git.branch_of(root)):
        dvc.restore(root, dvc.RAW)
    return _once(root, force)


def _began(root: Path) -> str:
    """Who started the run, and from which commit: a log that is read a year later stands alone."""
    commit, dirty = run_record.commit_of(root)
    how = f"deployment {deployment.get_name()}" if deployment.get_name() else "by hand"
    since = ", code changed since" if dirty else ""
    return f"started by {run_record.who(root)} ({how}), commit {commit[:10] or 'none'}{since}"


def _share(root: Path) -> sharing.ShareParams:
    return params.load(sharing.ShareParams, "share", params.read(root / "params.yaml"))


def check(root: Path) -> None:
    """Refuse at once what no stage could work with: parameters, links, then the raw set's files, if they are here.

    A clone without them gets them from the remote when a stage needs them; where there is none, now or never.
    """
    raw = first_weights.checked_params(root, schemas())
    links.check(root)
    is_versioned = dvc.RAW in store.locked(root)
    if is_versioned and not (root / dvc.RAW).exists() and not Store.of(root).default_remote:
        dvc.restore(root)
    if (root / dvc.RAW).exists() or not is_versioned:
        rawset.check(root / dvc.RAW, params.load(params.DataParams, "data", raw))


def wait_for_orphan(root: Path) -> None:
    """A stage whose flow was killed ends by itself within moments: let it. Raises Busy if it does not."""
    give_up = time.monotonic() + _SECONDS_FOR_AN_ORPHAN
    while True:
        try:
            with process_lock.holding("stage", root):
                return
        except Busy:
            if time.monotonic() > give_up:
                raise
        time.sleep(0.2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the flow by hand; the only place that turns its error into words and an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m flows.retrain",
        description="Bring every stage up to date and publish the submission, if it is new.",
        epilog="What runs stands in dvc.yaml, with what parameters in params.yaml.",
    )
    parser.add_argument(
        "--force", default="", metavar="WHY", help="publish even what the gate refuses, for this reason"
    )
    force = parser.parse_args(argv).force
    imports.collect_rarely()
    root = Path.cwd()
    console.quieten_prefect()
    logs.to_stderr("flows")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite end is told as Ctrl-C is
    began = time.monotonic()
    try:
        check_early(root)
        _LOG.info("Looking at what has changed ...")  # the server takes some seconds
        dvc_client.start(root)
        with server.temporary():
            outcomes = retrain(force)
    except LongtailError as error:
        _LOG.error(console.failure(error))
        return error.exit_code
    except KeyboardInterrupt:
        _LOG.error("\nStopped. What was finished is kept; run again: make run")
        return _INTERRUPTED
    except Exception:  # Prefect's own, as where its server goes away
        _LOG.error(redacted(traceback.format_exc()))
        _LOG.error("retrain: the flow failed unexpectedly. Finished stages are kept.")
        return EXIT_FAILURE
    print(console.summary(root, outcomes, time.monotonic() - began))
    return 0


def check_early(root: Path) -> None:
    """What needs no server to be told: a run already going on, wrong parameters, links. The flow looks again."""
    redacting.hide_credentials(root)
    with process_lock.holding("flow", root):
        first_weights.checked_params(root, schemas())
        proxies.check()
        links.check(root)


if __name__ == "__main__":
    sys.exit(main())
