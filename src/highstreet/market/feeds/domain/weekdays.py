"""On which days a row says that its deal is valid, as rules of the fine print."""

from collections.abc import Mapping

from highstreet.market.catalog.domain.fine_print import AskFirst, Days, NotOnHolidays, Rule
from highstreet.market.feeds.domain.mapping import WeekdaysTable
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.spelling import fold

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_VALID = frozenset({"1", "1.0", "true", "t", "yes", "y", "○", "◯", "✓"})
_NOT_VALID = frozenset({"0", "0.0", "false", "f", "no", "n", "\N{MULTIPLICATION SIGN}", "✗", "✕"})
_UNCLEAR = "unclear"
_Flag = bool | str | None


def weekday_rules(cells: Mapping[str, str | None], table: WeekdaysTable) -> tuple[Rule, ...]:
    """The rules that a row's flags amount to; none where they rule out nothing. Raises Unusable.

    A day that the row does not state, or whose flag the mapping calls unclear, is not ruled out.
    """
    flags = {day: _flag(cells.get(column), day, table) for day, column in table.days().items()}
    valid = tuple(number for number, day in enumerate(_WEEKDAYS, start=1) if flags.get(day) is not False)
    if not valid:
        raise Unusable("says that no weekday is valid", field="weekdays")
    found: list[Rule] = []
    if len(valid) < len(_WEEKDAYS):
        found.append(Days(valid))
    holidays, eves = flags.get("holidays"), flags.get("before_holidays")
    if holidays is False or eves is False:
        found.append(NotOnHolidays(holidays=holidays is False, eves=eves is False))
    unclear = tuple(number for number in valid if flags.get(_WEEKDAYS[number - 1]) == _UNCLEAR)
    if unclear or _UNCLEAR in {holidays, eves}:
        found.append(AskFirst(weekdays=unclear, holidays=holidays == _UNCLEAR, eves=eves == _UNCLEAR))
    return tuple(found)


def _flag(cell: str | None, day: str, table: WeekdaysTable) -> _Flag:
    stated = fold(cell or "")
    if not stated:
        return None
    if stated in {fold(flag) for flag in table.unclear}:
        return _UNCLEAR
    if stated in _VALID or stated in _NOT_VALID:
        return stated in _VALID
    raise Unusable("is neither `1` nor `0`, nor listed as unclear", field=f"weekdays.{day}", value=cell)
