"""ValidatingWebhookConfiguration (admissionregistration.k8s.io/v1), whom the API server asks about objects."""

from tau.kubernetes.kind import Kind

KIND = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    namespaced=False,
)
