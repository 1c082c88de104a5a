"""One grammar and one message for every duration."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tau import errors
from tau.cleanup import inputs as cleanup_inputs
from tau.credentials import rotation
from tau.health import function as health_function
from tau.monitoring import inputs as monitoring_inputs
from tau.types.postgres import Cleanup, Monitoring
from tau.values import duration

UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


@given(st.dictionaries(st.sampled_from(sorted(UNITS)), st.integers(0, 99999), min_size=1))
def test_parts_add_up(parts: dict[str, int]) -> None:
    text = "".join(f"{parts[unit]}{unit}" for unit in UNITS if unit in parts)
    assert duration.seconds(text) == sum(UNITS[unit] * count for unit, count in parts.items())
    assert duration.checked(text) == duration.seconds(text)


@pytest.mark.parametrize("text", ["", "7", "1.5h", "-1h", "1 h", "1h ", "30m1h", "1h1h", "1y", "1ms", "1H", "٣h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert duration.seconds(text) is None
    with pytest.raises(ValueError, match="is not a duration"):
        duration.checked(text)


def told(check: Callable[[errors.Problems], object]) -> list[str]:
    """What a check notes."""
    problems = errors.Problems()
    check(problems)
    return [one.reason for one in problems]


def after(value: str) -> list[str]:
    """What `cleanup.after` is told."""
    return told(lambda problems: cleanup_inputs.check(Cleanup(after=value), problems))


def backup_timeout(value: str) -> list[str]:
    """What `cleanup.backupTimeout` is told."""
    return told(lambda problems: cleanup_inputs.check(Cleanup(backup_timeout=value), problems))


def overlap(value: str) -> list[str]:
    """What `passwordOverlap` is told."""
    return told(
        lambda problems: rotation.check(
            problems, rotation="a", overlap=value, password=None, owner="app", owner_path="owner"
        )
    )


def interval(value: str) -> list[str]:
    """What `monitoring.interval` is told."""
    return told(lambda problems: monitoring_inputs.check(Monitoring(interval=value), problems))


def backup_max_age(value: str) -> list[str]:
    """What `monitoring.backupMaxAge` is told."""
    return told(lambda problems: monitoring_inputs.check(Monitoring(backup_max_age=value), problems))


def of_health(value: str) -> list[str]:
    """What `backupMaxAge` of `getHealth` is told."""
    return [found] if (found := health_function.MAX_AGE(value)) else []


EVERY = (after, backup_timeout, overlap, interval, backup_max_age, of_health)


@pytest.mark.parametrize("check", EVERY)
@pytest.mark.parametrize("text", ["90s", "1h30m", "1d12h", "2w", "1w1d1h1m1s", "3650d"])
def test_every_input_reads_the_same_grammar(check: Callable[[str], list[str]], text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize("check", EVERY)
@pytest.mark.parametrize("text", ["", "7", "an hour", "1.5h", "30m1h"])
def test_every_input_has_the_same_message(check: Callable[[str], list[str]], text: str) -> None:
    (message,) = check(text)
    assert "is not a duration; use whole numbers with `w`, `d`, `h`, `m` and `s`, for example `" in message


@pytest.mark.parametrize("check", EVERY)
@pytest.mark.parametrize("text", ["36501d", "999999999w"])
def test_no_input_takes_more_than_a_hundred_years(check: Callable[[str], list[str]], text: str) -> None:
    (message,) = check(text)
    assert "is too long; use at most `3650" in message
