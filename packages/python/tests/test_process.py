"""The process of a stand-in, from its start to its end."""

import os
import signal
import subprocess
import sys
import textwrap

import accountd
import pytest
from accountd.testing import StandIn, StartError
from conftest import ends, is_running


def program(folder, text):
    """A program in the place of accountd."""
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\n{textwrap.dedent(text)}")
    path.chmod(0o755)
    return path


def test_the_server_ends_with_the_context():
    with StandIn() as accounts:
        assert is_running(accounts.pid)
    assert not is_running(accounts.pid)
    with pytest.raises(ConnectionError, match="accountd was stopped"):
        accounts.reset()


def test_the_server_ends_when_the_program_that_started_it_is_killed():
    code = "import time; from accountd.testing import StandIn; print(StandIn().pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as starter:
        pid = int(starter.stdout.readline())
        assert is_running(pid)
        with ends(pid):
            starter.kill()


def test_ctrl_c_does_not_end_the_server_before_the_test_run():
    code = """
import os, signal, time
from accountd.testing import StandIn
with StandIn() as accounts:
    try:
        os.killpg(0, signal.SIGINT)
        time.sleep(60)
    except KeyboardInterrupt:
        time.sleep(0.2)
        accounts.reset()
        print("done")
"""
    ran = subprocess.run([sys.executable, "-c", code], process_group=0, capture_output=True, text=True, timeout=30)
    assert (ran.stdout, ran.returncode) == ("done\n", 0), ran.stderr


def test_a_seed_that_breaks_a_rule_is_shown(tmp_path):
    (tmp_path / "seed.json").write_text('{"users": [{"nickname": "ada"}]}')
    with pytest.raises(StartError, match="(?s)ended with status 1.*seed.json.*nickname"):
        StandIn("seed.json", root=tmp_path)


def test_an_unknown_option_is_shown():
    with pytest.raises(StartError, match="(?s)ended with status 2.*--colour"):
        StandIn(options=["--colour"])


def test_a_program_that_cannot_be_run_is_an_error(tmp_path):
    path = tmp_path / "program"
    path.write_text("no program")
    path.chmod(0o755)
    with pytest.raises(StartError, match="cannot be started"):
        StandIn(binary=path)


def test_the_start_has_a_time_limit(tmp_path):
    slow = program(
        tmp_path,
        """
        import os, sys, time
        print("loading", file=sys.stderr, flush=True)
        open("PID", "w").write(str(os.getpid()))
        time.sleep(60)
        """.replace("PID", str(tmp_path / "pid")),
    )
    with pytest.raises(StartError, match="(?s)not ready within 0.5 s.*loading"):
        StandIn(binary=slow, timeout=0.5)
    assert not is_running(int((tmp_path / "pid").read_text()))


def test_a_long_log_does_not_block_the_server(tmp_path):
    wordy = program(
        tmp_path,
        """
        import sys
        for number in range(20_000):
            print("a line of the log", number, file=sys.stderr)
        print('{"url": "http://127.0.0.1:1", "control": "", "pid": 1, "version": ""}', flush=True)
        for number in range(20_000):
            print("a line of the log", number, file=sys.stderr)
        sys.exit("the end")
        """,
    )
    with StandIn(binary=wordy) as accounts:
        end = ""
        while "ended" not in end:
            with pytest.raises(ConnectionError) as caught:
                accounts.reset()
            end = str(caught.value)
    assert "accountd ended with status 1\n" in end
    assert end.endswith("a line of the log 19999\nthe end")
    assert len(end) < 10_000


def test_a_server_that_crashes_is_reported():
    with StandIn() as accounts:
        os.kill(accounts.pid, signal.SIGKILL)
        with pytest.raises(ConnectionError, match="POST reset: accountd ended with status -9"):
            accounts.reset()


def test_settings_of_the_shell_do_not_reach_the_server(monkeypatch):
    monkeypatch.setenv("ACCOUNTD_LISTEN", "nonsense")
    with StandIn() as accounts:
        assert accounts.url.startswith("http://127.0.0.1:")


def test_the_binary_of_the_wheel_is_found():
    assert accountd.find_binary() == accountd.find_binary().resolve()
    assert accountd.find_binary().is_relative_to(sys.prefix)
    assert "accountd" in subprocess.check_output([accountd.find_binary(), "--version"], text=True)


def test_the_environment_comes_first(monkeypatch, tmp_path):
    chosen = program(tmp_path, "")
    monkeypatch.setenv("ACCOUNTD_BINARY", str(chosen))
    assert accountd.find_binary() == chosen
    monkeypatch.setenv("ACCOUNTD_BINARY", str(tmp_path / "absent"))
    with pytest.raises(FileNotFoundError, match="ACCOUNTD_BINARY is .*absent.*pip install accountd"):
        accountd.find_binary()


def test_without_a_wheel_the_path_is_searched(tmp_path):
    # Another Python, for which the wheel is not installed.
    package = os.path.dirname(os.path.dirname(accountd.__file__))
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/accountd").symlink_to(os.path.join(package, "accountd"))
    (tmp_path / "bin").mkdir()
    command = [os.path.join(sys.base_prefix, "bin/python3"), "-c", "import accountd; print(accountd.find_binary())"]
    environment = {"PYTHONPATH": str(tmp_path / "packages"), "PATH": str(tmp_path / "bin")}
    missing = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "FileNotFoundError: the program accountd is not installed: install it with `pip install" in missing.stderr
    (tmp_path / "bin/accountd").symlink_to(accountd.find_binary())
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert found.stdout == f"{tmp_path}/bin/accountd\n", found.stderr
