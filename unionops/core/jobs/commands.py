"""``flask --app wsgi jobs …``: what there is, run one now, work the waiting tasks."""

from __future__ import annotations

import sys

import click

from unionops.core import clock
from unionops.core.cli import command
from unionops.core.clock import in_taipei
from unionops.core.jobs import running, tasks
from unionops.core.jobs.registry import JOBS


@command
@click.group()
def jobs() -> None:
    """Jobs by the clock, and background tasks."""


@jobs.command("list")
def show() -> None:
    """All jobs, when each is due, and the next time."""
    for job in sorted(JOBS.values(), key=lambda one: one.name):
        due = job.next_due(clock.now())
        click.echo(f"{job.name:<32} {job.cron:<16} {in_taipei(due):%Y-%m-%d %H:%M}" if due else f"{job.name:<32} {job.cron:<16} -")


@jobs.command("run")
@click.argument("name")
def run(name: str) -> None:
    """Run a job now, beside its times. Exit status 1 when it failed, 2 when there is no such job."""
    if name not in JOBS:
        raise click.UsageError(f"no job {name!r}; there are: {', '.join(sorted(JOBS))}")
    sys.exit(0 if running.run_now(name, "命令列", clock.now()) else 1)


@jobs.command("work")
@click.option("--once", is_flag=True, help="Only the tasks that wait now, then end.")
def work(once: bool) -> None:
    """Work the waiting background tasks until none is left; without --once, wait for more."""
    import time

    while True:
        while tasks.work_once():
            pass
        tasks.give_up_stale(clock.now())
        if once:
            return
        time.sleep(1)
