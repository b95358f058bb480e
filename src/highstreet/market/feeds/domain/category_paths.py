"""Which category of ours a feed means, by a table that a person wrote; nothing is matched by likeness."""

from collections.abc import Mapping

from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.spelling import fold, nearest

STEP = " > "
"""What stands between the steps of a path in the table."""


class CategoryReader:
    """The [categories] table of a mapping, ready for one look-up a row."""

    def __init__(self, categories: Mapping[str, str], separator: str | None = None) -> None:
        self._slugs = {_path(stated, STEP): slug for stated, slug in categories.items()}
        self._separator = separator

    def read(self, stated: str) -> str | None:
        """The slug of the longest beginning of the stated path that the table has, None for none of ours.

        Without a separator the whole text counts. Steps that are empty do not. Raises Unusable.
        """
        path = _path(stated, self._separator or STEP)
        for length in range(len(path), 0, -1) if self._separator else (len(path),):
            if (slug := self._slugs.get(path[:length])) is not None:
                return slug or None
        hint = nearest(STEP.join(path), [STEP.join(steps) for steps in self._slugs])
        raise Unusable(f"does not stand in [categories]{hint}")


def _path(text: str, separator: str) -> tuple[str, ...]:
    return tuple(step for part in text.split(separator) if (step := fold(part)))
