"""What can be wrong with a question put to the clocks."""

from __future__ import annotations

from engine.errors import EngineError


class ClockError(EngineError):
    """A deadline cannot be computed; `code` says why, the messages say what to do.

    Codes: `clock.calendar_missing` (a date outside the imported calendar), `clock.unknown_clock`,
    `clock.unit_mismatch` (a unit the clock does not count in), `clock.naive_time` (a moment without a time
    zone), `clock.negative_limit`, `clock.standing_still` (the clock is paused with no end, so no deadline
    exists), `clock.bad_pause` (a pause that ends before it begins), `clock.bad_calendar`.
    """

    def __init__(self, code: str, message_zh: str, message_en: str) -> None:
        super().__init__(message_zh, message_en)
        self.code = code


def calendar_missing(year: int) -> ClockError:
    return ClockError(
        "clock.calendar_missing",
        f"工作日历没有 {year} 年的数据，请先导入 {year} 年的节假日与调休安排。",
        f"The working calendar has no days of {year}; import the holidays and make-up days of {year} first.",
    )


def standing_still() -> ClockError:
    return ClockError(
        "clock.standing_still",
        "时钟正在暂停且没有恢复时间，暂无到期时间；恢复后再计算。",
        "The clock is paused with no end, so there is no deadline now; ask again after it resumes.",
    )
