"""The worker: takes jobs from the queue and carries them through the engine's door; ticks the local clock.

Procrastinate brings jobs at least once (also those of a worker that died: the rescue tick); every command they issue
is harmless when repeated. APScheduler is this process's clock for ticks that hold no business state.
Source: storage measurements, “Procrastinate rules”.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from datetime import datetime

import procrastinate
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import make_url

from engine import commands, timers
from engine.errors import Conflict, EngineError
from webapp import housekeeping
from webapp.settings import Settings
from webapp.wiring import Wiring, wire

log = logging.getLogger("cityloop.worker")
CONCURRENCY = 4
HEARTBEAT = 3.0
STALLED_AFTER = 10.0


def create_app(wiring: Wiring) -> procrastinate.App:
    """The queue with its kinds of work: jobs to deliver, timers to fire, processes to start."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo(wiring.settings.database_url)))

    @app.task(name="job.deliver", queue="job")
    def deliver(job_id: int) -> None:
        wait = wiring.courier.carry(job_id)
        if wait is not None:
            deliver.configure(schedule_in={"milliseconds": int(wait * 1000)}).defer(job_id=job_id)

    @app.task(name="timer.fire", queue="timer")
    def fire(timer_id: int) -> None:
        try:
            wiring.engine.execute(commands.FireTimer(timer_id))
        except Conflict:
            log.info("timer %s finds its work order moved on", timer_id)
        except EngineError as error:
            wiring.engine.execute(commands.FailTimer(timer_id, error.zh))

    @app.task(name="timer.start", queue="timer")
    def start(start_id: int, due_at: str) -> None:
        moment = datetime.fromisoformat(due_at)
        try:
            wiring.engine.execute(commands.StartByTime(start_id, moment))
        except Conflict:
            log.info("start %s was served meanwhile", start_id)
        except EngineError as error:
            log.error("start %s failed: %s", start_id, error)
            wiring.engine.execute(commands.FailStart(start_id, moment, error.zh))

    return app


def conninfo(url: str) -> str:
    """A SQLAlchemy address as psycopg wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def promote(wiring: Wiring) -> None:
    """Queue what is due."""
    while True:
        with wiring.engine.database.transaction() as transaction:
            timers.promote_starts(transaction, wiring.clock())
            if timers.promote(transaction, wiring.clock()) < timers.BATCH:
                return


def schedule(wiring: Wiring) -> BackgroundScheduler:
    """The ticks of one worker process. Any number of workers may tick: each tick is idempotent."""
    ticks = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60})
    ticks.add_job(_quiet(promote), "interval", seconds=1, args=[wiring], id="promote timers")
    ticks.add_job(_quiet(housekeeping.requeue), "interval", seconds=10, args=[wiring], id="requeue")
    ticks.add_job(_quiet(housekeeping.daily), "interval", hours=6, args=[wiring], id="housekeeping")
    return ticks


def _quiet(tick: Callable[[Wiring], None]) -> Callable[[Wiring], None]:
    """A tick that fails is logged and comes again: PostgreSQL may be restarting."""

    def run(wiring: Wiring) -> None:
        try:
            tick(wiring)
        except Exception:
            log.exception("tick %s failed; it is tried again", tick.__name__)

    return run


async def rescue(app: procrastinate.App) -> None:
    """Jobs whose worker has died go back into the queue."""
    while True:
        await asyncio.sleep(5)
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
                log.warning("job %s was left by a worker that died; it goes back into the queue", job.id)
                await app.job_manager.retry_job(job)
        except Exception:
            log.exception("rescue tick failed; it is tried again")


async def work(wiring: Wiring) -> None:
    """Run until told to stop."""
    app = create_app(wiring)
    ticks = schedule(wiring)
    ticks.start()
    async with app.open_async():
        rescuing = asyncio.create_task(rescue(app))
        try:
            await app.run_worker_async(
                queues=["job", "timer"],
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                fetch_job_polling_interval=2.0,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED_AFTER,
                install_signal_handlers=True,
            )
        finally:
            rescuing.cancel()
            ticks.shutdown(wait=False)


def run(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wiring = wire(settings)
    try:
        asyncio.run(work(wiring))
    except KeyboardInterrupt:
        log.info("stopped")
    finally:
        wiring.close()
