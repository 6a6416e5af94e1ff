"""The commands: ``python3 -m unionops up | test | jobs | help``, and every ``flask`` command of the app.

Owns the choice of command. Standard library only, and written so that an old Python 3 can read it far enough to be told
that it is too old. What a machine needs first is :mod:`unionops.environment`; what runs afterwards is imported late.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

HELP = """\
python3 -m unionops up [--empty] [--port N]   set up if needed, then serve on http://127.0.0.1:8000
python3 -m unionops test [pytest arguments]   set up if needed, then run every check and test
python3 -m unionops backup [--to FILE]        one encrypted file with data, files and keys
python3 -m unionops restore FILE              the way back; checked first, nothing is overwritten
python3 -m unionops setup-code                a new code for the set-up of a new union
python3 -m unionops jobs                      the scheduler alone (`up` starts it by itself)
python3 -m unionops COMMAND ...               a command of the app; `db ...` are those of its schema
python3 -m unionops help                      this page; `... --help` lists the commands of the app

Settings (environment): PORT, DATABASE_URL, UNIONOPS_HOME; all of them: docs/settings.md
"""


def main(arguments):
    """Runs one command; the return value is the exit status."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if command in ("help", "-h"):
        print(HELP, end="")
        return 0

    from unionops import environment

    environment.enter(arguments, extra="test" if command == "test" else "")  # Returns only inside .venv.
    if command == "up":
        from unionops import serve

        return serve.main(rest)
    if command == "test":
        from tests import run

        return run.main(rest)
    if command == "jobs" and rest in ([], ["--with-parent"]):  # With more words it is a command of the app: jobs list, jobs run …
        if rest:
            environment.end_with_parent()
        from unionops.app import create_app
        from unionops.core.jobs import scheduler

        scheduler.run(create_app())
        return 0
    from flask.cli import FlaskGroup

    return FlaskGroup(create_app=_app_for_commands).main(arguments, prog_name="python3 -m unionops")


def _app_for_commands():
    from unionops.app import create_app
    from unionops.core import migrations

    app = create_app()
    migrations.attach(app)  # For the `db` commands.
    return app


if __name__ == "__main__":
    if not __package__:  # Started by the folder's path: Python then put unionops/ itself first on the path.
        sys.path.pop(0)
    if ROOT not in sys.path:
        sys.path.insert(0, ROOT)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", line_buffering=True)  # A terminal without Chinese shows "?" instead of failing.
    sys.exit(main(sys.argv[1:]))
