import subprocess
import sys


def test_commands_begin_without_warnings() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kedro", "registry", "list"], capture_output=True, text=True, check=True
    )
    assert "evaluation" in done.stdout
    assert done.stderr == ""
