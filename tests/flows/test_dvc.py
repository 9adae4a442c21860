from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from flows import dvc, dvc_errors, dvc_graph, dvc_status
from flows.dvc_process import Failure
from longtail.errors import BadInput, LongtailError, Problem, StageFailed
from longtail.lineage import store
from tests.flows.cloned import set_remote
from tests.forks import dvc_command

pytestmark = pytest.mark.slow  # each starts git and DVC

if TYPE_CHECKING:
    from conftest import Toy


def silent(_: str) -> None:
    """Say nothing."""


def run_all(toy: Toy, say: Callable[[str], None] = silent) -> dict[str, dvc.Verdict]:
    return {name: dvc.reproduce(toy.root, name, say) for name in dvc_graph.project_state(toy.root).order}


def test_the_order_is_the_graphs_and_leaves_dvc_files_aside(toy: Toy) -> None:
    dvc.add(toy.root)
    assert dvc_graph.project_state(toy.root).order == {
        "prepare@labelled": (),
        "train": ("prepare@labelled",),
        "prepare@test": (),
        "predict": ("prepare@test", "train"),
    }


def test_all_is_changed_at_first_and_nothing_after_a_run(toy: Toy) -> None:
    dvc.add(toy.root)
    assert set(dvc_status.changed(toy.root).reasons) == set(dvc_graph.project_state(toy.root).order)
    assert set(run_all(toy).values()) == {"ran"}
    assert dvc_status.changed(toy.root).reasons == {}


def test_a_changed_parameter_is_told_as_the_reason(finished_toy: Toy) -> None:
    finished_toy.params(train=2)
    assert dvc_status.changed(finished_toy.root).reasons == {"train": ("parameters of 'train' modified",)}


def test_a_parameter_flipped_there_and_back_is_restored_not_run(finished_toy: Toy) -> None:
    finished_toy.params(train=2)
    run_all(finished_toy)
    finished_toy.params(train=1)
    finished_toy.runs()
    assert run_all(finished_toy) == {
        "prepare@labelled": "unchanged",
        "train": "restored",
        "prepare@test": "unchanged",
        "predict": "restored",
    }
    assert finished_toy.runs() == []
    assert (finished_toy.root / "artifacts/train/model").read_text() == "flukes\nprepare \ntrain 1\n"


def test_outputs_that_were_deleted_or_edited_come_back_from_the_cache(finished_toy: Toy) -> None:
    shutil.rmtree(finished_toy.root / "artifacts/prepare")
    (finished_toy.root / "artifacts/train/model").write_text("edited")
    finished_toy.runs()
    assert dvc_status.changed(finished_toy.root).reasons == {}
    assert (finished_toy.root / "artifacts/prepare/test").exists()
    assert "edited" not in (finished_toy.root / "artifacts/train/model").read_text()
    assert finished_toy.runs() == []


