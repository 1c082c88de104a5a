"""Rotation while two clients open 20 connections a second each: an application, and a reader of a mounted Secret."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from testbed.drive import kubernetes, stack
from tests.cluster import rotating
from tests.cluster.conftest import NewStack


@dataclasses.dataclass(frozen=True)
class Course:
    """Everything that was seen, from the first `up` to the last."""

    first: Mapping[str, str]
    preview: stack.Result
    second: rotating.Situation
    discarded: Mapping[str, str]
    removal_refused: stack.Result
    third: rotating.Situation
    tables: str
    removal: stack.Result
    tallies: Mapping[str, Mapping[str, Any]]
    lost: stack.Result
    older_preview: stack.Result
    older: stack.Result
    urls: Sequence[Mapping[str, str]]


@pytest.fixture(scope="module")
def course(operator: None, namespace: str, new_stack: NewStack, cluster: kubernetes.Kubernetes) -> Course:
    owned = new_stack()
    owned.up(rotating.program(namespace, None))
    house = rotating.Household(owned, cluster, namespace)
    house.start_reader()
    first = house.urls()
    rotating.make_table(house, "zeroth")
    preview = owned.preview(rotating.program(namespace, "1"))
    second = house.rotate("1")
    rotating.make_table(house, "first")
    discarded = {name: rotating.make_table_as_login(house, name, url) for name, url in house.urls().items()}
    removal_refused = owned.preview(rotating.program(namespace, None), fails=True)
    third = house.rotate("2")
    tables = rotating.alter_tables(house)
    tallies = house.tallies()
    urls = [house.urls()]
    removal = owned.up(rotating.program(namespace, None))
    urls.append(house.urls())
    house.edit_state(rotating.without_credentials)
    lost = owned.up()
    urls.append(house.urls())
    house.edit_state(rotating.of_an_earlier_version)
    older_preview, older = owned.preview(), owned.up()
    urls.append(house.urls())
    return Course(
        first=first,
        preview=preview,
        second=second,
        discarded=discarded,
        removal_refused=removal_refused,
        third=third,
        tables=tables,
        removal=removal,
        tallies=tallies,
        lost=lost,
        older_preview=older_preview,
        older=older,
        urls=urls,
    )


def _login(url: str) -> tuple[str, str]:
    user, _, password = url.partition("//")[2].partition("@")[0].partition(":")
    return user, password


def test_the_two_logins_take_turns_with_a_new_password_each_time(course: Course) -> None:
    for name, owner in (("shop", "shop"), ("wiki", "keeper")):
        seen = [_login(urls[name]) for urls in (course.first, course.second.urls, course.third.urls)]
        assert [username for username, _ in seen] == [owner, f"{owner}_rotated", owner]
        assert len({password for _, password in seen}) == 3


def test_not_one_connection_failed(course: Course) -> None:
    pods = {name: list(tally.values()) for name, tally in course.tallies.items()}
    assert [one["first_failure"] for found in pods.values() for one in found if one["bad"]] == []
    # The Pods of the application are rolled by each rotation; the reader goes on.
    assert (len(pods["shop"]), len(pods["wiki"])) == (3, 1)
    for found in pods.values():
        assert sum(one["good"] for one in found) > 400, found


@pytest.mark.parametrize("name", rotating.NAMES)
def test_the_old_password_is_refused_afterwards(course: Course, name: str) -> None:
    for situation in (course.second, course.third):
        answer = situation.former[name]
        assert answer.code != 0
        assert "password authentication failed" in answer.output


def test_only_the_current_login_goes_on_for_longer(course: Course) -> None:
    assert course.second.roles == ["keeper|f", "keeper_rotated|", "shop|f", "shop_rotated|"]
    assert course.third.roles == ["keeper|t", "keeper_rotated|f", "shop|t", "shop_rotated|f"]


def test_what_either_login_made_belongs_to_the_owner(course: Course) -> None:
    assert course.discarded == {"shop": "shop_rotated", "wiki": "keeper_rotated"}
    assert course.tables.split() == ["shop", "keeper"]


def test_without_a_change_nothing_changes_after_a_rotation(course: Course) -> None:
    for situation in (course.second, course.third):
        assert situation.again.changed == {}


def test_a_preview_of_a_rotation_replaces_nothing_but_secrets(course: Course) -> None:
    planned = [one["resourcePreEvent"]["metadata"] for one in course.preview.events if "resourcePreEvent" in one]
    replaced = {one["type"] for one in planned if "replace" in one["op"]}
    assert replaced <= {"kubernetes:core/v1:Secret"}


def test_the_input_is_taken_out_while_the_owner_is_the_login_and_not_before(course: Course) -> None:
    (message,) = {text for _, text in course.removal_refused.diagnostics() if "passwordRotation" in text}
    assert "set another value" in message
    assert course.urls[1] == course.third.urls


def test_a_state_that_forgot_the_password_takes_it_over(course: Course) -> None:
    assert course.urls[2] == course.third.urls
    assert course.lost.changed.keys() <= {"create", "update"}


def test_a_state_of_an_earlier_version_keeps_its_password(course: Course) -> None:
    assert course.urls[3] == course.third.urls
    # The two passwords; and once the application and its wait, as that state has no key for the digest of its Pods.
    for result in (course.older_preview, course.older):
        assert result.changed in ({"update": 4, "delete": 1}, {"update": 4}), result.output
