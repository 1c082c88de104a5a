"""Builds dist/pulumi-tau-<version>.tgz and dist/pulumi_tau-<version>-py3-none-any.whl from sdk/.

The npm package holds compiled JavaScript with its types, and so has nothing to run when it is installed. Needs npm.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
NODE = ROOT / "tools/node/node_modules"
# What npm compiles a folder with (`scripts/postinstall.js`); nobody needs it to use what is compiled.
COMPILERS = ("@types/node", "typescript")
# 1980-01-01, the first moment that a ZIP archive can hold.
EPOCH = "315532800"


def manifest() -> dict[str, object]:
    """The `package.json` of the compiled package."""
    package = json.loads((ROOT / "sdk/nodejs/package.json").read_text())
    for name in ("main", "scripts"):
        del package[name]
    for name in COMPILERS:
        del package["dependencies"][name]
    return {**package, "main": "index.js", "types": "index.d.ts"}


def npm() -> pathlib.Path:
    """The npm package, the same bytes each time."""
    subprocess.run([ROOT / "tools/node-packages"], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        source, packed = pathlib.Path(scratch, "source"), pathlib.Path(scratch, "packed")
        shutil.copytree(ROOT / "sdk/nodejs", source, ignore=shutil.ignore_patterns("bin", "node_modules"))
        (source / "node_modules").symlink_to(NODE)
        compiler = [f"{NODE}/.bin/tsc", "--outDir", str(packed), "--sourceMap", "false", "--declarationMap", "false"]
        subprocess.run(compiler, cwd=source, check=True)
        # Next to the code, which reads its version from it.
        (packed / "package.json").write_text(json.dumps(manifest(), indent=2) + "\n")
        for path in (ROOT / "LICENSE", ROOT / "sdk/nodejs/README.md"):
            shutil.copy(path, packed)
        command = ["npm", "pack", "--silent", "--pack-destination", str(DIST)]
        packed_name = subprocess.run(command, cwd=packed, check=True, capture_output=True, text=True).stdout.strip()
    return DIST / str(packed_name)


def wheel() -> pathlib.Path:
    """The Python package, the same bytes each time."""
    with tempfile.TemporaryDirectory() as scratch:
        source, built = pathlib.Path(scratch, "source"), pathlib.Path(scratch, "built")
        shutil.copytree(
            ROOT / "sdk/python", source, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
        )
        shutil.copy(ROOT / "LICENSE", source)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(built), str(source)]
        subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
        (made,) = built.iterdir()
        shutil.copy(made, DIST)
    return DIST / made.name


if __name__ == "__main__":
    DIST.mkdir(exist_ok=True)
    for path in (npm(), wheel()):
        print(path.relative_to(ROOT), flush=True)
