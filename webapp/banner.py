"""What the one-command start prints when everything runs."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.settings import Settings


def text(settings: Settings, accounts: Sequence[Sequence[str]]) -> str:
    """Addresses and, in demo mode, who can sign in: (user name, display name, what for)."""
    lines = ["", "城市闭环 Cityloop 已启动 / is running", f"  工作人员 / staff     {settings.base_url}/login"]
    lines.append(f"  市民 / citizens      {settings.base_url}/")
    if settings.demo:
        lines.append(f"  热线模拟 / hotline   http://127.0.0.1:{settings.simulator_port}/")
        lines += ["", *_accounts(settings, accounts)]
    where = settings.var_dir / "postgres" if settings.embedded else "DATABASE_URL"
    lines += ["", f"  数据 / data          {where}", "  停止 / stop          Ctrl-C", ""]
    return "\n".join(lines)


def _accounts(settings: Settings, accounts: Sequence[Sequence[str]]) -> list[str]:
    width = max((len(user) for user, _, _ in accounts), default=0)
    return [
        f"  演示账号 / demo accounts (密码 / password: {settings.demo_password})",
        *(f"    {user:<{width}}  {purpose}  {name}" for user, name, purpose in accounts),
    ]
