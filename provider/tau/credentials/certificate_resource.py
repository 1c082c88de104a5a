"""`tau:postgres:SelfSignedCertificate`: a certificate that is its own authority, renewed before it ends.

The state of the stack holds the pair, and so does a Secret that is made from it, from which a state that was lost gets
it again: servers of other stacks trust no other certificate. Nothing is made in the cluster.
"""

import contextlib
import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors, fields
from tau.credentials import certificate_pair
from tau.credentials.certificate_pair import Pair
from tau.kubernetes.kinds import secret
from tau.kubernetes.manifest import made_by_tau
from tau.resource.contract import CustomResource, Difference, Operation
from tau.types.postgres import SelfSignedCertificateArgs
from tau.values import constraints

_OUTPUTS = frozenset({"certificate", "expires", "privateKey", "renewFrom", "rotation"})
_DECISIVE = frozenset({"commonName", "dnsNames", "renewBeforeDays", "rotation", "validityDays"})
_LONGEST_NAME = 64
"""Of a common name; X.520 has no room for more."""


class SelfSignedCertificate(CustomResource[SelfSignedCertificateArgs]):
    """A pair of certificate and key, made once, and again for other names, each rotation, and before its end."""

    @override
    def check(self, args: SelfSignedCertificateArgs, problems: errors.Problems) -> None:
        """Refuse a validity that ends before its renewal, and names that no certificate or Secret can carry."""
        name, names = args.common_name, args.dns_names
        if isinstance(name, str) and not 0 < len(name) <= _LONGEST_NAME:
            problems.add("commonName", f"{name!r} is not a common name; use 1 to {_LONGEST_NAME} characters")
        if isinstance(names, list):
            if not names:
                problems.add("dnsNames", "is empty; use at least one name that the certificate is for")
            for index, dns_name in enumerate(names):
                constraints.check(problems, f"dnsNames[{index}]", dns_name, constraints.dns_subdomain)
        _check_days(args, problems)
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "secretName", args.secret_name, constraints.dns_subdomain)
        if (args.namespace is None) != (args.secret_name is None):
            missing = "namespace" if args.namespace is None else "secretName"
            problems.add(missing, "is required with `namespace` or `secretName`; set both or neither")

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """A change of the certificate's content, or its renewal date, issues another pair."""
        return Difference(expired=_OUTPUTS if changed & _DECISIVE or _is_due(outputs) else frozenset())

    @override
    async def foreseen(self, args: SelfSignedCertificateArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The pair that it would take over or keep; one that is yet to be made cannot be foreseen."""
        if fields.contains_deferred(list(vars(args).values())):
            return None
        pair = _recorded_pair(args, outputs) if outputs else None
        if not outputs:
            with contextlib.suppress(errors.ClusterError):
                pair = await self._held(args)
        return _outputs(args, pair) if pair else None

    @override
    async def create(self, args: SelfSignedCertificateArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Take over the pair that is there, or make one."""
        try:
            pair = await self._held(args)
        except errors.NoCluster:
            pair = None
        return uuid.uuid4().hex, _outputs(args, pair or _issued(args))

    @override
    async def update(
        self, args: SelfSignedCertificateArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Make another pair, unless the recorded one will still do."""
        return _outputs(args, _recorded_pair(args, outputs) or _issued(args))

    @override
    async def read(self, args: SelfSignedCertificateArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The pair as it is recorded; the Secret is made from it."""
        return dict(outputs) | {"privateKey": fields.Secret(handle=None, value=outputs["privateKey"])}

    async def _held(self, args: Any) -> Pair | None:
        """The pair in the Secret, where tau has made that and the pair will still do."""
        if not args.secret_name or not args.namespace:
            return None
        live_secret = await self.api.get(secret.KIND, args.namespace, args.secret_name)
        if live_secret is None or not made_by_tau(live_secret):
            return None
        text = secret.text(live_secret)
        pair = Pair(text.get(secret.CERTIFICATE, ""), text.get(secret.PRIVATE_KEY, ""))
        if not pair.is_for(args.common_name, args.dns_names):
            return None
        return pair if certificate_pair.now() < _renew_from(args, pair) else None


def _check_days(args: SelfSignedCertificateArgs, problems: errors.Problems) -> None:
    valid, before = args.validity_days, args.renew_before_days
    if isinstance(valid, int) and not 2 <= valid <= 36500:
        problems.add("validityDays", f"{valid} is not a number of days from 2 to 36500")
    elif isinstance(before, int) and before < 1:
        problems.add("renewBeforeDays", f"{before} is not a number of days from 1")
    elif isinstance(valid, int) and isinstance(before, int) and before >= valid:
        problems.add("renewBeforeDays", f"{before} is not fewer than `validityDays`, which is {valid}")


def _is_due(outputs: Mapping[str, Any]) -> bool:
    return datetime.datetime.fromisoformat(outputs["renewFrom"]) <= certificate_pair.now()


def _recorded_pair(args: Any, outputs: Mapping[str, Any]) -> Pair | None:
    """The recorded pair; None where another one is to be made."""
    pair = Pair(outputs["certificate"], outputs["privateKey"])
    # Taking the rotation out makes no pair.
    same = args.rotation is None or args.rotation == outputs.get("rotation", "")
    fits = pair.is_for(args.common_name, args.dns_names) and not _is_due(outputs)
    lasts = fits and certificate_pair.now() < _renew_from(args, pair) and _days(pair) == args.validity_days
    return pair if same and lasts else None


def _days(pair: Pair) -> int:
    return (pair.end - pair.start).days


def _renew_from(args: Any, pair: Pair) -> datetime.datetime:
    return pair.end - datetime.timedelta(days=args.renew_before_days)


def _issued(args: Any) -> Pair:
    return certificate_pair.issue(args.common_name, args.dns_names, args.validity_days)


def _outputs(args: Any, pair: Pair) -> dict[str, Any]:
    return {
        "certificate": pair.certificate,
        "expires": pair.end.isoformat(),
        "privateKey": fields.Secret(handle=None, value=pair.key),
        "renewFrom": _renew_from(args, pair).isoformat(),
        "rotation": args.rotation or "",
    }
