"""`tau.values.cron`: schedules that the operator understands, and a reason for each other one."""

import pytest

from tau.values import cron


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("0 3 * * *", "0 0 3 * * *"),
        ("*/5 * * * *", "0 */5 * * * *"),
        ("30 */10 1-5 1,15 JAN-mar mon-FRI", "30 */10 1-5 1,15 JAN-mar mon-FRI"),
        ("  0  3 * *  0 ", "0 0 3 * * 0"),
        ("0 3 ? * 6", "0 0 3 ? * 6"),
        ("10-50/10 3 * * *", "0 10-50/10 3 * * *"),
    ],
)
def test_five_fields_get_a_second_and_six_stay(given: str, written: str) -> None:
    assert cron.five_or_six(given) is None
    assert cron.with_seconds(given) == written


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "has 0 fields"),
        ("daily", "has 1 fields"),
        ("@daily", "use five, for example `0 3 * * *`"),
        ("0 0 3 * * * *", "has 7 fields"),
        ("60 3 * * *", "has '60' as minute; use `*`, or 0 to 59"),
        ("0 24 * * *", "'24' as hour"),
        ("60 0 3 * * *", "'60' as second"),
        ("0 3 0 * *", "'0' as day of the month"),
        ("0 3 * 13 *", "'13' as month; use `*`, or 1 to 12 or jan to dec"),
        ("0 3 * * 7", "'7' as day of the week; use `*`, or 0 to 6 or sun to sat"),
        ("0 3 * * jan", "'jan' as day of the week"),
        ("0 3 * mon *", "'mon' as month"),
        ("5-1 3 * * *", "'5-1' as minute"),
        ("*/0 3 * * *", "'*/0' as minute"),
        ("1" * 5000 + " 3 * * *", "as minute"),
        ("*/" + "1" * 5000 + " 3 * * *", "as minute"),
        ("1, 3 * * *", "'1,' as minute"),
        ("L 3 * * *", "'L' as minute"),
        ("-1 3 * * *", "'-1' as minute"),
    ],
)
def test_other_text_is_refused_with_what_to_write(given: str, says: str) -> None:
    assert says in (cron.five_or_six(given) or "")


def test_a_job_of_kubernetes_has_no_seconds() -> None:
    assert cron.five("0 3 * * *") is None
    assert "has 6 fields; use five" in (cron.five("0 0 3 * * *") or "")
