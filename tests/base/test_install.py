"""Packages are installed by uv with what pip's configuration says, and by pip wherever uv would not follow it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import install

ROOT = Path(__file__).resolve().parents[2]
ENTRY_OF_UV = "uv==0.13.9 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
LOCK = f"first==1.0 \\\n    --hash=sha256:aa\n{ENTRY_OF_UV}uvicorn==0.54.0 \\\n    --hash=sha256:dd\n"


def test_addresses_of_pip_become_variables_of_uv() -> None:
    variables = install.variables_of_uv(
        [
            "global.index-url='https://name:word@registry.example/simple'",
            "global.extra-index-url='file:///one file:///two'",
            "global.find-links='\\n/wheels\\n/more'",
            "global.cert='/etc/certificates.crt'",
            "global.timeout='180'",
        ]
    )
    assert variables == {
        "UV_DEFAULT_INDEX": "https://name:word@registry.example/simple",
        "UV_INDEX": "file:///one file:///two",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/etc/certificates.crt",
        "UV_HTTP_TIMEOUT": "180",
    }


def test_the_environment_goes_before_install_and_install_before_all_commands() -> None:
    everywhere, here, now = "global.index-url='a'", "install.index-url='b'", ":env:.index-url='c'"
    assert install.variables_of_uv([now, here, everywhere]) == {"UV_DEFAULT_INDEX": "c"}
    assert install.variables_of_uv([here, everywhere]) == {"UV_DEFAULT_INDEX": "b"}
    assert install.variables_of_uv(["install.index-url=''", everywhere]) == {}


@pytest.mark.parametrize("name", ["client-cert", "proxy", "trusted-host", "no-index", "keyring-provider", "no-binary"])
def test_a_setting_that_uv_is_not_known_to_follow_leaves_it_to_pip(name: str) -> None:
    assert install.variables_of_uv([f"global.{name}='x'"]) is None
    assert install.variables_of_uv([f"freeze.{name}='x'"]) == {}  # for another command


def test_settings_without_effect_on_a_lock_do_not() -> None:
    assert install.variables_of_uv(["global.constraint='c.txt'", ":env:.disable-pip-version-check='1'"]) == {}


def test_a_line_that_cannot_be_read_leaves_it_to_pip() -> None:
    assert install.variables_of_uv(["global.index-url=it's"]) is None


def environment(folder: Path, pip: str, uv: str) -> Path:
    """One whose pip and uv are shell scripts that write down what they were asked for."""
    (folder / "bin").mkdir()
    config = (
        "case \"$*\" in *'config list'*) echo \"global.index-url='https://name:word@registry.example'\"; exit;; esac\n"
    )
    log = f'echo "$0 $*" | sed "s#^[^ ]*/bin/##" >> {folder}/log\n'
    for name, then in (
        ("python", config + log + pip),
        ("uv", log + f'echo "at $UV_DEFAULT_INDEX" >> {folder}/log\n' + uv),
    ):
        path = folder / "bin" / name
        path.write_text("#!/bin/sh\n" + then)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder


def installed(folder: Path) -> tuple[int, list[str], str]:
    """Exit code, commands that ran, and what was printed."""
    (folder / "requirements.lock").write_text(LOCK)
    command = (sys.executable, ROOT / "deploy/install.py", folder)
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False
    )
    return done.returncode, (folder / "log").read_text().splitlines(), done.stdout + done.stderr


def test_uv_comes_from_its_own_line_of_the_lock_and_installs_the_rest(tmp_path: Path) -> None:
    code, commands, printed = installed(
        environment(tmp_path, f"cat $(echo $* | sed 's/.*-r //') >> {tmp_path}/seen", "")
    )
    assert (code, printed) == (0, "")
    assert (tmp_path / "seen").read_text() == ENTRY_OF_UV.rstrip("\n")
    first, second, address = commands
    assert "-m pip install" in first
    assert "--require-hashes" in first
    assert second.startswith("uv pip install")
    assert "--require-hashes" in second
    assert "-r requirements.lock" in second
    assert address == "at https://name:word@registry.example"
    assert "word" not in first + second


def test_pip_goes_on_where_uv_fails(tmp_path: Path) -> None:
    code, commands, printed = installed(environment(tmp_path, "", f"mkdir {tmp_path}/uv-cache; exit 2"))
    assert code == 0
    assert "uv could not install the packages; pip does it now" in printed
    assert commands[-1].startswith("python -m pip install")
    assert commands[-1].endswith("--require-hashes -r requirements.lock")
    assert not (tmp_path / "uv-cache").exists()


def test_an_error_of_pip_ends_the_set_up(tmp_path: Path) -> None:
    code, commands, printed = installed(environment(tmp_path, "exit 7", ""))
    assert code == 7
    assert len(commands) == 2  # uv itself, then everything
    assert "Traceback" not in printed


def test_pip_says_itself_what_is_wrong_with_its_configuration(tmp_path: Path) -> None:
    broken = "case \"$*\" in *'config list'*) exit 3;; esac\n"
    folder = environment(tmp_path, "echo pip says why; exit 7", "")
    python = folder / "bin/python"
    python.write_text(python.read_text().replace("#!/bin/sh\n", "#!/bin/sh\n" + broken))
    code, commands, printed = installed(folder)
    assert (code, len(commands)) == (7, 1)
    assert printed == "pip says why\n"
