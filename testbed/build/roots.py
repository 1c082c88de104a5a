"""Debian file systems for images, made by mmdebstrap from the mirror that this machine's apt uses."""

import dataclasses
import functools
import hashlib
import json
import pathlib
import sys

from testbed import commands, errors, progress
from testbed.build import programs, recipes

_HOOKS = pathlib.Path(__file__).parent / "hooks"
# mmdebstrap mounts /dev and /sys into the root: nobody else may see that, and it must end with the bed's own process,
# or clearing up after a killed build would reach the machine's devices.
_APART = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"),
)
_OPTIONS = (
    "--mode=root",
    "--format=tar",
    "--skip=output/dev",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
)


@dataclasses.dataclass(frozen=True)
class Root:
    """A Debian suite, packages from it, and scripts that finish the work."""

    name: str
    suite: str
    packages: tuple[str, ...]
    hooks: tuple[str, ...]
    variant: str = "minbase"
    input: str | None = None  # a file that came with a program

    @property
    def key(self) -> str:
        """Changes when anything does that the root is made from, except for new package versions."""
        content = hashlib.sha256(json.dumps([dataclasses.asdict(self), _OPTIONS]).encode())
        for hook in self.hooks:
            content.update((_HOOKS / hook).read_bytes())
        if self.input:
            content.update(recipes.of(self.input).key.encode())
        return f"{self.name}-{content.hexdigest()[:16]}"

    def build(self, work: pathlib.Path) -> pathlib.Path:
        """Make the tar file."""
        tar = work / f"{self.name}.tar"
        # The later stages belong to an installed system, which a root of extracted packages never becomes.
        stage = "extract" if self.variant == "extract" else "customize"
        with progress.step(f"made the file system {self.name} from Debian {self.suite}"):
            commands.run(
                *_APART,
                "mmdebstrap",
                *_OPTIONS,
                f"--variant={self.variant}",
                f"--include={','.join(self.packages)}",
                *(f'--{stage}-hook=sh {_HOOKS / hook} "$1"' for hook in self.hooks),
                self.suite,
                tar,
                f"deb {mirror()} {self.suite} main",
                environment={
                    "TMPDIR": str(work),
                    "TAU_BED_MIRROR": mirror(),
                    "TAU_BED_PYTHON": sys.executable,
                    "TAU_BED_INPUT": str(programs.binary(self.input)) if self.input else "",
                },
            )
        return tar


@functools.cache
def mirror() -> str:
    """The Debian mirror of this machine's apt configuration."""
    query = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian")
    urls = commands.run(*query).split()
    if not urls:
        commands.run("apt-get", "update")
        urls = commands.run(*query).split()
    if not urls:
        raise errors.BedError("The bed needs a Debian mirror among apt's sources (a 'deb ... bookworm main' line).")
    return urls[0]
