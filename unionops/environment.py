"""The Python that the app runs in: ``.venv`` beside the code, with the locked packages.

Owns finding a Python that is new enough, making and refreshing ``.venv``, and going on inside it. Knows nothing of the app
and imports only the standard library, because it runs before anything is installed. Like ``__main__`` it must stay readable
for an old Python 3. It reads the environment by itself (HOME, PATH): ``config`` is about the app.
"""

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from importlib.util import find_spec

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "unionops.stamp")
LOG = os.path.join(VENV, "unionops-install.log")
INSTALLED_BY = ("pyproject.toml", "requirements.lock")
NO_NETWORK = (
    "name resolution",
    "NewConnectionError",
    "nodename nor servname",
    "Network is unreachable",
    "timed out",
    "from versions: none",
)


def enter(arguments, extra=""):
    """Returns when this process runs inside ``.venv``; otherwise makes the environment ready and starts again inside it.

    ``arguments`` are those of the command; ``extra`` is the group of optional packages it needs. What cannot be mended
    ends the process with status 2 and a line that says what to type.
    """
    os.chdir(ROOT)
    if os.path.realpath(sys.prefix) == os.path.realpath(VENV):
        return
    if sys.version_info < OLDEST:
        _start_newer_python(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Told to end, it first ends the installation under way.
    try:
        with locked(ROOT):
            _settle_home()
            _prepare(extra)
    except KeyboardInterrupt:
        stop("\n已中斷，下次會接著完成。Interrupted; the next start takes it up again.")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT):
            raise
        stop(f"這個資料夾不能寫入。The folder cannot be written: {error.filename or ROOT} ({error.strerror})", *_ELSEWHERE)
    os.execv(PYTHON, [PYTHON, "-m", "unionops", *arguments])


_ELSEWHERE = (
    "請把程式放到自己可以寫入、空間足夠的資料夾再執行。Put the program where you may write and where there is room. Type:",
    "    cp -R '" + ROOT + "' ~/unionops && cd ~/unionops && python3 -m unionops up",
)


def stop(*lines):
    """Ends the process with status 2 after saying why, and what to do."""
    print("\n".join(lines), file=sys.stderr)
    raise SystemExit(2)


def is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages):
    """Installs Debian packages; true when that worked. Only for root on a machine with apt."""
    if not (is_root() and shutil.which("apt-get")):
        return False
    print("正在安裝系統套件。Installing: " + " ".join(packages))
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for line in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "--no-install-recommends", *packages]):
        done = subprocess.run(line, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print(done.stdout.decode(errors="replace")[-2000:], file=sys.stderr)
    return done.returncode == 0


@contextmanager
def locked(folder):
    """Only one process at a time works on this folder; the others wait here. Ends with the process, however that ends."""
    try:
        import fcntl
    except ImportError:
        yield  # A system without it: two starts at once are then the user's business.
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("另一個程序正在準備，請稍候。Another start is getting ready; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass  # A network folder without locks.
        yield
    finally:
        os.close(handle)


def end_with_parent():
    """Ends this process when the one that holds its standard input is gone, even if that was killed."""

    def wait():
        while os.read(0, 1):  # Not sys.stdin: its lock, held by a waiting thread, breaks the end of the interpreter.
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="end-with-parent").start()


def _start_newer_python(arguments):
    for minor in range(19, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, "-m", "unionops", *arguments])
    stop(
        "需要 Python 3.11 以上。Python 3.11 or newer is needed.",
        f"這是 This is {sys.version.split()[0]} ({sys.executable}).",
        "Debian/Ubuntu: apt install python3 python3-venv    macOS: brew install python@3.13",
    )


def _settle_home():
    """Gives this process and its children a home folder that exists and can be written: pip, browsers and offices need one."""
    home = os.environ.get("HOME", "")
    if home and os.path.isdir(home) and os.access(home, os.W_OK):
        return
    home = os.path.join(VENV, "home")
    os.makedirs(home, exist_ok=True)
    os.environ["HOME"] = home


def _prepare(extra):
    version = _venv_version()
    extra = extra or _stamp().partition(" ")[2]  # What was once added for the tests is kept up to date too.
    if version and _stamp() == _wanted(version, extra):
        return
    if not os.access(ROOT, os.W_OK):
        stop("這個資料夾不能寫入。The folder cannot be written: " + ROOT, *_ELSEWHERE)
    started = time.monotonic()
    if not version:
        _make_venv()
        version = _venv_version()
    if os.path.exists(STAMP):
        os.remove(STAMP)  # Until the installation is whole again, a start must not believe that it is.
    print("正在安裝套件，第一次約需一分鐘… Installing packages; the first time takes about a minute.")
    _install(f".[{extra}]" if extra else ".")
    with open(STAMP, "w") as file:
        file.write(_wanted(version, extra))
    print(f"套件已就緒。Packages are ready ({time.monotonic() - started:.0f} s).")


def _wanted(version, extra):
    """What the stamp says when nothing needs to be installed. The place counts: a moved checkout must be installed anew."""
    digest = hashlib.sha256("\n".join((version, ROOT)).encode("utf-8", "surrogateescape"))
    for name in INSTALLED_BY:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest() + " " + extra


def _stamp():
    try:
        with open(STAMP) as file:
            return file.read()
    except OSError:
        return ""


def _venv_version():
    """Version of the Python in ``.venv``; empty if there is none that works and is new enough (the system's may have moved on)."""
    ask = f"import sys, pip; print(*sys.version_info[:2]) if sys.version_info >= {OLDEST} else sys.exit(1)"
    try:
        done = subprocess.run([PYTHON, "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def _make_venv():
    if not (find_spec("venv") and find_spec("ensurepip")):  # Debian keeps them in a package of their own.
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install([package]):
            stop(
                "這部電腦的 Python 缺少 venv。The Python of this machine lacks venv. Type:",
                "    brew install python@3.13" if sys.platform == "darwin" else f"    sudo apt install python3-venv        (or: {package})",
            )
    print("正在建立 .venv。Making .venv.")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        stop(f"無法建立 {VENV}。It could not be made:", done.stdout.decode(errors="replace").strip())
    _settle_home()  # --clear may have taken the home folder away.


def _install(what):
    line = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    line += ["--constraint", "requirements.lock", "--editable", what]
    for attempt in (1, 2):
        with open(LOG, "wb") as log:
            done = subprocess.run(line, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        if done.returncode == 0:
            return
        if attempt == 1:
            print("安裝未成功，再試一次… That did not work; trying once more.")
    with open(LOG, errors="replace") as log:
        said = log.read()
    if any(word in said for word in NO_NETWORK):
        stop(
            "連不上套件來源，請確認網路後再執行一次。",
            f"The package index cannot be reached; check the network and run this again ({LOG}).",
            "經代理伺服器上網時 Behind a proxy, type:",
            "    HTTPS_PROXY=http://proxy:3128 python3 -m unionops up",
        )
    stop(f"套件安裝失敗。The packages could not be installed ({LOG}):", said[-2000:])
