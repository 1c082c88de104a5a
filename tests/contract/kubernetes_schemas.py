"""What the API server accepts: schemas of the release manifests and of Kubernetes itself, made strict."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import yaml

from tests.contract import go_modules

PROMETHEUS_OPERATOR = "v0.85.0"
_RBAC = "apis__rbac.authorization.k8s.io__v1_openapi.json"
_ADMISSION = "apis__admissionregistration.k8s.io__v1_openapi.json"
_OF_ADMISSION = "io.k8s.api.admissionregistration.v1"
_KUBERNETES = {
    "ConfigMap": ("api__v1_openapi.json", "io.k8s.api.core.v1.ConfigMap"),
    "CronJob": ("apis__batch__v1_openapi.json", "io.k8s.api.batch.v1.CronJob"),
    "ServiceAccount": ("api__v1_openapi.json", "io.k8s.api.core.v1.ServiceAccount"),
    "Deployment": ("apis__apps__v1_openapi.json", "io.k8s.api.apps.v1.Deployment"),
    "Ingress": ("apis__networking.k8s.io__v1_openapi.json", "io.k8s.api.networking.v1.Ingress"),
    "Job": ("apis__batch__v1_openapi.json", "io.k8s.api.batch.v1.Job"),
    "PersistentVolume": ("api__v1_openapi.json", "io.k8s.api.core.v1.PersistentVolume"),
    "PersistentVolumeClaim": ("api__v1_openapi.json", "io.k8s.api.core.v1.PersistentVolumeClaim"),
    "Service": ("api__v1_openapi.json", "io.k8s.api.core.v1.Service"),
    "Secret": ("api__v1_openapi.json", "io.k8s.api.core.v1.Secret"),
    "NetworkPolicy": ("apis__networking.k8s.io__v1_openapi.json", "io.k8s.api.networking.v1.NetworkPolicy"),
    "Role": (_RBAC, "io.k8s.api.rbac.v1.Role"),
    "RoleBinding": (_RBAC, "io.k8s.api.rbac.v1.RoleBinding"),
    "ValidatingAdmissionPolicy": (_ADMISSION, f"{_OF_ADMISSION}.ValidatingAdmissionPolicy"),
    "ValidatingAdmissionPolicyBinding": (_ADMISSION, f"{_OF_ADMISSION}.ValidatingAdmissionPolicyBinding"),
}


def problems(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object; unknown fields are."""
    validator = _validator(manifest["apiVersion"], manifest["kind"])
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(manifest)]


@functools.cache
def release_manifest() -> tuple[Mapping[str, Any], ...]:
    """The objects of CloudNativePG's release manifest."""
    module = go_modules.folder("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg")
    version = module.name.partition("@v")[2]
    text = (module / f"releases/cnpg-{version}.yaml").read_text()
    return tuple(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@functools.cache
def plugin_manifest() -> tuple[Mapping[str, Any], ...]:
    """The objects of the Barman Cloud plugin's release manifest."""
    module = go_modules.folder("plugin-barman-cloud", "github.com/cloudnative-pg/plugin-barman-cloud")
    text = (module / "manifest.yaml").read_text()
    return tuple(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@functools.cache
def prometheus_definitions() -> tuple[Mapping[str, Any], ...]:
    """The definitions of PodMonitor and PrometheusRule, as the Prometheus operator releases them."""
    module = go_modules.released("github.com/prometheus-operator/prometheus-operator", PROMETHEUS_OPERATOR)
    folder = module / "example/prometheus-operator-crd"
    files = [folder / f"monitoring.coreos.com_{plural}.yaml" for plural in ("podmonitors", "prometheusrules")]
    return tuple(yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) for file in files)


def spec_of(api_version: str, kind: str) -> Mapping[str, Any]:
    """The fields that the `spec` of a kind of the release manifests has, with their schemas."""
    found: Mapping[str, Any] = _of_release(api_version, kind)["properties"]["spec"]["properties"]
    return found


@functools.cache
def _validator(api_version: str, kind: str) -> jsonschema.Draft202012Validator:
    schema = _of_kubernetes(kind) if kind in _KUBERNETES else _of_release(api_version, kind)
    return jsonschema.Draft202012Validator(schema)


def _of_release(api_version: str, kind: str) -> Any:
    of_prometheus = prometheus_definitions() if api_version.startswith("monitoring.coreos.com/") else ()
    for item in of_prometheus or (*release_manifest(), *plugin_manifest()):
        if item["kind"] == "CustomResourceDefinition" and item["spec"]["names"]["kind"] == kind:
            for version in item["spec"]["versions"]:
                if f"{item['spec']['group']}/{version['name']}" == api_version:
                    return _strict(version["schema"]["openAPIV3Schema"])
    raise LookupError(f"{api_version} {kind} is not in the release manifests")


def _of_kubernetes(kind: str) -> Any:
    file, name = _KUBERNETES[kind]
    folder = go_modules.folder("kubernetes", "k8s.io/kubernetes") / "api/openapi-spec/v3"
    components = _strict(json.loads((folder / file).read_text())["components"])
    return {"$ref": f"#/components/schemas/{name}", "components": components}


def _strict(schema: Any) -> Any:
    """The same schema, refusing the fields that the API server would drop with a warning."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if schema.get("type") == "object" and "properties" in schema and not open_ended:
        made["additionalProperties"] = False
    return made
