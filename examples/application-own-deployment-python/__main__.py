"""An application with a Deployment that the program defines itself."""

from collections.abc import Sequence
from typing import cast

import pulumi
import pulumi_kubernetes as k8s
import pulumi_tau as tau

operator = tau.postgres.Operator("operator")
letters = tau.app.TauApplication(
    "letters",
    namespace="letters",
    database={},
    env={"LISTEN_ADDR": "0.0.0.0:8080", "RUN_MIGRATIONS": "1"},
    ports=[{"port": 8080}],
    volumes=[{"mount_path": "/var/lib/letters", "size": "1Gi"}],
    config_files={"/etc/letters.conf": "greeting = hello\n"},
    opts=pulumi.ResourceOptions(depends_on=[operator]),
)

# Pulumi's Python SDK has separate types for outputs and inputs; the values are the same.
environment = cast(pulumi.Output[Sequence[k8s.core.v1.EnvVarArgsDict]], letters.environment)
mounts = cast(pulumi.Output[Sequence[k8s.core.v1.VolumeMountArgsDict]], letters.volume_mounts)
volumes = cast(pulumi.Output[Sequence[k8s.core.v1.VolumeArgsDict]], letters.volumes)
k8s.apps.v1.Deployment(
    "deployment",
    metadata={"name": "letters", "namespace": letters.namespace},
    spec={
        "strategy": {"type": "Recreate"},
        "selector": {"match_labels": {"app": letters.name}},
        "template": {
            "metadata": {"labels": letters.labels},  # the Service selects the Pods by these
            "spec": {
                "security_context": {"fs_group": 65534},
                "containers": [
                    {
                        "name": "miniflux",
                        "image": "docker.io/miniflux/miniflux:2.2.14",
                        "env": environment,  # DATABASE_URL and DB_*, and those of `env`
                        "volume_mounts": mounts,
                    }
                ],
                "volumes": volumes,
            },
        },
    },
)

pulumi.export("url", letters.url)
