"""What comes after what: a resource is deleted before everything that it comes after."""

from testbed.drive.fake_monitor import FakeMonitor


def comes_after(monitor: FakeMonitor, later: str, earlier: str) -> bool:
    """Whether one custom resource depends on another, directly or through others."""
    custom = [one for one in monitor.everything if one.request.custom]
    by_urn = {one.urn: one for one in custom}
    (wanted,) = [one.urn for one in custom if one.request.name == earlier]
    (start,) = [one.urn for one in custom if one.request.name == later]
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        urn = waiting.pop()
        if urn not in seen and urn in by_urn:
            seen.add(urn)
            waiting += by_urn[urn].request.dependencies
    return wanted in seen - {start}
