"""SelfSignedCertificate in the plugin process: what the engine sees of a pair that is made, kept and renewed."""

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import proto

from testbed.drive import plugin, property_map

URN = "urn:pulumi:dev::garden::tau:postgres:Operator$tau:postgres:SelfSignedCertificate::server"
INPUTS = property_map.struct({"commonName": "barman-cloud", "dnsNames": ["barman-cloud"]})
ALL = ["certificate", "expires", "privateKey", "renewFrom", "rotation"]


@pytest.fixture
def made(tau: plugin.Plugin) -> proto.CreateResponse:
    assert not tau.calls.Check(proto.CheckRequest(urn=URN, news=INPUTS)).failures
    response: proto.CreateResponse = tau.calls.Create(proto.CreateRequest(urn=URN, properties=INPUTS))
    return response


def _due(recorded: struct_pb2.Struct) -> struct_pb2.Struct:
    """The same outputs when it is time to renew."""
    found = struct_pb2.Struct()
    found.CopyFrom(recorded)
    found.update({"renewFrom": "2000-01-01T00:00:00+00:00"})
    return found


def test_the_key_is_a_secret_and_the_certificate_is_not(made: proto.CreateResponse) -> None:
    assert made.id
    assert sorted(made.properties) == ALL
    assert [name for name in ALL if property_map.is_secret(made.properties, name)] == ["privateKey"]
    assert property_map.plain(made.properties)["certificate"].startswith("-----BEGIN CERTIFICATE-----")


def test_it_stays_until_it_is_due_and_a_preview_knows_nothing_of_the_next(
    tau: plugin.Plugin, made: proto.CreateResponse
) -> None:
    same = proto.DiffRequest(id=made.id, urn=URN, olds=made.properties, old_inputs=INPUTS, news=INPUTS)
    assert tau.calls.Diff(same).changes == proto.DiffResponse.DIFF_NONE
    due = proto.DiffRequest(id=made.id, urn=URN, olds=_due(made.properties), old_inputs=INPUTS, news=INPUTS)
    found = tau.calls.Diff(due)
    assert (list(found.diffs), list(found.replaces)) == (ALL, [])
    update = proto.UpdateRequest(
        id=made.id, urn=URN, olds=_due(made.properties), old_inputs=INPUTS, news=INPUTS, preview=True
    )
    assert set(property_map.plain(tau.calls.Update(update).properties).values()) == {property_map.UNKNOWN}


def test_a_refresh_changes_nothing(tau: plugin.Plugin, made: proto.CreateResponse) -> None:
    read = tau.calls.Read(proto.ReadRequest(id=made.id, urn=URN, inputs=INPUTS, properties=made.properties))
    assert (read.id, read.properties, read.inputs) == (made.id, made.properties, INPUTS)


def test_what_is_wrong_with_the_inputs_is_named(tau: plugin.Plugin) -> None:
    news = property_map.struct({"commonName": "a", "dnsNames": [], "validityDays": 1})
    failures = tau.calls.Check(proto.CheckRequest(urn=URN, news=news)).failures
    assert {one.property for one in failures} == {"dnsNames", "validityDays"}
