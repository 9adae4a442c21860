"""The ancestor in the flow: put in place before a stage reads it, versioned, and left alone where nothing changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from prefect import flow

from flows import dvc, dvc_status, publication, stages, warm_start
from flows.ancestor_choice import Choice
from flows.flow_params import FlowParams
from longtail import ancestor
from longtail import stages as longtail_stages
from longtail.ancestor import SCRATCH
from longtail.artifacts import HEAD, LEARNED_FROM, NETWORK, NETWORK_CARD
from longtail.errors import BadInput
from longtail.lineage import store
from longtail.lineage.ancestry import COUNTS
from longtail.lineage.checkout import Checkout
from longtail.publishing import receipt
from longtail.publishing.receipt import Receipt
from tests.flows.networks import CARD, lose, publish
from tests.flows.rawset import clone
from tests.lineage.making import forget

SCHEMAS = {"split": longtail_stages.load("split").Params, "train": longtail_stages.load("train").Params}
SCHEMAS |= {"flow": FlowParams}
PARAMS = "split: {}\ntrain: {start: ancestor}\nflow: {scratch_every: 3}\n"
# A photograph a line of train.csv: `name identity`. A network is the list of what it has ever learned.
STEP = f'''
import hashlib, sys
from pathlib import Path
import pyarrow as pa
from pyarrow import parquet
step, folder = sys.argv[1], Path("data/ancestor")
with open("runs.log", "a") as log:
    log.write(step + "\\n")
rows = [line.split() for line in Path("data/raw/train.csv").read_text().splitlines()]
images, names = zip(*rows)
out = {{"prepare": "prepare/labelled", "audit": "audit/groups", "split": "split/split", "train": "train/learned_from"}}
md5 = [hashlib.md5(image.encode()).hexdigest() for image in images]
table = pa.table({{"image": images, "md5": md5}} if step == "prepare" else {{"image": images, "identity": names}})
if step == "train":
    before = folder / "learned_from.parquet"
    known = parquet.read_table(before).to_pylist() if before.exists() else []
    rows = dict.fromkeys([(row["image"], row["md5"], row["identity"]) for row in known], True)
    rows |= dict.fromkeys(zip(images, md5, names), False)
    table = pa.Table.from_pylist([
        {{"image": image, "label": True, "pixels": True, "identity": name, "md5": md5, "inherited": inherited}}
        for (image, md5, name), inherited in sorted(rows.items())
    ])
    every = sorted({{image for image, _, _ in rows}})
    Path("artifacts/train").mkdir(parents=True, exist_ok=True)
    Path("{NETWORK}").write_text(" ".join(every) + f" after {{len(known)}}")
    Path("{HEAD}").write_text(" ".join(names))
    Path("{NETWORK_CARD}").write_text({json.dumps(CARD)!r})
target = Path(f"artifacts/{{out[step]}}.parquet")
target.parent.mkdir(parents=True, exist_ok=True)
parquet.write_table(table, target)
'''
GRAPH = f"""
stages:
  prepare:
    cmd: python step.py prepare
    deps: [step.py, data/raw/train.csv]
    outs: [artifacts/prepare/labelled.parquet]
  audit:
    cmd: python step.py audit
    deps: [step.py, artifacts/prepare/labelled.parquet, data/raw/train.csv]
    outs: [artifacts/audit/groups.parquet]
  split:
    cmd: python step.py split
    params: [split]
    deps: [step.py, artifacts/audit/groups.parquet, data/ancestor]
    outs: [artifacts/split/split.parquet]
  train:
    cmd: python step.py train
    params: [train]
    deps: [step.py, artifacts/split/split.parquet, data/ancestor]
    outs: [{NETWORK}, {HEAD}, {NETWORK_CARD}, {LEARNED_FROM}]
"""


@pytest.fixture(scope="module")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that reads an ancestor, before any run; copied, never used itself."""
    root = tmp_path_factory.mktemp("warm") / "project"
    (root / "data/raw").mkdir(parents=True)
    for name, text in {
        "step.py": STEP,
        "dvc.yaml": GRAPH,
        "params.yaml": PARAMS,
        "data/raw/train.csv": "a.jpg moby\nb.jpg moby\n",
        ".gitignore": "/artifacts/\n/data/raw/\n/data/ancestor/\n/.longtail/\nruns.log\n",
    }.items():
        (root / name).write_text(text)
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=root, check=True, capture_output=True)
    config = "[core]\n    remote = team\n['remote \"team\"']\n    url = ../../remote\n"
    (root / ".dvc/config").write_text(config)
    return root


