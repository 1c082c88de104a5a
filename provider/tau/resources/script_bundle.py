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

_SCRIPTS = pathlib.Path(__file__).resolve().parents[1] / "scripts"
_PACKAGE = "tau.scripts"


def source(script: str) -> str:
    """Text of one of the scripts that run inside the cluster, by the name of its module."""
    return (_SCRIPTS / f"{script.replace('.', '/')}.py").read_text()


def bundle(*modules: str) -> str:
    """Modules for the loader; the last one is the program."""
    packages = sorted({f"{_PACKAGE}.{one}".rpartition(".")[0] for one in modules} | {_PACKAGE})
    named = [(f"{_PACKAGE}.{module}", source(module)) for module in modules]
    return json.dumps([*((one, "") for one in packages), *named[:-1], ("__main__", named[-1][1])])
