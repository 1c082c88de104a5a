"""The shell environment in which the CLI, its plugins and kubectl work on the bed, from any folder."""

import hashlib
import os
import pathlib
import shlex
import sys

from testbed import errors, paths
from testbed.build import programs
from testbed.cluster import pki
from testbed.node import sandbox

# Looked for in this folder by the CLI when a program's dependencies name a plugin version.
_PLUGINS = ("pulumi-resource-kubernetes", "pulumi-resource-random")
_OWN_PLUGIN = "pulumi-resource-tau"


def prepare() -> None:
    """Make the CLI's folders, and put the plugins where it looks for them."""
    _pulumi_stacks().mkdir(parents=True, exist_ok=True)
    _pulumi_home().mkdir(exist_ok=True)
    # The CLI writes all that it does into this folder, compressed, in every command, which is more than half of what
    # it computes, and cannot be told not to. It goes without where there is no folder.
    (_pulumi_home() / "logs").touch()
    _keep_manifests()
    for plugin in _PLUGINS:
        kind = plugin.removeprefix("pulumi-")
        folder = _pulumi_home() / "plugins" / f"{kind}-v{programs.version(plugin)}"
        folder.mkdir(parents=True, exist_ok=True)
        _link(folder / plugin, programs.binary(plugin))
    _link(paths.bin() / _OWN_PLUGIN, pathlib.Path(__file__).parents[2] / _OWN_PLUGIN)


def _keep_manifests() -> None:
    """Put the release manifests where tau keeps what it has downloaded: nothing on the bed reaches the internet."""
    folder = _pulumi_home() / "tau" / "manifests"
    folder.mkdir(parents=True, exist_ok=True)
    for manifest in (paths.cache() / "manifests").glob("*.yaml"):
        content = manifest.read_bytes()
        (folder / f"{hashlib.sha256(content).hexdigest()}.yaml").write_bytes(content)


def _link(link: pathlib.Path, target: pathlib.Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def exports() -> str:
    """Lines for a shell's eval."""
    if sandbox.FIRST.pid() is None:
        raise errors.BedError("The bed is not running; start it with 'python -m testbed up'.")
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables().items())


def variables() -> dict[str, str]:
    """Every variable with its value."""
    interpreter = pathlib.Path(sys.executable).parent
    inherited = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if folder not in (str(paths.bin()), str(interpreter))
    ]
    return {
        "PATH": os.pathsep.join([str(paths.bin()), str(interpreter), *inherited]),
        "KUBECONFIG": str(pki.admin_kubeconfig()),
        "PULUMI_HOME": str(_pulumi_home()),
        "PULUMI_BACKEND_URL": f"file://{_pulumi_stacks()}",
        "PULUMI_CONFIG_PASSPHRASE": "tau-bed",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # Each command starts the plugin, which compiles all its modules where Python may not write what it compiled.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(paths.state() / "bytecode"),
        "TAU_BED_CACHE": str(paths.cache()),
        "TAU_BED_STATE": str(paths.state()),
        "TAU_BED_MANIFESTS": str(paths.cache() / "manifests"),
        "TAU_BED_NFS": str(paths.state() / "nfs"),
    }


def _pulumi_home() -> pathlib.Path:
    return paths.state() / "pulumi"


def _pulumi_stacks() -> pathlib.Path:
    return paths.state() / "stacks"
