"""The launcher: readable by an old Python, standard library only, and right about what has to be installed."""

import ast
import subprocess
import sys
import threading
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
