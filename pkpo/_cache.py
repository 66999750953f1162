"""Tables that are worth keeping between calls, bounded by the bytes they hold."""

from functools import cache, wraps

LIMIT = 2**26  # bytes that all tables together may hold: 64 MiB
_ENTRY = 512  # bytes of a table that is kept, besides its numbers

_kept = []
_held = 0


def kept(make):
    """Keep the tables that a function returns, until all that is kept is more than `LIMIT`.

    Then all of them are forgotten but the newest, which may be larger than the limit by itself.
    """

    @cache
    @wraps(make)
    def keep(*arguments):
        table = make(*arguments)
        _hold(_ENTRY + 8 * table.shape[0])
        return table

    _kept.append(keep)
    return keep


def _hold(size):
    global _held
    _held += size
    if _held > LIMIT:
        for keep in _kept:
            keep.cache_clear()
        _held = size
