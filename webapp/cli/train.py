"""`cityloop train`: learn from closed cases which category a report belongs to."""

from __future__ import annotations

import click

from webapp.database import running
from webapp.settings import load_settings


@click.command()
def command() -> None:
    """从已办结的案件学习类别建议 / Learn from closed cases which category a report belongs to.

    Writes var/intake_model.npz; processes started afterwards use it. Without it the words of categories.csv suggest.
    """
    from engine.database import Database
    from webapp import learning

    with running(load_settings()) as settings:
        database = Database(settings.database_url, pool_size=1)
        try:
            taught = learning.examples(database)
        finally:
            database.close()
        try:
            model = learning.train(taught)
        except learning.TooLittle as problem:
            raise click.ClickException(str(problem)) from problem
        file = learning.save(model, settings.var_dir, settings.secret_key)
    click.echo(f"学习案件 / closed cases      {len(taught):>7}")
    click.echo(f"类别 / categories            {len(model.categories):>7}")
    try:
        click.echo(f"留出五分之一检验 / held out   {learning.accuracy(taught):>7.0%}")
    except learning.TooLittle:
        click.echo("案件太少，未检验 / too few cases to hold some out")
    click.echo(f"已写入 / written: {file.name}，重新启动后生效 / used after a restart")
