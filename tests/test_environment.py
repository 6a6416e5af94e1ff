"""The launcher: readable by an old Python, standard library only, and right about what has to be installed."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from unionops import environment

ROOT = Path(environment.ROOT)
LAUNCHER = ["unionops/__init__.py", "unionops/__main__.py", "unionops/environment.py"]


@pytest.mark.parametrize("name", LAUNCHER)
def test_an_old_python_can_read_the_launcher(name):
    ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_the_launcher_needs_only_the_standard_library():
    # -S: without site-packages; -I: without the caller's environment.
    ask = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import unionops.environment, unionops.__main__"
    subprocess.run([sys.executable, "-I", "-S", "-c", ask], check=True)


def test_help_works_from_any_folder_without_installing(tmp_path):
    said = subprocess.run([sys.executable, str(ROOT / "unionops"), "help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "up [--empty]" in said.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout in another place, with nothing installed."""
    for name in environment.INSTALLED_BY:
        (tmp_path / name).write_text("one")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(environment, "ROOT", str(tmp_path))
    monkeypatch.setattr(environment, "VENV", str(tmp_path / ".venv"))
    return tmp_path


@pytest.mark.parametrize("name", environment.INSTALLED_BY)
def test_a_changed_lock_or_project_file_is_installed_again(checkout, name):
    before = environment._wanted("3.11", "")
    assert environment._wanted("3.11", "") == before
    (checkout / name).write_text("two")
    assert environment._wanted("3.11", "") != before


def test_another_python_and_more_packages_are_installed_again(checkout):
    wanted = {environment._wanted("3.11", ""), environment._wanted("3.12", ""), environment._wanted("3.11", "test")}
    assert len(wanted) == 3


def test_a_moved_checkout_is_installed_again(checkout, monkeypatch):
    before = environment._wanted("3.11", "")
    monkeypatch.setattr(environment, "ROOT", f"{checkout}/.")
    assert environment._wanted("3.11", "") != before


@pytest.mark.parametrize("home", ["", "/nonexistent/home"])
def test_a_missing_home_folder_is_replaced(checkout, monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    environment._settle_home()
    assert Path(environment.os.environ["HOME"]) == checkout / ".venv" / "home"
    assert (checkout / ".venv" / "home").is_dir()


def test_a_good_home_folder_is_kept(checkout, monkeypatch, tmp_path_factory):
    home = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)
    environment._settle_home()
    assert environment.os.environ["HOME"] == home


def test_one_process_at_a_time_works_on_a_folder(tmp_path):
    order = []

    def second():
        with environment.locked(tmp_path):
            order.append("second")

    with environment.locked(tmp_path):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(timeout=0.3)
        assert waiting.is_alive()
        order.append("first")
    waiting.join(timeout=5)
    assert order == ["first", "second"]


def test_stopping_says_why_and_ends_with_status_2(capsys):
    with pytest.raises(SystemExit) as ended:
        environment.stop("缺少 venv。", "    sudo apt install python3-venv")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "缺少 venv。\n    sudo apt install python3-venv\n"


def test_a_child_ends_with_its_parent():
    code = "from unionops import environment; import time; environment.end_with_parent(); print('up', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"up\n"
    child.stdin.close()  # As the system does when the parent is killed.
    assert child.wait(timeout=10) == -15
    child.stdout.close()


# --- a bare machine, in a process of its own --------------------------------------------------------------------------

UP = "from unionops import __main__, environment; __main__.main(['up'])"


@pytest.fixture
def bare() -> Iterator[Path]:
    """A checkout that holds only what the launcher needs, in a folder that every user of the machine may read."""
    folder = Path(tempfile.mkdtemp(prefix="unionops-bare-"))
    for name in [*LAUNCHER, *environment.INSTALLED_BY]:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def start(folder: Path, before: str = "", **settings: str) -> str:
    """What ``up`` says there, with nothing but the standard library and an empty PATH, when it gives up with status 2."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {before}{UP}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=folder, env={"PATH": "", "HOME": str(folder), **settings}, capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
@pytest.mark.parametrize(("system", "line"), [("linux", "    sudo apt install python3-venv"), ("darwin", "    brew install python@3.13")])
def test_a_python_without_venv_names_the_package(bare, module, system, line):
    said = start(bare, f"sys.modules[{module!r}] = None; sys.platform = {system!r}; ")
    assert line in said
    assert not (bare / ".venv" / "bin").exists()


def test_a_python_that_is_too_old_names_the_newer_one(bare):
    said = start(bare, "sys.version_info = (3, 9, 2); ")
    assert "apt install python3 python3-venv" in said
    assert "brew install python@3.13" in said


def test_a_folder_without_the_right_to_write_names_another_place(bare):
    bare.chmod(0o555)
    leave = "import os, fcntl, unionops.environment; os.setuid(65534); " if os.geteuid() == 0 else ""  # The administrator may write anywhere.
    said = start(bare, leave, LC_ALL="C.UTF-8")
    assert f"    cp -R '{bare}' ~/unionops && cd ~/unionops && python3 -m unionops up" in said


def test_without_a_network_the_run_ends_and_can_be_repeated(bare):
    said = start(
        bare, PIP_CONFIG_FILE=os.devnull, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0", PIP_NO_CACHE_DIR="1", LC_ALL="C.UTF-8"
    )
    assert "check the network and run this again" in said
    assert (bare / ".venv" / "unionops-install.log").exists()
    assert not (bare / ".venv" / "unionops.stamp").exists()
