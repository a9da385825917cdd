"""The README's examples, as printed."""

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()
EXAMPLES = re.findall("```python\n(.*?)```", README, re.DOTALL)


def test_the_first_example_passes(pytester):
    pytester.makepyfile(EXAMPLES[0])
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_marker_of_the_readme_works(pytester):
    pytester.mkdir("tests")
    (pytester.path / "tests/accounts.json").write_text('{"users": []}')
    pytester.makeini("[pytest]")
    pytester.makepyfile(
        "import pytest\n"
        + EXAMPLES[1]
        + "def test(accountd): assert accountd.clock.now().isoformat() == '2030-01-31T12:00:00+00:00'"
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_example_without_pytest_runs(tmp_path):
    (tmp_path / "tests").mkdir()
    seed = '{"users": [{"username": "ada", "emails": [{"email": "ada@example.com"}]}]}'
    (tmp_path / "tests/accounts.json").write_text(seed)
    output = subprocess.check_output([sys.executable, "-c", EXAMPLES[2]], cwd=tmp_path, text=True)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+ \S+\n", output)


def test_the_table_names_every_public_method():
    from accountd.testing import Control, StandIn

    table = README.partition("## What a test controls")[2]
    public = {name for cls in (Control, StandIn) for name in vars(cls) if not name.startswith("_")}
    assert [name for name in sorted(public - {"stop"}) if f"`{name}" not in table and f", `{name}" not in table] == []
