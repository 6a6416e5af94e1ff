"""A process that sends what waits: ``python -m tests.core.notify.work DATABASE HOME SMTP_URL``. It can be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from config import TestConfig
from unionops.app import create_app
from unionops.core import clock
from unionops.core.notify import sending


def main(database: str, home: str, server: str) -> None:
    config = TestConfig(database, home=Path(home))
    config.SMTP_URL, config.MAIL_FROM = server, "office@union.example"
    with create_app(config).app_context():
        print("ready", flush=True)
        sys.stdin.readline()
        print(sending.run(clock.now()), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
