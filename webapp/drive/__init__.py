"""Plays the district's staff and citizens over HTTP, through the same pages that people use.

| Module | What it does |
|---|---|
| `pages.py` | reads what Cityloop answers |
| `client.py` | one signed-in member of staff |
| `citizens.py` | those who report and rate |
| `desk.py` | how a person fills in any form |
| `rules.py` | what people write into the forms of the main loop |
| `roster.py` | who holds which post |
| `play.py` | everybody at work until every appeal is answered |

It knows Cityloop only by its addresses; nothing here touches the engine or the database.
"""
