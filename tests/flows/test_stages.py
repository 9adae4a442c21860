from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.runtime import flow_run
from prefect.states import Failed

from flows import dvc, stages
from longtail.errors import BadInput, Busy, Problem, Unreachable

if TYPE_CHECKING:
    from conftest import Toy

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.slow]


@flow(name="toy")
def all_stages(toy: Toy) -> list[stages.Outcome]:
    dvc.add(toy.root)
    return stages.run_all(toy.root)


def run(toy: Toy) -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in all_stages.with_options(validate_parameters=False)(toy)}


def test_every_stage_is_a_task_and_all_are_cached_the_second_time(toy: Toy) -> None:
    assert run(toy) == {
        "prepare@labelled": "Completed",
        "train": "Completed",
        "prepare@test": "Completed",
        "predict": "Completed",
    }
    toy.runs()
    assert set(run(toy).values()) == {"Cached"}
    assert toy.runs() == []


def test_a_cached_stage_starts_no_process(finished_toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dvc, "reproduce", lambda *_: pytest.fail("a process was started"))
    assert set(run(finished_toy).values()) == {"Cached"}


def test_what_dvc_restored_is_cached_and_its_readers_follow(finished_toy: Toy) -> None:
    finished_toy.params(train=2)
    assert run(finished_toy) == {
        "prepare@labelled": "Cached",
        "train": "Completed",
        "prepare@test": "Cached",
        "predict": "Completed",
    }
    finished_toy.params(train=1)
    finished_toy.runs()
    assert set(run(finished_toy).values()) == {"Cached"}
    assert finished_toy.runs() == []
    assert "train 1" in (finished_toy.root / "artifacts/predict/answer").read_text()


def test_a_deleted_output_is_restored_and_cached(finished_toy: Toy) -> None:
    shutil.rmtree(finished_toy.root / "artifacts/train")
    finished_toy.runs()
    assert set(run(finished_toy).values()) == {"Cached"}
    assert (finished_toy.root / "artifacts/train/model").exists()
    assert finished_toy.runs() == []


def test_an_input_that_comes_out_as_before_runs_nothing_after_it(finished_toy: Toy) -> None:
    step = finished_toy.root / "dvc.yaml"
    step.write_text(step.read_text().replace("step.py prepare", "step.py  prepare"))
    assert run(finished_toy) == {
        "prepare@labelled": "Completed",
        "train": "Cached",
        "prepare@test": "Completed",
        "predict": "Cached",
    }


def test_a_failed_stage_stops_the_run_in_its_own_words(toy: Toy) -> None:
    toy.trouble("train", BadInput(Problem("a photograph is torn", "Mend it.", where="w1.jpg")))
    with pytest.raises(BadInput, match=r"a photograph is torn \(w1.jpg\)\. Mend it\.") as caught:
        run(toy)
    assert caught.value.__notes__ == ["train"]
    assert "predict" not in toy.runs()


def test_only_what_can_pass_is_tried_again(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        stages, "bring_up_to_date", stages.bring_up_to_date.with_options(retries=1, retry_delay_seconds=0)
    )
    toy.trouble("prepare", Unreachable(Problem("no answer", "Try again.")))
    with pytest.raises(Unreachable, match="no answer"):
        run(toy)
    assert toy.runs() == ["prepare", "prepare"]
    toy.trouble("prepare", BadInput(Problem("no header", "Write one.")))
    with pytest.raises(BadInput, match="no header"):
        run(toy)
    assert toy.runs() == ["prepare"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Busy(Problem("held", "Wait.")), True),
        (BadInput(Problem("torn", "Mend it.")), False),
        (KeyError("a fault of ours"), False),
    ],
)
def test_the_error_itself_says_whether_a_retry_can_help(error: Exception, expected: bool) -> None:
    assert stages.can_retry(None, None, Failed(data=error)) is expected


def test_prefect_knows_each_state_by_name_with_the_summary_that_was_stored(finished_toy: Toy) -> None:
    expected = dict.fromkeys(("prepare@labelled", "train", "prepare@test", "predict"), "Cached")

    @flow(name="toy-states", validate_parameters=False)
    def second() -> str:
        stages.run_all(finished_toy.root)
        return str(flow_run.get_id())

    identity = second()
    where = FlowRunFilter(id=FlowRunFilterId(any_=[identity]))
    give_up = time.monotonic() + 60  # the server hears of states by events, and on a busy machine late
    with get_client(sync_client=True) as client:
        while True:
            runs = client.read_task_runs(flow_run_filter=where)
            names = {run.name: run.state.name if run.state else "" for run in runs}
            if names == expected or time.monotonic() > give_up:
                break
            time.sleep(0.2)
    assert names == expected


def test_the_summary_is_read_from_the_record(toy: Toy) -> None:
    record = toy.root / "artifacts/train/record.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"summary": {"line": "12 epochs", "facts": {}, "warnings": []}}')
    assert stages.summary_of(toy.root, "train")["line"] == "12 epochs"
    record.rename(record.with_name("labelled.record.json"))
    assert stages.summary_of(toy.root, "train@labelled")["line"] == "12 epochs"
    assert stages.summary_of(toy.root, "train@test") == {}
