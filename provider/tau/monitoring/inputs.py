"""`monitoring` of Instance and Database: what is wrong with it, as far as it is known."""

from tau import errors
from tau.types.postgres import Monitoring
from tau.values import constraints, duration

# Prometheus would fall behind, and the servers update their metrics every 30 seconds only.
_interval = duration.between("10s", example="30s")
_length = duration.between("1s", example="26h")


def check(options: Monitoring | None, problems: errors.Problems) -> None:
    """Note everything that is wrong with `monitoring`."""
    if options is None:
        return
    constraints.labels(problems, "monitoring.labels", options.labels)
    constraints.check(problems, "monitoring.prometheusNamespace", options.prometheus_namespace, constraints.dns_label)
    constraints.check(problems, "monitoring.interval", options.interval, _interval)
    lengths = ("downAfter", "archiveMaxDelay", "backupMaxAge", "restoreCheckMaxAge")
    constraints.check_each(problems, "monitoring", options, dict.fromkeys(lengths, _length))
    used = options.volume_max_used
    if isinstance(used, int) and not 1 <= used <= 99:
        problems.add("monitoring.volumeMaxUsed", f"{used} is out of range; use 1 to 99")
