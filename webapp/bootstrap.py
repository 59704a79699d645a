"""What has to be there before people come: schema, master data, definitions. Each is idempotent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import select

from engine import commands, tables
from engine.commands import Deployed
from engine.database import Database
from webapp import migrations, reference
from webapp.settings import Settings, load_settings
from webapp.wiring import wire

PATTERNS = ("*.bpmn", "*.dmn")


def migrate(database_url: str) -> None:
    """Bring the database to the newest schema."""
    migrations.run(database_url)


def load_reference(database_url: str, folder: Path, demo_password: str | None = None) -> list[str]:
    """Load the district's master data; the names of the files that had changed.

    In demo mode accounts without a password get the demo password.
    """
    settings = load_settings()
    password = demo_password if demo_password is not None else settings.demo_password if settings.demo else ""
    database = Database(database_url, pool_size=1)
    try:
        return reference.load(database, folder, PasswordHasher().hash(password) if password else None)
    finally:
        database.close()


def arm_starts(settings: Settings) -> None:
    """What starts by time asks the calendar and the policies: after they were loaded its moments are reckoned anew."""
    wiring = wire(settings)
    try:
        wiring.engine.execute(commands.ArmStarts(anew=True))
    finally:
        wiring.close()


def collect(processes: Path, forms: Path) -> dict[str, bytes]:
    """All files of a deployment: `city_case/city_case.bpmn`, `forms/city_case/….form` … → bytes."""
    found = {
        str(path.relative_to(processes)): path.read_bytes()
        for pattern in PATTERNS
        for path in sorted(processes.rglob(pattern))
    }
    found |= {f"forms/{path.relative_to(forms)}": path.read_bytes() for path in sorted(forms.rglob("*.form"))}
    return found


def deploy(
    database_url: str, folder: Path, actor: str = commands.SYSTEM, note: str = "", break_glass: str = ""
) -> Deployed:
    """Deploy the diagrams and decisions of `folder` and the forms; unchanged files keep their version.

    After the first load it needs a reason, `break_glass`.
    Raises InvalidDeployment with findings; then nothing has changed.
    """
    settings = replace(load_settings(), database_url=database_url, processes_dir=folder)
    wiring = wire(settings)
    try:
        files = collect(folder, settings.forms_dir)
        result: Deployed = wiring.engine.execute(commands.Deploy(files, actor, note, break_glass))
        return result
    finally:
        wiring.close()


@dataclass(frozen=True)
class DemoAccount:
    """Somebody to sign in as, and what for."""

    user_id: str
    display_name: str
    purpose: str


DEMO = {
    "SL01": "受理 accept",
    "PQ01": "派遣 dispatch",
    "PS-01": "处置 handle（排水公司）",
    "CGJ-01": "处置 handle（城管局）",
    "WG001001001": "核查 verify（榕树头社区）",
    "HF01": "回访 rate",
    "ZB01": "值班长 shift leader",
    "LC01": "流程负责人 process owner",
    "LC02": "流程审核人 process approver",
    "L01": "区领导 leader",
    "JC01": "集成工程师 integrator",
}


def demo_accounts(database_url: str) -> list[DemoAccount]:
    """The accounts a visitor needs to walk the loop, those that exist."""
    database = Database(database_url, pool_size=1)
    account = tables.account
    try:
        with database.reader() as connection:
            rows = connection.execute(select(account).where(account.c.user_id.in_(DEMO))).all()
    finally:
        database.close()
    names = {row.user_id: row.display_name for row in rows}
    return [DemoAccount(user, names[user], purpose) for user, purpose in DEMO.items() if user in names]
