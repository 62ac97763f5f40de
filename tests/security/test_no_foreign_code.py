"""Nothing of the product turns data into code: no unpickling, no `eval`, no loader that does either."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("index", "rag", "api", "eval")

# Modules that build objects of whatever class the bytes name, and what runs text or commands.
MODULES = frozenset(
    "pickle _pickle cPickle cloudpickle dill joblib shelve marshal jsonpickle pandas runpy code codeop pty".split()
)
BUILTINS = frozenset("eval exec compile __import__ breakpoint input".split())
# As attributes, whatever they are taken from: `torch.load`, `yaml.unsafe_load`, `os.system`, `subprocess.getoutput`.
CALLS = frozenset(
    "system popen getoutput getstatusoutput unsafe_load full_load unsafe_load_all full_load_all load_all read_pickle "
    "to_pickle create_subprocess_shell from_pickle enable_load_extension load_extension".split()
)
# `load` of these modules reads pickles, or may.
LOADERS = frozenset({"torch", "yaml", "numpy", "np"})


def _name(node: ast.expr) -> str:
    return (
        f"{_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "?"
    )


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _call(call: ast.Call) -> Iterator[str]:
    module, _, function = _name(call.func).rpartition(".")
    if (not module and function in BUILTINS) or (module and function in CALLS):
        yield function
    if module in LOADERS and function == "load" and not _harmless(module, call):
        yield f"{module}.load"
    for name, allowed in (("trust_remote_code", False), ("allow_pickle", False), ("shell", False), ("weights_only", True)):
        value = _keyword(call, name)
        if value is not None and not (isinstance(value, ast.Constant) and value.value is allowed):
            yield name


def _harmless(module: str, call: ast.Call) -> bool:
    if module == "yaml":
        loader = _keyword(call, "Loader")
        return loader is not None and _name(loader) == "yaml.BaseLoader"
    return module in ("numpy", "np")  # refuses pickles unless `allow_pickle` is given, which is looked for below


def foreign_code(source: str) -> set[str]:
    """Return what in the source could make code of data."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found.update(part for alias in names for part in alias.name.split(".") if part in MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                found.update(part for part in module.split(".") if part in MODULES)
                found.update(alias.name for alias in names if alias.name in MODULES | CALLS)
                if module in ("torch", "yaml", "numpy"):
                    found.update(f"{module}.load" for alias in names if alias.name == "load")
            case ast.Call():
                found.update(_call(node))
            case _:
                pass
    return found


def test_the_product_makes_no_code_of_data() -> None:
    """In none of its modules; and the search did read them."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(files) > 200
    assert {path.relative_to(ROOT).as_posix(): found for path in files if (found := foreign_code(path.read_text()))} == {}


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import pickle", "pickle"),
        ("import os, joblib as j", "joblib"),
        ("from sklearn.externals import joblib", "joblib"),
        ("def read():\n    from cloudpickle import loads", "cloudpickle"),
        ("import torch\ntorch.load(path)", "torch.load"),
        ("from torch import load", "torch.load"),
        ("torch.load(path, weights_only=False)", "weights_only"),
        ("yaml.load(text, Loader=yaml.FullLoader)", "yaml.load"),
        ("yaml.load(text)", "yaml.load"),
        ("yaml.unsafe_load(text)", "unsafe_load"),
        ("np.load(path, allow_pickle=True)", "allow_pickle"),
        ("np.load(path, allow_pickle=wanted)", "allow_pickle"),
        ("eval(text)", "eval"),
        ("exec(compile(text, 'x', 'exec'))", "exec"),
        ("os.system(text)", "system"),
        ("subprocess.run(text, shell=True)", "shell"),
        ("from os import popen", "popen"),
        ("Model(folder, trust_remote_code=True)", "trust_remote_code"),
        ("connection.enable_load_extension(True)", "enable_load_extension"),
    ],
)
def test_what_makes_code_of_data_would_be_found(source: str, what: str) -> None:
    """In whatever form it is written, at whatever depth."""
    assert what in foreign_code(source)


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "re.compile(pattern)",
        "yaml.load(t, Loader=yaml.BaseLoader)",
        "np.load(p, allow_pickle=False)",
        "json.load(f)",
    ],
)
def test_what_does_not_is_left_alone(source: str) -> None:
    """Names that only look alike are no finding."""
    assert foreign_code(source) == set()
