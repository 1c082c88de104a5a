"""Scripts for a Pod that is given nothing but its command line: modules as text, which import each other by name."""

import json
import pathlib

LOADER = """\
import json, sys, types
for name, text in json.loads(sys.argv[1]):
    module = types.ModuleType(name)
    sys.modules.setdefault(name, module)
    exec(compile(text, name, "exec"), vars(module))
"""
"""Runs what `bundle` made, which is its first argument."""

_ROOT = pathlib.Path(__file__).resolve().parents[2]


def source(module: str) -> str:
    """Text of a module of tau, by its full name."""
    return (_ROOT / _path(module)).read_text()


def bundle(*modules: str) -> str:
    """Modules for the loader; the last one is the program."""
    packages = sorted({module.rpartition(".")[0] for module in modules})
    named = [(module, source(module)) for module in modules]
    return json.dumps([*((package, "") for package in packages), *named[:-1], ("__main__", named[-1][1])])


def files(package: str, *modules: str) -> dict[str, str]:
    """A whole package, and modules that it imports, by their paths below a folder on Python's path."""
    own = sorted(path.stem for path in (_ROOT / package.replace(".", "/")).glob("*.py"))
    return {_path(module): source(module) for module in (*modules, *(f"{package}.{name}" for name in own))}


def _path(module: str) -> str:
    return f"{module.replace('.', '/')}.py"
