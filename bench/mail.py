"""The outbox against a bare loop: what it takes to hand waiting mails to a server beside making and sending the same ones with the library.

The server is a sink that says yes, in a process of its own, as is each sender: `python -m bench.mail sink|send|bare …` is one.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench import data, processes
from bench.report import Section, megabytes, ms, seconds, times
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.notify import mails, sending, services
from unionops.core.notify.models import Delivery
from unionops.core.notify.registry import notice_kind

COUNT = 20_000
AT_MOST = 4.0
"""How many times the bare loop the outbox may take: it reads, decrypts, writes the mail, and notes each one for good."""
FLAT = 1.2
"""How much more memory all of them may take at the peak than a tenth of them."""
KIND = notice_kind("bench.news", title="測試消息", choice=False)
SENDER = "office@union.example.tw"


def mailed(homes: data.Homes, kinds: Sequence[str], *, quick: bool) -> list[Section]:
    """Tells ``COUNT`` people, sends it all, and a tenth of it in a database of its own for the memory."""
    count = 60 if quick else COUNT
    section = Section(
        "Mail",
        f"{count:,} people are told of something by one call; then the job hands all mails to a local server that takes everything. Beside it a bare "
        "loop that makes the same mails with `email.message` and hands them to `smtplib` over one connection: no outbox, no encryption, nothing noted "
        "(a quarter of them before and a quarter after, times two). "
        f"At most {AT_MOST:g} times; memory at the peak at most {FLAT:g} times that of a tenth of them.",
        ("database", "mails", "told in", "sent in", "processor, each", "bare loop", "ratio", "at most", "memory", "of a tenth"),
    )
    for kind in kinds:
        with sink() as port:
            few = _alone("send", *_filled(homes, kind, count // 10)[0], port)
            where, telling = _filled(homes, kind, count)
            plain = [_alone("bare", *where, port)]
            sent = _alone("send", *where, port)
            plain.append(_alone("bare", *where, port))
        limit = sum(one["each"] for one in plain) / 2 * sent["count"]
        section.add(
            kind, f"{sent['count']:,}", seconds(telling), seconds(sent["taken"]), ms(sent["processor"] / sent["count"]), seconds(limit),
            times(sent["taken"] / limit), times(AT_MOST), megabytes(sent["peak"]), megabytes(few["peak"]),
            ok=None if quick else sent["taken"] <= AT_MOST * limit and sent["peak"] <= FLAT * few["peak"],
        )
    return [section]


def _filled(homes: data.Homes, kind: str, count: int) -> tuple[tuple[str, str], float]:
    """A database in which so many mails wait: its address and home, and how long it took to tell everybody."""
    app = homes.new(kind, f"mail_{count}")
    people = [services.Reader(f"會員{number:05}", f"m{number}@example.tw") for number in range(count)]
    with app.app_context():
        begun = perf_counter()
        with unit_of_work("bench", "bench"):
            services.tell(KIND, people, subject="會員代表大會開會通知", text="時間：115 年 12 月 1 日下午 2 時\n地點：本會會議室\n請攜帶印章。")
        taken = perf_counter() - begun
        db.session.remove()
        db.engine.dispose()
    return (processes.url_of(app), str(homes.folder)), taken


def _alone(*line: object) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.mail", *map(str, line)], cwd=processes.ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def sink() -> Iterator[int]:
    """A server that takes everything, until the end of the block; its port."""
    process = subprocess.Popen([sys.executable, "-m", "bench.mail", "sink"], cwd=processes.ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


# --- inside the processes ---------------------------------------------------------------------------------------------


async def _take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 sink\r\n")
    while line := await reader.readline():
        word = line[:4].upper().strip()
        if word == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
    writer.close()


async def _sink() -> None:
    server = await asyncio.start_server(_take, "127.0.0.1", 0, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _app(url: str, home: str, port: str) -> Flask:
    app = data.app_on(url, Path(home))
    app.config.update(SMTP_URL=f"smtp://127.0.0.1:{port}", MAIL_FROM=SENDER)
    return app


def send(url: str, home: str, port: str) -> dict[str, Any]:
    """The job, until nothing waits; its runs one after another instead of every minute."""
    count = 0
    with _app(url, home, port).app_context():
        begun, processor = perf_counter(), process_time()
        while (done := sending.run(clock.now() + timedelta(minutes=1))).sent:
            count += done.sent
        return {"taken": perf_counter() - begun, "processor": process_time() - processor, "count": count, "peak": processes.peak()}


def bare(url: str, home: str, port: str) -> dict[str, Any]:
    """A quarter of the same mails, made and handed in one after another."""
    with _app(url, home, port).app_context():
        count = (db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) or 0) // 4
        rows = [
            (row.name, row.address, row.subject, mails.body(row, "unionops"), row.message_id)
            for row in db.session.scalars(sa.select(Delivery).order_by(Delivery.id).limit(count))
        ]
    with smtplib.SMTP("127.0.0.1", int(port)) as server:
        begun = perf_counter()
        for name, address, subject, body, message_id in rows:
            made = EmailMessage(policy=SMTP)
            made["From"] = Address("unionops", addr_spec=SENDER)
            made["To"] = Address(name, addr_spec=address)
            made["Subject"] = subject
            made["Date"] = format_datetime(clock.now())
            made["Message-ID"] = f"<{message_id}@union.example.tw>"
            made["Auto-Submitted"] = "auto-generated"
            made["Content-Language"] = "zh-Hant-TW"
            made.set_content(body, cte="base64")
            server.sendmail(SENDER, [address], made.as_bytes())
        return {"each": (perf_counter() - begun) / count}


if __name__ == "__main__":
    if sys.argv[1] == "sink":
        asyncio.run(_sink())
    else:
        print(json.dumps({"send": send, "bare": bare}[sys.argv[1]](*sys.argv[2:])))
