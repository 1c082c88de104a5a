"""The plugin's own modules on Windows and macOS, as far as a Linux machine can tell.

The packages that they need are imported as they are here; they publish wheels for each platform (tools/release.py).
"""

import subprocess
import sys

import pytest

from tests.contract import go_modules

_PROGRAM = """
import asyncio, ctypes, importlib, os, pathlib, pkgutil, socket, ssl, subprocess, sys, tempfile, urllib.request
import certifi, cryptography.x509, grpc, httpx_ws, kr8s.asyncio.objects, pulumi, pulumi.provider.server, yaml

def refuse(name, *arguments, **options):
    raise TypeError("there is no library without a name")

name, platform = sys.argv[1:]
# Modules and functions of POSIX alone; macOS has them.
if name == "nt":
    for module in ("fcntl", "grp", "pwd", "resource", "termios"):
        sys.modules[module] = None
    for function in ("fork", "geteuid", "getuid", "mkfifo", "uname"):
        delattr(os, function)
    ctypes.CDLL = refuse
# Paths of Windows cannot be made here.
pathlib.WindowsPath = pathlib.PosixPath
os.name, sys.platform = name, platform
import tau
from tau.plugin import serve
# What runs in Pods is Linux for everybody.
modules = [one.name for one in pkgutil.walk_packages(tau.__path__, "tau.") if "script" not in one.name.split(".")]
for module in modules:
    if not module.endswith("__main__"):
        importlib.import_module(module)
serve._limit_memory_pools()
print(len(modules))
"""


@pytest.mark.parametrize(("name", "platform"), [("nt", "win32"), ("posix", "darwin"), ("posix", "linux")])
def test_every_module_can_be_imported(name: str, platform: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, name, platform],
        cwd=go_modules.ROOT / "provider",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 150
