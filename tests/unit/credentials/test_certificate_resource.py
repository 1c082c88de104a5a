"""`tau.credentials.certificate_resource`: pairs that TLS takes, and when they are made anew."""

import asyncio
import base64
import datetime
import pathlib
import ssl
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tau import errors, fields
from tau.credentials.certificate_resource import SelfSignedCertificate
from tau.kubernetes.kind import Kind
from tau.resource.contract import Operation
from tau.types.postgres import SelfSignedCertificateArgs

OPERATION = Operation(urn="urn", seconds=1, tell=lambda message: None)
ALL = frozenset({"certificate", "expires", "privateKey", "renewFrom", "rotation"})
RESOURCE = SelfSignedCertificate(lambda kubeconfig, context: None)  # type: ignore[arg-type, return-value]


def given(**inputs: Any) -> SelfSignedCertificateArgs:
    """Arguments, valid ones unless said otherwise."""
    return SelfSignedCertificateArgs(**{"common_name": "barman-cloud", "dns_names": ["barman-cloud"], **inputs})


def made(**inputs: Any) -> dict[str, Any]:
    """Outputs of a new pair, the key revealed."""
    _, outputs = asyncio.run(RESOURCE.create(given(**inputs), OPERATION))
    return recorded(outputs)


def recorded(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs as they arrive with the next operation."""
    assert isinstance(outputs["privateKey"], fields.Secret)
    return dict(outputs) | {"privateKey": outputs["privateKey"].value}


def problems(**inputs: Any) -> dict[str, str]:
    """What is wrong with the inputs, by path."""
    found = errors.Problems()
    RESOURCE.check(given(**inputs), found)
    return {one.path: one.reason for one in found}


def test_a_certificate_is_its_own_authority_for_both_ends_of_a_connection() -> None:
    certificate = x509.load_pem_x509_certificate(made(dns_names=["barman-cloud", "b"])["certificate"].encode())
    certificate.verify_directly_issued_by(certificate)
    get = certificate.extensions.get_extension_for_class
    assert get(x509.BasicConstraints).value.ca
    assert get(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == ["barman-cloud", "b"]
    purposes = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert set(get(x509.ExtendedKeyUsage).value) == purposes


def test_two_pairs_connect_when_each_trusts_the_other(tmp_path: pathlib.Path) -> None:
    server, client = made(), made()
    ends = [
        _context(ssl.PROTOCOL_TLS_SERVER, server, client, tmp_path / "server.pem"),
        _context(ssl.PROTOCOL_TLS_CLIENT, client, server, tmp_path / "client.pem"),
    ]
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    accepting = ends[0].wrap_bio(there, back, server_side=True)
    connecting = ends[1].wrap_bio(back, there, server_hostname="barman-cloud")
    for _ in range(3):
        for end in (connecting, accepting):
            _advance(end)
    connecting.write(b"hello")
    assert accepting.read() == b"hello"


def _context(protocol: int, own: Mapping[str, str], other: Mapping[str, str], file: pathlib.Path) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=other["certificate"])
    file.write_text(own["certificate"] + own["privateKey"])
    context.load_cert_chain(file)
    return context


def _advance(end: ssl.SSLObject) -> None:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return


def test_it_ends_and_is_renewed_when_the_inputs_say() -> None:
    outputs = made(validity_days=30, renew_before_days=10)
    expires, renew_from = (datetime.datetime.fromisoformat(outputs[key]) for key in ("expires", "renewFrom"))
    assert x509.load_pem_x509_certificate(outputs["certificate"].encode()).not_valid_after_utc == expires
    assert expires - renew_from == datetime.timedelta(days=10)
    left = expires - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(days=29, hours=23) < left <= datetime.timedelta(days=30)


@pytest.mark.parametrize(
    ("changed", "renew_from", "expired"),
    [
        (set(), "2999-01-01T00:00:00+00:00", frozenset()),
        (set(), "2000-01-01T00:00:00+00:00", ALL),
        ({"dnsNames"}, "2999-01-01T00:00:00+00:00", ALL),
    ],
    ids=["unchanged", "due", "changed"],
)
def test_it_is_made_anew_when_it_is_due_or_changed(changed: set[str], renew_from: str, expired: frozenset[str]) -> None:
    found = RESOURCE.difference(frozenset(changed), made() | {"renewFrom": renew_from})
    assert (found.expired, found.replaced) == (expired, frozenset())


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"dns_names": ["another"]}, {}),
        ({"common_name": "another"}, {}),
        ({"rotation": "b"}, {"rotation": "a"}),
        ({"validity_days": 1000}, {}),
        ({"renew_before_days": 3649}, {"renewFrom": "2000-01-01T00:00:00+00:00"}),
    ],
)
def test_what_a_certificate_says_its_rotation_and_time_make_another_pair(
    inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    before = made() | outputs
    assert asyncio.run(RESOURCE.foreseen(given(**inputs), before)) is None
    after = recorded(asyncio.run(RESOURCE.update(given(**inputs), before, OPERATION)))
    assert after["certificate"] != before["certificate"]
    assert after["privateKey"] != before["privateKey"]
    assert after["rotation"] == inputs.get("rotation", "")


@pytest.mark.parametrize(
    ("inputs", "rotation"), [({}, "a"), ({"rotation": "a"}, "a"), ({"renew_before_days": 30}, ""), ({}, None)]
)
def test_anything_else_leaves_the_pair_as_it_is(inputs: dict[str, Any], rotation: str | None) -> None:
    before = made()
    before = before | {"rotation": rotation} if rotation is not None else {**before, "rotation": ""}
    for after in (RESOURCE.foreseen(given(**inputs), before), RESOURCE.update(given(**inputs), before, OPERATION)):
        found = asyncio.run(after)
        assert found is not None
        assert recorded(found)["privateKey"] == before["privateKey"]
        assert found["certificate"] == before["certificate"]


class Cluster:
    """A FAKE of a cluster with one Secret, or an error in its place."""

    def __init__(self, found: Any) -> None:
        self.found = found

    async def get(self, kind: Kind, namespace: str, name: str) -> Any:
        assert (kind.plural, namespace, name) == ("secrets", "infra", "backups-tls")
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


IN_SECRET = {"namespace": "infra", "secret_name": "backups-tls"}
OF_TAU = {"labels": {"app.kubernetes.io/managed-by": "tau"}}


def looking(found: Any) -> SelfSignedCertificate:
    """The resource, in a cluster with this Secret."""
    return SelfSignedCertificate(lambda *_: Cluster(found))  # type: ignore[arg-type]


def held(pair: Mapping[str, str], about: Mapping[str, Any] = OF_TAU) -> dict[str, Any]:
    """The Secret of a pair."""
    text = {"tls.crt": pair["certificate"], "tls.key": pair["privateKey"]}
    return {"metadata": about, "data": {name: base64.b64encode(one.encode()).decode() for name, one in text.items()}}


async def test_the_pair_in_the_secret_outlives_a_lost_state_and_a_preview_says_so() -> None:
    _, before = await RESOURCE.create(given(), OPERATION)
    there = looking(held(recorded(before)))
    _, after = await there.create(given(**IN_SECRET), OPERATION)
    foreseen = await there.foreseen(given(**IN_SECRET), {})
    assert foreseen is not None
    for found in (after, foreseen):
        assert recorded(found) == recorded(before)


async def _pair(**inputs: Any) -> dict[str, Any]:
    return recorded((await RESOURCE.create(given(**inputs), OPERATION))[1])


async def test_a_pair_that_will_not_do_is_not_taken_over() -> None:
    good, other = await _pair(), await _pair(dns_names=["another"])
    for found in (
        None,
        held(good, {"labels": {}}),
        held(other),
        held({**good, "privateKey": other["privateKey"]}),
        held({"certificate": "none", "privateKey": "none"}),
        held(await _pair(validity_days=100, renew_before_days=30)),
    ):
        there = looking(found)
        assert await there.foreseen(given(**IN_SECRET), {}) is None
        _, outputs = await there.create(given(**IN_SECRET), OPERATION)
        assert recorded(outputs)["certificate"] not in (good["certificate"], other["certificate"])


async def test_a_cluster_that_does_not_answer_gets_no_other_pair() -> None:
    away = looking(errors.Unreachable("no answer"))
    with pytest.raises(errors.Unreachable):
        await away.create(given(**IN_SECRET), OPERATION)
    assert await away.foreseen(given(**IN_SECRET), {}) is None


def test_a_refresh_keeps_the_pair_and_the_key_secret() -> None:
    outputs = made()
    found = asyncio.run(RESOURCE.read(given(), outputs))
    assert found is not None
    assert recorded(found) == outputs


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"validity_days": 1}, "validityDays", "from 2"),
        ({"renew_before_days": 0}, "renewBeforeDays", "from 1"),
        ({"validity_days": 30, "renew_before_days": 30}, "renewBeforeDays", "fewer than `validityDays`"),
        ({"validity_days": 200}, "renewBeforeDays", "365 is not fewer than `validityDays`, which is 200"),
        ({"dns_names": []}, "dnsNames", "is empty"),
        ({"dns_names": ["a", "B_"]}, "dnsNames[1]", "'B_'"),
        ({"common_name": ""}, "commonName", "1 to 64"),
        ({"namespace": "a"}, "secretName", "is required"),
        ({"secret_name": "a"}, "namespace", "is required"),
    ],
)
def test_bad_inputs_are_named(inputs: dict[str, Any], path: str, reason: str) -> None:
    assert reason in problems(**inputs)[path]


def test_good_inputs_and_unknown_ones_are_taken() -> None:
    assert problems() == {}
    unknown = fields.Deferred(handle=None)
    assert problems(common_name=unknown, dns_names=unknown, validity_days=unknown) == {}
