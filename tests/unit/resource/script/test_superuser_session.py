"""`tau.resource.script.superuser_session`: what every session of `postgres` sets, whatever the owner of a database
set."""

from tau.resource.script import superuser_session


def test_nothing_of_the_owner_is_found_by_its_name() -> None:
    options = superuser_session.options()
    for setting in ("search_path=", "role=none", "standard_conforming_strings=on", "lock_timeout=0"):
        assert f"-c {setting}" in f"{options} "


def test_further_settings_win() -> None:
    options = superuser_session.options(statement_timeout="5s")
    assert "-c statement_timeout=5s" in options
    assert "statement_timeout=0" not in options
