"""`tau.instance.statistics`: what is run in every database, and what is told of tables that could not be analyzed."""

import pytest

from tau import errors
from tau.instance import statistics


def test_an_expression_that_never_ends_is_given_up_in_time() -> None:
    script = statistics.script(seconds=180, missing_only=False)
    assert 'PGOPTIONS="$PGOPTIONS -c statement_timeout=180s' in script
    assert script.index("export PGOPTIONS") < script.index("vacuumdb")


def test_tables_are_analyzed_one_by_one_only_where_vacuumdb_stops() -> None:
    script = statistics.script(seconds=1, missing_only=True)
    assert "vacuumdb --all --analyze-in-stages --quiet --missing-stats-only && exit 0" in script
    assert script.index("exit 0") < script.index("tau_failed")
    assert "query_canceled OR assert_failure OR others" in script


def test_other_lines_tell_of_no_table() -> None:
    assert statistics.failed("vacuumdb: processing\n\n") == []


def test_what_an_owner_has_written_stays_on_one_line_without_control_characters() -> None:
    written = 'not analyzed ["we ird", "public.\\"a\\nb\\"", "no\\nnot analyzed [] \\u001b]0;x\\u0007"]\n'
    assert statistics.failed(written) == ['public."a b" in database we ird (no not analyzed [] ]0;x )']


@pytest.mark.parametrize("text", ["x", "[1]", "{}", "1"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(errors.ClusterError, match="the collection of statistics wrote"):
        statistics.failed(f"{statistics.NOT_ANALYZED}{text}")


def test_a_warning_names_some_and_counts_the_others() -> None:
    text = statistics.warning("apps/main", [f"public.t{number}" for number in range(12)])
    assert "public.t9; and 2 more. Correct" in text
    assert "public.t10" not in text
