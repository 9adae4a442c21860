"""`longtail VERB`: a verb a stage, runnable by hand, and the commands that are not stages.

Exit code 0; 2 for bad input or parameters; 1 for everything else; 130 for Ctrl-C.
"""

from __future__ import annotations

import argparse
import errno
import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import longtail
from longtail import artifacts, commands, imports, logs, process_lock, stages
from longtail.errors import EXIT_FAILURE, BadInput, BadParameter, LongtailError, Problem
from longtail.paths import ANCESTOR, GRAPH, StagePaths, project_root
from longtail.redaction import redacted

ERROR_FILE = process_lock.STATE / "error.json"
"""Where the flow finds why a stage failed: DVC hides a stage's exit code behind its own."""
_INTERRUPTED = 130
_LOG = logging.getLogger(__name__)


def entry() -> NoReturn:
    """What the command and `python -m longtail` begin with."""
    imports.collect_rarely()
    code = main()
    verb = sys.argv[1:2]
    if verb == ["identify"] or (verb and verb[0] in stages.names()):
        # All is written and closed, and taking torch and what else was imported down takes up to a second.
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the only place that turns an error into words and an exit code."""
    words = list(argv if argv is not None else sys.argv[1:])
    verb = words[0] if words else ""
    is_stage = verb in stages.names()
    root = project_root()
    logs.to_stderr("longtail")
    for stream in (sys.stdout, sys.stderr):  # a file's name need not be text
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_odd(words)
        if is_stage:
            following = _run_stage(words, root)
        else:
            arguments = _parser(words).parse_args(words)
            following = arguments.run(arguments)
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except (LongtailError, OSError) as raised:
        error = raised if isinstance(raised, LongtailError) else _in_words(raised)
        if error is None:
            return _fault(verb)
        is_left = is_stage and _leave_error_file(root, error)
        if not (is_left and _in_flow()):  # the flow reads that file, and says it once
            _LOG.error(f"longtail {verb}: {error}")
        if not _in_flow():
            _LOG.error(f"Help: longtail {verb} --help")
        return error.exit_code
    except KeyboardInterrupt:
        _LOG.error(f"\nStopped. Run again: longtail {verb}")
        return _INTERRUPTED
    except Exception:
        return _fault(verb)
    for command in following if not _in_flow() else []:
        print(f"Next: {command}")
    return 0


def _in_flow() -> bool:
    """Whether the flow runs the verb: what to do next is then its to say."""
    return process_lock.FLOW_PID in os.environ


def _fault(verb: str) -> int:
    """Tell of an exception that nobody has words for, while it is handled."""
    _LOG.error(redacted(traceback.format_exc()))
    _LOG.error(f"longtail {verb}: this is a fault of ours, not of your data.")
    return EXIT_FAILURE


def _in_words(error: OSError) -> LongtailError | None:
    """A name that no file can have, wherever it was looked for."""
    if error.errno != errno.ENAMETOOLONG:
        return None
    return BadInput(Problem("name that is longer than the system allows", "Mend it.", example=str(error.filename)))


def _run_stage(words: list[str], root: Path) -> list[str]:
    # Imported here: `longtail --help` stays quick.
    with imports.uncollected():
        from longtail import ancestor, params, renamed, run_record
        from longtail.atomic import translate_enospc
        from longtail.inputs import snapshot

    code = snapshot.code(root, words[0])  # before any of it is imported, which the parser does
    with imports.uncollected():
        arguments = _parser(words).parse_args(words)
    _refuse_foreign_code(root)
    stage = stages.load(arguments.verb)
    process_lock.end_with_flow()
    with process_lock.holding_checkout(root):
        (root / ERROR_FILE).unlink(missing_ok=True)
        raw = params.read(root / "params.yaml", arguments.set)
        values = params.load(stage.Params, arguments.verb, raw)
        if process_lock.FLOW_PID not in os.environ and (old_words := renamed.warning(raw)):  # the flow says it once
            _LOG.warning(f"  warning: {old_words}")
        paths = stage.Paths.at(root, arguments.part)
        if root / ANCESTOR in paths.inputs():
            ancestor.write_scratch_if_missing(root / ANCESTOR)
        _refuse_missing_inputs(paths)
        inputs = snapshot.inputs(code, arguments.verb, paths, values, raw, arguments.set)
        started = datetime.now(UTC)
        folder = root / artifacts.stage_folder(arguments.verb)
        with translate_enospc(folder), snapshot.guard_inputs(inputs, paths):
            summary = stage.run(values, paths)
            run_record.write(arguments.verb, values, paths, summary, started, inputs.unchanged())
    print(f"{arguments.verb}{'@' + arguments.part if arguments.part else ''}: {summary.line}")
    for warning in summary.warnings:
        print(f"  warning: {warning}")
    following = None if _in_flow() else stages.next_run(arguments.verb, arguments.part, root)
    return [_by_hand(*following)] if following else ["make run"]


def _by_hand(stage: str, part: str) -> str:
    return f"longtail {stage} --part {part}" if part else f"longtail {stage}"


def _refuse_foreign_code(root: Path) -> None:
    """An editable install elsewhere would run other code than the one DVC records for this checkout."""
    code = Path(longtail.__file__).resolve().parent
    if code != (root / "src" / "longtail").resolve():
        remedy = "Run it from the project's root as: PYTHONPATH=src python -m longtail"
        raise BadInput(Problem("the code that runs is not this folder's", remedy, where=str(code)))


def _refuse_missing_inputs(paths: StagePaths) -> None:
    missing = [paths.relative(path) for path in paths.inputs() if not path.exists()]
    if missing:
        remedy = "`make run` makes what is missing; `longtail import` or `longtail sample` brings data."
        raise BadInput(Problem("inputs are missing", remedy, count=len(missing), example=missing[0]))


def _refuse_odd(arguments: Sequence[str]) -> None:
    """What no file's name and no table can hold: a NUL; bytes that are not UTF-8, unless a file is called so."""
    with_nul = [argument for argument in arguments if "\0" in argument]
    foreign = [
        argument for argument in arguments if _is_foreign(argument) and not with_nul and not Path(argument).exists()
    ]
    if wrong := with_nul or foreign:
        what = "argument with a NUL in it" if with_nul else "argument that is not UTF-8"
        raise BadParameter(Problem(what, "Write it as plain text.", count=len(wrong), example=ascii(wrong[0])))


