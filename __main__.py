"""What Pulumi's Python language host runs for this folder, as `PulumiPlugin.yaml` says."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "provider"))

from tau import serve

serve.main()
