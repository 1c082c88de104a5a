"""Generates inputs that nobody would write, for every token of the schema: values of the right form and of the wrong
one, and every mark of the engine at every depth, around values that tau accepts.

Not by hypothesis: a case takes a tenth of a millisecond, and there are many.
"""

import random
from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from tests.unit import property_values, schema_values

Spec = Mapping[str, Any]

_MARK = rpc._special_sig_key
_WORDS = (
    "- . .. / // \\ é 日本 😀 A a_b _ -- 0 -0 015 1e3 NaN Infinity true null {} [] 15 15.14 18.99999 17-standard 10Gi "
    "0Gi -1Gi 1.Gi .5Gi 1Ei 200m $(X) $$(X) ${x} %s%s {0} \" ' `id` ../../etc /a/../b nas:/x [::1]:/x 0/0 "
    "FFFFFFFF/FFFFFFFF 20261123T030000 2026-11-23T02:59:00+01:00 2026-11-23T02:59:60Z 9999-12-31T23:59:59-23:59 "
    "0001-01-01T00:00:00+23:59 @daily 7d 999999d999999h 0s http://[ http://a:99999 https://u:p@h a..b postgres "
    "template1 pg_x shop_rotated :15 @ a:b:c:15 cnpg.io/x /x x/ a/b/c v1.30.0 public UDP restricted"
)
_SENTENCES = (
    *("", " ", "\n", "a\nb", "\x00", "\x7f", "\u202e", "nas:/x y", "'; DROP TABLE x; --", "; rm -rf /"),
    *("0 3 * * *", "*/0 * * * *", "? ? ? ? ?", "0 3 * * mon-sun", "* * * * * *", "\u0663d", "\uff12\uff106T03"),
    *("a" * 64, "a" * 300, "1" * 5000, "9" * 5000 + "Gi", "1" * 5000 + " * * * *", "9" * 5000 + "d"),
    *("9" * 5000 + ".1.1", "postgres:15@sha256:" + "0" * 64),
)
_TEXTS = (*_WORDS.split(), *_SENTENCES)
_NUMBERS = (0, 1, -1, 2, 9, 10, 80, 65535, 65536, 2**31, 2**53, 1e300, -1e300, 0.5, *map(float, ("nan", "inf", "-inf")))
_KEYS = ("a", "name", "spec", "b.c", "__x", _MARK, "é", "", "containers", "metadata", 'a"b', "cpu", "memory", "/etc/x")
# Values that fit, by the name of their property; other texts are names of something.
_FITTING: Mapping[str, tuple[Any, ...]] = {
    "accessModes": ("ReadWriteOnce", "ReadWriteMany"),
    "addCapabilities": ("NET_BIND_SERVICE",),
    "annotations": ("x",),
    "apiVersion": ("v1", "apps/v1", "postgresql.cnpg.io/v1"),
    "backupId": ("20261101T030000",),
    "compression": ("snappy", "none"),
    "condition": ("Ready",),
    "database": ("shop",),
    "dnsNames": ("shop.svc",),
    "endpoint": ("http://nas:7070",),
    "failureThreshold": (3,),
    "folder": ("a/b",),
    "fsGroup": (1000,),
    "generation": (1, 2),
    "host": ("app.example.com",),
    "hosts": ("a.example.com", "b.example.com"),
    "image": ("registry/postgresql:15.14",),
    "instances": (1, 3),
    "keepFor": ("7d",),
    "kind": ("Cluster", "Deployment", "Database"),
    "limits": ("512Mi",),
    "majorVersion": ("15", "17"),
    "mountOptions": ("nolock",),
    "mountPath": ("/data", "/media", "/srv/x"),
    "onBackupFailure": ("abort", "continue"),
    "onExistingArchive": ("fail", "restore"),
    "overlap": ("1m", "2h"),
    "passwordOverlap": ("1m", "2h"),
    "path": ("/volume1/x",),
    "policy": ("immediate", "delayed", "retain"),
    "port": (80, 8080),
    "protocol": ("TCP", "UDP"),
    "query": ("SELECT 1",),
    "replicas": (0, 1),
    "requests": ("64Mi",),
    "retentionDays": (14,),
    "runAsGroup": (1000,),
    "runAsUser": (1000,),
    "schedule": ("0 3 * * *",),
    "scheme": ("HTTP", "HTTPS"),
    "secretFiles": ("content",),
    "server": ("nas.local",),
    "serverName": ("postgres-old-15-1",),
    "size": ("10Gi",),
    "storageSize": ("10Gi",),
    "targetLsn": ("0/5000060",),
    "targetPort": (8080,),
    "targetTime": ("2026-11-01T02:59:00+01:00",),
    "updateMode": ("Initial", "Off"),
    "validityDays": (3650,),
    "version": ("15", "17"),
    "visibility": ("public", "private"),
    "volumeMaxUsed": (80,),
    **dict.fromkeys(
        ("after", "archiveMaxDelay", "backupMaxAge", "backupTimeout", "downAfter", "interval"), ("26h", "7d")
    ),
    **dict.fromkeys(("restoreCheckMaxAge",), ("8d",)),
}
_MAP_KEYS: Mapping[str, tuple[str, ...]] = {
    "configFiles": ("/etc/x", "/etc/y"),
    "secretFiles": ("/etc/secret",),
    "parameters": ("work_mem", "archive_timeout"),
    **dict.fromkeys(("limits", "requests"), ("memory",)),
}


