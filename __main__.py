"""What Pulumi's Python language host runs for this folder, as `PulumiPlugin.yaml` says, and what a release starts."""

import pathlib
import sys

_HERE = pathlib.Path(__file__).resolve().parent
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# A release brings its packages along (tools/release.py); a checkout has an environment for them.
sys.path[:0] = [str(_HERE / part) for part in ("provider", f"packages/{_VERSION}", "packages/any")]

from tau.plugin import serve  # noqa: E402

serve.main()
