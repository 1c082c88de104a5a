"""What the host must be for the bed to run on it."""

import os
import sys

from testbed import errors


def check() -> None:
    """Refuse a machine on which the bed cannot run."""
    if not sys.platform.startswith("linux"):
        raise errors.BedError("The bed needs Linux: it runs a real kubelet; use a Linux machine.")
    if os.geteuid() != 0:
        raise errors.BedError("The bed needs root: it makes namespaces and mounts; run it with sudo.")
