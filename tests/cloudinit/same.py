"""Equality of loaded YAML that sees types, order and signs."""
import math


def same(a, b):
    """True where nothing could tell a from b: True is not 1, and order counts."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return same(list(a), list(b)) and same(list(a.values()), list(b.values()))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, set):
        return same(sorted(a, key=repr), sorted(b, key=repr))
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    return repr(a) == repr(b)


def holds(whole, part):
    """True where `part` is in `whole` as the merge rule says: maps deep, lists at the end."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(any(same(k, key) and holds(v, value) for k, v in whole.items())
                   for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return same(whole[len(whole) - len(part):], part)
    return same(whole, part)