@pytest.fixture
def project(new_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    shutil.copytree(new_project, root)
    monkeypatch.chdir(root)
    return root


@flow(name="warm", validate_parameters=False)
def bring(root: Path) -> list[stages.Outcome]:
    dvc.add(root)
    return stages.run_all(root, before=warm_start.prepare(root, SCHEMAS))


def run(root: Path) -> tuple[str, list[str]]:
    """The line of the task that chooses the ancestor, and the steps that ran."""
    outcomes = {outcome.name: outcome for outcome in bring(root)}
    log = root / "runs.log"
    ran = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    assert set(outcomes) == {"prepare", "audit", warm_start.TASK, "split", "train"}
    assert {name for name, outcome in outcomes.items() if outcome.state == "Completed"} - {warm_start.TASK} == set(ran)
    return outcomes[warm_start.TASK].line, ran


def publish_run(root: Path, day: int) -> str:
    """Publish what the last run made; the name of the receipt."""
    checkout = Checkout(root)
    values = publication.effective_params(root, SCHEMAS)
    artifacts = {path: md5 for path, md5 in checkout.locked.items() if path != dvc.RAW}
    new = Receipt(
        {"md5": f"{day:032d}", "rows": 1, "bytes": 1},
        {"path": dvc.RAW, "md5": checkout.raw},
        {NETWORK: artifacts[NETWORK]},
        artifacts,
        {"commit": "", "dirty": False},
        {"md5": "", "values": values},
        {},
        {"id": "", "name": ""},
        {},
        f"2026-01-{day:02d}T12:00:00+00:00",
        "published",
        start=warm_start.recorded(SimpleNamespace(checkout=checkout, values=values)),  # type: ignore[arg-type]
    )
    receipt.write(root / receipt.REGISTER / new.file_name, new)
    return new.file_name


def add(root: Path, *rows: str) -> None:
    table = root / "data/raw/train.csv"
    table.write_text(table.read_text() + "".join(f"{row}\n" for row in rows))


def about(root: Path) -> dict[str, object]:
    return dict(json.loads((root / dvc.ANCESTOR / ancestor.ABOUT).read_text()))


@pytest.mark.usefixtures("prefect_server")
def test_published_and_run_again_all_is_cached_and_what_changed_is_learned_from_the_last_network(project: Path) -> None:
    line, ran = run(project)
    assert line == "began from scratch: nothing has been published yet"
    assert ran == ["prepare", "audit", "split", "train"]
    assert (project / dvc.ANCESTOR / ancestor.ABOUT).read_bytes() == b'{"start": "scratch"}\n'
    first = publish_run(project, 1)
    for _ in range(2):
        assert run(project) == (line, [])

    add(project, "c.jpg ishmael")
    line, ran = run(project)
    assert line.startswith(f"went on from the network of {first} (1 warm training ")
    assert ran == ["prepare", "audit", "split", "train"]
    assert (project / NETWORK).read_text() == "a.jpg b.jpg c.jpg after 2"
    assert (about(project)["receipt"], about(project)["warm_runs"]) == (first, 0)
    assert run(project)[1] == []  # not published yet: the same ancestor once more
    second = publish_run(project, 2)
    start = receipt.read(project / "receipts" / second).start
    assert (start["start"], start["receipt"], start["warm_runs"]) == ("ancestor", first, 1)
    assert {name: start[name] for name in COUNTS} == {"new": 1, "changed": 0, "relabelled": 0, "replayed": 2}
    assert (run(project)[1], about(project)["receipt"]) == ([], first)

    add(project, "d.jpg ishmael")
    assert run(project)[0].startswith(f"went on from the network of {second} (2 warm trainings")
    publish_run(project, 3)
    add(project, "e.jpg ishmael")
    assert run(project)[0] == "began from scratch: flow.scratch_every is 3, and 2 warm trainings came before"
    assert (project / NETWORK).read_text().endswith("after 0")
    publish_run(project, 4)
    (project / "data/raw/train.csv").write_text("b.jpg moby\nc.jpg ishmael\n")
    assert "know" in run(project)[0]
    assert (project / NETWORK).read_text() == "b.jpg c.jpg after 0"


@pytest.mark.usefixtures("prefect_server")
def test_a_clone_repeats_a_warm_run_byte_for_byte_and_follows_another_publication(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(project)
    first = publish_run(project, 1)
    add(project, "c.jpg ishmael")
    run(project)
    dvc.push(project)
    other = clone(project, tmp_path / "other")
    monkeypatch.chdir(other)
    shutil.rmtree(other / "artifacts")
    (other / "dvc.lock").unlink()
    for cache in (tmp_path / "remote", other / ".dvc/cache"):  # or the stages were restored, not repeated
        shutil.rmtree(cache / "runs", ignore_errors=True)
    assert run(other)[1] == ["prepare", "audit", "split", "train"]
    assert about(other)["receipt"] == first
    assert store.hash_of(other / dvc.ANCESTOR) == store.hash_of(project / dvc.ANCESTOR)
    assert (other / NETWORK).read_bytes() == (project / NETWORK).read_bytes()

    monkeypatch.chdir(project)
    second = publish_run(project, 2)
    dvc.push(project)
    for name in ("dvc.lock", f"{dvc.ANCESTOR}.dvc", f"receipts/{second}"):
        shutil.copy(project / name, other / name)  # as git pull brings them
    monkeypatch.chdir(other)
    assert run(other)[1] == []
    add(other, "d.jpg ishmael")
    run(other)
    assert about(other)["receipt"] == second


def test_under_scratch_the_folder_is_the_fixed_bytes_and_nothing_is_asked(project: Path) -> None:
    (project / "params.yaml").write_text("train: {}\n")
    (project / dvc.ANCESTOR).mkdir()
    (project / dvc.ANCESTOR / NETWORK.rpartition("/")[2]).write_text("of earlier")
    assert warm_start.prepare(project, SCHEMAS) is None
    assert [path.name for path in (project / dvc.ANCESTOR).iterdir()] == [ancestor.ABOUT]
    assert store.locked(project)[dvc.ANCESTOR] == store.hash_of(project / dvc.ANCESTOR)


def test_a_graph_that_reads_no_ancestor_gets_none(project: Path) -> None:
    (project / "dvc.yaml").write_text(GRAPH.replace(", data/ancestor", ""))
    assert warm_start.prepare(project, SCHEMAS) is None
    assert not (project / dvc.ANCESTOR).exists()


def test_a_lost_ancestor_is_written_anew_from_what_is_still_there_or_refused_whole(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dvc, "fetch", lambda root, md5: None)
    name = publish(project, 1, ["a.jpg"])
    wanted = Choice("ancestor", "", name, 1)
    warm_start.put_in_place(Checkout(project), wanted)
    warm_start.version(project)
    md5 = store.locked(project)[dvc.ANCESTOR]
    as_before = Choice("ancestor", "", name, 1, md5)

    shutil.rmtree(project / dvc.ANCESTOR)
    forget(project, md5)  # the list alone: its files are those of the publication
    warm_start.put_in_place(Checkout(project), as_before)
    assert store.hash_of(project / dvc.ANCESTOR) == md5

    ancestor.write_scratch(project / dvc.ANCESTOR)
    lose(project, name, NETWORK)
    for choice in (wanted, as_before):
        with pytest.raises(BadInput, match=r"model\.safetensors.*dvc push .*train\.start: scratch"):
            warm_start.put_in_place(Checkout(project), choice)
    assert about(project) == {"start": SCRATCH}  # nothing half-written
    assert [path.name for path in (project / "data").iterdir() if path.name.startswith(".a")] == []

    shutil.rmtree(project / dvc.ANCESTOR)
    assert "split" in dvc_status.changed(project).reasons  # another one may be chosen: no reason to stop yet


def test_a_working_file_with_the_right_bytes_stands_in_for_the_cache(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dvc, "fetch", lambda root, md5: None)
    name = publish(project, 1, ["a.jpg"])
    lose(project, name, NETWORK)
    (project / NETWORK).parent.mkdir(parents=True)
    (project / NETWORK).write_bytes(b"network of day 1")
    warm_start.put_in_place(Checkout(project), Choice("ancestor", "", name, 1))
    assert (project / dvc.ANCESTOR / "model.safetensors").read_bytes() == b"network of day 1"