def _is_foreign(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _leave_error_file(root: Path, error: LongtailError) -> bool:
    """Whether the error lies in its file now."""
    if not any((root / name).exists() for name in (process_lock.STATE, GRAPH, "params.yaml")):
        return False  # no project: nothing is left in a folder of somebody's own
    try:
        (root / process_lock.STATE).mkdir(exist_ok=True)
        (root / ERROR_FILE).write_text(json.dumps(error.to_dict(), indent=2), encoding="utf-8")
    except OSError:  # a full disk: words are all we can leave
        return False
    return True


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="longtail", description=longtail.__doc__, epilog="Example: longtail sample data/raw --seed 1"
    )
    parser.add_argument("--version", action="version", version=f"longtail {longtail.__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    stage_names, modules = stages.names(), commands.verbs()
    chosen = next((verb for verb in argv[:1] if verb in modules or verb in stage_names), None)
    for name in stage_names:
        if chosen in (name, None):  # what the others are for need not be read then
            _add_stage(verbs, name, chosen=name == chosen)
    for verb, module in modules.items():
        if chosen in (verb, None):
            _add_command(verbs, verb, module, chosen=verb == chosen)
    return parser


def _add_stage(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, *, chosen: bool) -> None:
    headline = stages.headline(name)
    sub = verbs.add_parser(name, help=f"(stage) {headline}", description=headline)
    sub.set_defaults(part="")
    sub.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override a value of params.yaml"
    )
    sub.epilog = f"Example: longtail {name}"
    if not chosen:
        return
    parts = stages.load(name).Paths.PARTS
    if parts:
        sub.add_argument("--part", choices=parts, required=True, help="which images")
        sub.epilog += f" --part {parts[0]}"


def _add_command(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], verb: str, module: str, *, chosen: bool
) -> None:
    headline = commands.headline(module)
    sub = verbs.add_parser(verb, help=headline, description=headline)
    if chosen:  # only then: `longtail --help` imports no command
        command = commands.load(module)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
        sub.epilog = f"Example: {command.EXAMPLE}"
