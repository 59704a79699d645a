"""What a report says: danger, place, category, duplicates. Words and codes are the district's data, never written here.

`Intake` is made once from the reference data; everything it answers is a plain context that diagrams and forms read.
"""

from engine.intake.district import Classify, Intake, build, read
from engine.intake.screening import Screening, screen
from engine.intake.spelling import Spelling
from engine.intake.words import Vocabulary

__all__ = ["Classify", "Intake", "Screening", "Spelling", "Vocabulary", "build", "read", "screen"]
