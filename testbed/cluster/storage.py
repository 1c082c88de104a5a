"""The StorageClass `longhorn`: a stand-in that gives out local folders and lets them grow."""

import pathlib
import sys

from testbed import paths
from testbed.cluster import pki, provisioner
from testbed.node import process


def daemon() -> process.Daemon:
    """Makes, grows and removes volumes."""
    program = pathlib.Path(__file__).with_name("provisioner.py")
    return process.Daemon(
        name="provisioner",
        command=(
            sys.executable,
            str(program),
            f"--kubeconfig={pki.kubeconfig('admin')}",
            f"--folder={paths.state() / 'volumes'}",
        ),
        configuration=(program,),
    )


def manifests() -> list[dict[str, object]]:
    """The StorageClass, with the settings that Longhorn's own has."""
    return [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": provisioner.CLASS,
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": provisioner.DRIVER,
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "Immediate",
            "allowVolumeExpansion": True,
        }
    ]
