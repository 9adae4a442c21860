"""What docs/how-to/team.md says of clearing: all that a commit names is kept, what no commit speaks of goes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from flows import dvc, dvc_graph
from longtail.lineage import store
from tests.flows.cloned import set_remote
from tests.forks import dvc_command

pytestmark = pytest.mark.slow  # each starts git and DVC

if TYPE_CHECKING:
    from conftest import Toy

MODEL = "artifacts/train/model"


@pytest.fixture
def trained(finished_toy: Toy) -> tuple[Toy, dict[str, str]]:
    """Three trainings, two of them committed and one that somebody only tried; {which: md5 of its model}."""
    set_remote(finished_toy.root, str(finished_toy.root.parent / "remote"))
    md5 = {}
    for value, name in enumerate(("first", "tried", "last"), start=1):
        finished_toy.params(train=value)
        for stage in dvc_graph.project_state(finished_toy.root).order:
            dvc.reproduce(finished_toy.root, stage, lambda _: None)
        md5[name] = store.locked(finished_toy.root)[MODEL]
        dvc.push(finished_toy.root)
        if name != "tried":
            for command in ("add --all", f"-c user.name=t -c user.email=t@t commit -q -m {name}"):
                subprocess.run(["git", *command.split()], cwd=finished_toy.root, check=True)
    return finished_toy, md5


@pytest.mark.parametrize("cloud", [False, True])
def test_what_commits_name_is_kept_and_the_rest_goes(trained: tuple[Toy, dict[str, str]], cloud: bool) -> None:
    toy, md5 = trained
    remote = toy.root.parent / "remote"
    arguments = ("gc", "--all-commits", "--force", *(["--cloud"] if cloud else []))
    assert toy.command(*dvc_command(), *arguments).wait() == 0
    kept = {name for name, value in md5.items() if store.Store.of(toy.root).verified_object(value)}
    assert kept == {"first", "last"}
    far = {name for name, value in md5.items() if (remote / "files/md5" / value[:2] / value[2:]).exists()}
    assert far == ({"first", "last"} if cloud else {"first", "tried", "last"})