class Generator:
    """Draws inputs; the same in every run for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def inputs(self, token: str) -> struct_pb2.Struct:
        """Inputs of a resource or a function, as the engine sends them."""
        return property_values.struct(self.plain(token))

    def plain(self, token: str) -> dict[str, Any]:
        """Inputs as JSON: some that fit, most with something wrong, some with nothing right."""
        chance = self._random
        resource = schema_values.SCHEMA["resources"].get(token)
        spec = resource or schema_values.SCHEMA["functions"][token]["inputs"]
        properties = spec["inputProperties"] if resource else spec["properties"]
        required = spec.get("requiredInputs" if resource else "required", [])
        self._wrong = chance.choice((0.0, 0.0, 0.01, 0.03, 0.1, 0.4))
        return self._object(properties, required, chance.choice((0.1, 0.3, 0.7)))

    def _object(self, properties: Spec, required: list[str], likely: float) -> dict[str, Any]:
        chance = self._random
        found = {
            name: self._value(spec, name)
            for name, spec in properties.items()
            if (name in required and chance.random() > self._wrong / 4) or chance.random() < likely
        }
        if chance.random() < self._wrong / 2:
            found[chance.choice((*_KEYS, *_TEXTS[:20]))] = self._anything(0)
        return found

    def _value(self, spec: Spec, name: str) -> Any:
        chance = self._random
        if chance.random() >= self._wrong:
            return self._fitting(spec, name)
        if chance.random() < 0.4:
            return self._marked(self._fitting(spec, name))
        return self._anything(0) if chance.random() < 0.5 else self._marked(self._anything(0))

    def _fitting(self, spec: Spec, name: str) -> Any:
        chance = self._random
        if "oneOf" in spec:
            return self._fitting(chance.choice(spec["oneOf"]), name)
        if "$ref" in spec:
            known = schema_values.resolved(spec)
            likely = chance.choice((0.2, 0.5))
            return self._object(known["properties"], known.get("required", []), likely) if known else self._anything(3)
        match spec["type"]:
            case "array":
                return [self._value(spec["items"], name) for _ in range(chance.randrange(1, 3))]
            case "object":
                keys = _MAP_KEYS.get(name, ("a", "b", "FOO"))
                return {chance.choice(keys): self._value(spec["additionalProperties"], name) for _ in range(2)}
            case "boolean":
                return chance.random() < 0.5
            case "string":
                return chance.choice(_FITTING.get(name, ("shop", "a", "b-c", "x1")))
            case _:
                return chance.choice(_FITTING.get(name, (1, 5, 30)))

    def _anything(self, depth: int) -> Any:
        chance = self._random
        kind = chance.random()
        if depth > 3 or kind < 0.7:
            return chance.choice((chance.choice(_TEXTS), chance.choice(_TEXTS), chance.choice(_NUMBERS), None, True))
        if kind < 0.85:
            return [self._anything(depth + 1) for _ in range(chance.randrange(3))]
        return {chance.choice(_KEYS): self._anything(depth + 1) for _ in range(chance.randrange(4))}

    def _marked(self, value: Any) -> Any:
        """A value in one of the engine's marks, or in a broken one."""
        source = ["urn:pulumi:a::b::c::d"]
        secret, output = rpc._special_secret_sig, rpc._special_output_value_sig
        return self._random.choice(
            (
                rpc.UNKNOWN,
                {_MARK: secret, "value": value},
                {_MARK: secret, "value": rpc.UNKNOWN},
                {_MARK: output, "value": value, "secret": True, "dependencies": source},
                {_MARK: output, "value": value, "secret": False, "dependencies": source},
                {_MARK: output, "secret": self._random.random() < 0.5},
                {_MARK: secret, "value": {_MARK: output, "value": {_MARK: secret, "value": value}}},
                {_MARK: secret},
                {_MARK: 5, "value": value},
                {_MARK: rpc._special_asset_sig, "text": "x"},
                {_MARK: rpc._special_archive_sig, "path": "x"},
                {_MARK: rpc._special_resource_sig, "urn": source[0], "id": "x"},
            )
        )
