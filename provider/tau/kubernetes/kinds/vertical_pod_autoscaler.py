"""VerticalPodAutoscaler (autoscaling.k8s.io/v1), which sets the requests of a Deployment's Pods by what they use.

https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md
"""

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import deployment
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "verticalpodautoscalers")

UPDATE_MODES = ("Off", "Initial", "Recreate", "InPlaceOrRecreate", "Auto")


def for_deployment(metadata: Manifest, *, name: Input[str], update_mode: Input[str]) -> Manifest:
    """An autoscaler for one Deployment of the same namespace."""
    target = {"apiVersion": deployment.KIND.api_version, "kind": deployment.KIND.kind, "name": name}
    spec = {"targetRef": target, "updatePolicy": {"updateMode": update_mode}}
    return manifest(KIND, metadata, spec=spec)
