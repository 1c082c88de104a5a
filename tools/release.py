"""Builds dist/pulumi-resource-tau-v<version>-<os>-<arch>.tar.gz: the plugin with every package that it needs.

Such an archive needs nothing but a Python of one of VERSIONS: no pip, no network; it has the manifests of the operator
and the plugin that tau installs by default. The CLI takes it from a release, or
by `pulumi plugin install resource tau v<version> --file <archive>`. Usage: release.py [<os>-<arch>...], all by default.
"""

import gzip
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "provider"))

from tau.operator import download, release  # noqa: E402
from tau.types.postgres import BarmanPlugin, OperatorArgs  # noqa: E402

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "linux-amd64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux-arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    # No darwin-amd64: the cryptography package has no more wheels for it.
    "darwin-arm64": ("macosx_11_0_universal2", "macosx_11_0_arm64"),
}
# Without PulumiPlugin.yaml: the CLI would make an environment with pip instead of running the starter.
OURS = ("LICENSE", "README.md", "__main__.py", "requirements.txt", "schema.json")
STARTER = """#!/bin/sh
# Runs the plugin of this release with the packages that lie next to it.
here=$(dirname "$(readlink -f "$0")")
for python in "${PULUMI_TAU_PYTHON:-python3}" %s; do
    if "$python" -c 'import sys; sys.exit(sys.version_info[:2] not in %s)' 2>/dev/null; then
        exec "$python" "$here" "$@"
    fi
done
echo "tau needs Python %s or %s; set PULUMI_TAU_PYTHON to one" >&2
exit 1
"""


def wheels(version: str, platform: str, into: pathlib.Path) -> set[pathlib.Path]:
    """The locked packages for one Python on one platform, each checked against its hash."""
    into.mkdir()
    tags = [word for tag in PLATFORMS[platform] for word in ("--platform", tag)]
    chosen = ["--only-binary=:all:", "--implementation=cp", f"--python-version={version}", *tags]
    locked = ["--require-hashes", "--no-deps", "-r", str(ROOT / "requirements.txt")]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *chosen, *locked, "-d", str(into)], check=True)
    return set(into.iterdir())


def packages(platform: str, scratch: pathlib.Path) -> Iterator[tuple[str, bytes]]:
    """Files of all packages by their path: those that fit every version once, the others below their version."""
    by_version = {version: wheels(version, platform, scratch / version) for version in VERSIONS}
    shared = set.intersection(*({wheel.name for wheel in files} for files in by_version.values()))
    for version, files in by_version.items():
        for wheel in sorted(files):
            if wheel.name in shared and version != VERSIONS[0]:
                continue
            below = "any" if wheel.name in shared else version
            with zipfile.ZipFile(wheel) as content:
                for name in sorted(content.namelist()):
                    if not name.endswith("/"):
                        yield f"packages/{below}/{name}", content.read(name)


def plugin() -> Iterator[tuple[str, bytes]]:
    """Our own files by their path."""
    for name in OURS:
        yield name, (ROOT / name).read_bytes()
    for path in sorted((ROOT / "provider").rglob("*.py")):
        yield str(path.relative_to(ROOT)), path.read_bytes()


def manifests() -> Iterator[tuple[str, bytes]]:
    """The release manifests of the default versions, by the digests that tau checks them with."""
    for known, version in ((release.OPERATOR, OperatorArgs().version), (release.PLUGIN, BarmanPlugin().version)):
        where, _, digest = known.location(version).partition(release.DIGEST)
        yield f"manifests/{digest}.yaml", download.content(where, digest, [])


def starter() -> bytes:
    supported = tuple(tuple(map(int, version.split("."))) for version in VERSIONS)
    names = " ".join(f"python{version}" for version in reversed(VERSIONS))
    return (STARTER % (names, supported, ", ".join(VERSIONS[:-1]), VERSIONS[-1])).encode()


def build(platform: str) -> pathlib.Path:
    """The archive for one platform, the same bytes each time."""
    version = json.loads((ROOT / "schema.json").read_text())["version"]
    made = ROOT / f"dist/pulumi-resource-tau-v{version}-{platform}.tar.gz"
    made.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        files = [*plugin(), *manifests(), *packages(platform, pathlib.Path(scratch))]
    with (
        gzip.GzipFile(made, "wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        add(archive, "pulumi-resource-tau", starter(), mode=0o755)
        for name, content in files:
            add(archive, name, content)
    return made


def add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    for wanted in sys.argv[1:] or PLATFORMS:
        print(build(wanted).relative_to(ROOT), flush=True)
