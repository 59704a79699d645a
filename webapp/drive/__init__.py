"""Plays the district's staff and citizens over HTTP, through the same pages that people use.

| Module | What it does |
|---|---|
| `pages.py` | reads pages: work lists, task forms, what a search shows |
| `client.py` | one signed-in person; one citizen |
| `desk.py` | how a person fills in a form |
| `roster.py` | who holds which post |
| `play.py` | everybody at work until every appeal is answered |

It knows Cityloop only by its addresses; nothing here touches the engine or the database.
"""