def test_an_output_that_the_cache_lost_too_is_made_again(finished_toy: Toy) -> None:
    shutil.rmtree(finished_toy.root / "artifacts")
    md5 = store.locked(finished_toy.root)["artifacts/train/model"]
    (finished_toy.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    assert set(dvc_status.changed(finished_toy.root).reasons) == {"train", "predict"}
    finished_toy.runs()
    run_all(finished_toy)
    assert finished_toy.runs() == ["train"]


def test_a_changed_raw_file_touches_only_those_who_read_it(finished_toy: Toy) -> None:
    before = store.locked(finished_toy.root)[dvc.RAW]
    (finished_toy.root / "data/raw/test.csv").write_text("ten more\n")
    assert dvc.add(finished_toy.root) != before
    assert set(dvc_status.changed(finished_toy.root).reasons) == {"prepare@test"}


def test_the_lines_of_a_stage_are_forwarded_without_the_chatter_around_them(toy: Toy) -> None:
    dvc.add(toy.root)
    lines: list[str] = []
    run_all(toy, lines.append)
    assert lines == ["prepare at work", "train at work", "prepare at work", "predict at work"]


def test_a_failing_stage_is_told_in_its_own_words(toy: Toy) -> None:
    dvc.add(toy.root)
    dvc.reproduce(toy.root, "prepare@labelled", silent)
    trouble = toy.trouble("train", BadInput(Problem("a photograph is torn", "Mend it.", count=3, where="w1.jpg")))
    with pytest.raises(BadInput, match=r"3 x a photograph is torn \(w1.jpg\)\. Mend it\.") as caught:
        dvc.reproduce(toy.root, "train", silent)
    assert caught.value.exit_code == 2
    trouble.unlink()
    assert dvc.reproduce(toy.root, "train", silent) == "ran"


def test_a_stage_that_hangs_is_ended_and_says_so(toy: Toy) -> None:
    dvc.add(toy.root)
    (toy.root / "slow-prepare").touch()
    with pytest.raises(StageFailed, match=r"did not end within 0\.15 minutes.*flow\.stage_minutes"):
        dvc.reproduce(toy.root, "prepare@labelled", silent, minutes=0.15)  # so busy may a machine be before it begins
    with pytest.raises(ProcessLookupError):
        os.kill(int((toy.root / "pid").read_text()), 0)
    (toy.root / "slow-prepare").unlink()
    assert dvc.reproduce(toy.root, "prepare@labelled", silent, minutes=5) == "ran"


def test_the_error_of_an_earlier_run_is_not_told_again(toy: Toy) -> None:
    dvc.add(toy.root)
    (toy.root / "crash-prepare").touch()
    (toy.root / ".longtail/error.json").write_text("{}")
    with pytest.raises(StageFailed, match=r"prepare@labelled was killed\. Often the memory ran out"):
        dvc.reproduce(toy.root, "prepare@labelled", silent)


def test_what_a_killed_stage_was_writing_is_cleared_away(toy: Toy) -> None:
    dvc.add(toy.root)
    half = toy.root / "artifacts/prepare/.labelled.x.tmp"
    half.mkdir(parents=True)
    (half / "w1.jpg").touch()
    (half.parent / ".test.x.tmp").touch()
    (toy.root / "crash-prepare").touch()
    with pytest.raises(StageFailed, match="was killed"):
        dvc.reproduce(toy.root, "prepare@labelled", silent)
    assert list((toy.root / "artifacts").rglob(".*.tmp")) == []


def test_a_folder_without_git_is_told_in_dvcs_words(toy: Toy) -> None:
    shutil.rmtree(toy.root / ".git")
    with pytest.raises(LongtailError, match="git"):
        dvc_graph.project_state(toy.root)


def test_a_full_disk_that_took_the_stages_error_file_is_told_by_its_lines(toy: Toy) -> None:
    (toy.root / ".longtail/error.json").write_text('{"kind": "No')
    lines = ["longtail train: no space left on the disk"]
    error = dvc_errors.of_stage(toy.root, "train", Failure("command", status=1), lines)
    assert str(error) == "no space left on the disk (train). Free some space and run the same command again."


def test_what_the_remote_has_is_sent_once(finished_toy: Toy) -> None:
    remote = finished_toy.root / "remote"
    set_remote(finished_toy.root, str(remote))
    assert dvc.push(finished_toy.root) > 0
    assert list((remote / "runs").rglob("*"))
    assert dvc.push(finished_toy.root) == 0
    shutil.rmtree(remote / "files/md5")
    assert dvc.push(finished_toy.root) > 0


def test_what_the_cache_lost_comes_from_the_remote_and_is_not_made_again(finished_toy: Toy) -> None:
    set_remote(finished_toy.root, str(finished_toy.root / "remote"))
    assert finished_toy.command(*dvc_command(), "push", "-q").wait() == 0
    model = finished_toy.root / "artifacts/train/model"
    model_bytes = model.read_text()
    shutil.rmtree(finished_toy.root / ".dvc/cache/files/md5")
    shutil.rmtree(finished_toy.root / "artifacts")
    assert dvc_status.changed(finished_toy.root).reasons == {}
    assert model.read_text() == model_bytes


def test_what_the_remote_lost_too_is_made_again(finished_toy: Toy) -> None:
    set_remote(finished_toy.root, str(finished_toy.root / "nowhere"))
    shutil.rmtree(finished_toy.root / ".dvc/cache/files/md5")
    shutil.rmtree(finished_toy.root / "artifacts")
    assert "prepare@labelled" in dvc_status.changed(finished_toy.root).reasons
