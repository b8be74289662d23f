"""What may import what, and what each package shows of itself."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"corpus": {"embeddings", "qa"}, "embeddings": {"qa"}, "qa": set()}
EXPORTS = {
    "corpus": {
        *("Chunker", "Document", "DocumentQAError", "FileReport", "Heading", "Page", "Passage"),
        *("Receipt", "read"),
    },
    "embeddings": {
        *("DEFAULT_MODEL", "Encoder", "Index", "Model", "Ranking", "find_model", "load_encoder"),
    },
    "qa": {"Answer", "Citation", "DocumentQAError", "Library", "Receipt"},
}
HEAVY = ("torch", "gradio", "sentence_transformers", "transformers", "openvino")


def modules_of(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported_by(path):
    """Return the top-level names of all that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            text = ast.unparse(node.args[0]).strip("f'\"")
            assert not text.startswith(("embeddings", "qa.")), f"{path} imports {text}"


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_go_one_way(package):
    paths = modules_of(package)
    assert len(paths) > 5
    for path in paths:
        wrong = set(imported_by(path)) & (FORBIDDEN[package] | {"tests"})
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("package", EXPORTS)
def test_a_package_exports_what_is_listed_and_no_more(package):
    module = importlib.import_module(package)
    assert set(module.__all__) == EXPORTS[package]
    assert list(module.__all__) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError):
        _ = module.no_such_name


@pytest.mark.parametrize("package", EXPORTS)
def test_the_front_of_a_package_is_short_and_says_what_it_is(package):
    text = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("package", EXPORTS)
def test_every_module_says_what_it_is_for(package):
    for path in modules_of(package):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def imported_when(code):
    """Return which of the heavy packages a fresh process has imported after some code."""
    report = f"import sys; print([name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return ast.literal_eval(run.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "code",
    [
        "import qa",
        "from qa import Library, Answer, Citation",
        "import corpus, embeddings",
        "import qa.web.application",
        "from qa.cli import main; assert main(['--help']) == 0",
        "from qa.cli import main; assert main(['ask', '--help']) == 0",
        "from qa.cli import main; assert main(['list', '--library', '/no/such/library']) == 2",
    ],
)
def test_what_should_be_quick_imports_nothing_heavy(code):
    assert imported_when(code) == []


def test_python_m_qa_prints_the_help():
    run = subprocess.run(
        [sys.executable, "-m", "qa", "--help"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "ask" in run.stdout


@pytest.mark.slow
def test_a_question_on_a_warm_library_imports_neither_torch_nor_gradio(home):
    ask = "from qa.cli import main; assert main(['ask', 'Which park has peacocks?']) in (0, 3)"
    imported_when(ask)
    assert set(imported_when(ask)) <= {"openvino"}
