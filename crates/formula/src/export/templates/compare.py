def _compare(precision, found):
    """The largest error relative to 1 + |value|; raises AssertionError at the first value that is off by more than the table allows."""
    worst = 0.0
    for (what, wanted, allowed), values in zip(EXPECTED, found):
        assert len(values) == len(wanted), f"{what} has {len(values)} values, the table {len(wanted)}"
        for place, (value, exact, single) in enumerate(zip(values, wanted, allowed)):
            tolerance = single if precision == "float32" else 1e-9 * (1.0 + abs(exact or 0.0))
            if exact is None or tolerance is None:
                continue
            error = abs(value - exact)
            assert error <= tolerance, f"{precision}: {what} at place {place} is {value!r}, the table says {exact!r} (within {tolerance:.1e})"
            worst = max(worst, error / (1.0 + abs(exact)))
    return worst
