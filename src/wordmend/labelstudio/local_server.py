"""A Label Studio server of one's own, on this machine only: `make label-studio`."""

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from wordmend.errors import LabelStudioError, WordmendError
from wordmend.files import atomic_path
from wordmend.labelstudio.connection import LabelStudioServer

HOST = "127.0.0.1"
USER = "wordmend@localhost.org"
_ACCOUNT = "account.yml"
_LOG = "server.log"
_READY_SECONDS = 300  # the first start makes the database: one minute on an idle machine


@dataclass(frozen=True)
class LocalServer:
    """A server that runs, and who may log in."""

    server: LabelStudioServer
    user: str
    password: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def running(program: Path, folder: Path, files: Path, port: int) -> Iterator[LocalServer]:
    """Run a server until the block ends. The first start makes its database, a user, a password and a token.

    It listens on this machine only, and asks nothing of the outside.

    Args:
        program: `label-studio` of the environment that it is installed in.
        folder: keeps its database, uploads, account and log.
        files: the folder that it may show pictures from (`images: local_files`).
        port: where it listens; 0 takes a free one.

    Raises:
        LabelStudioError: not installed, the port is taken, or it doesn't come up; names the log.
    """
    if not program.is_file():
        raise LabelStudioError(f"{program}: Label Studio is not installed there; say `make label-studio`")
    port = _free_port(port)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # it holds the password
    account = _account(folder)
    url = f"http://{HOST}:{port}"
    with (folder / _LOG).open("ab") as log:
        process = subprocess.Popen(
            [program.resolve(), "start", "--no-browser", "--internal-host", HOST, "--port", str(port)],
            env=_environment(folder, files, account),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, url, folder / _LOG)
        yield LocalServer(LabelStudioServer(url, account["token"]), USER, account["password"], process)
    finally:
        _end(process)


def write_credentials(path: Path, server: LabelStudioServer) -> bool:
    """Note address and key for the pipelines, where nothing else is noted; whether that was done."""
    known: dict[str, Any] = {}
    if path.is_file():
        known = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    mine = {"url": server.url, "api_key": server.api_key}
    if known.get("label_studio") not in (None, mine) and HOST not in str(known["label_studio"].get("url")):
        return False
    with atomic_path(path) as temporary:
        temporary.write_text(yaml.safe_dump(known | {"label_studio": mine}), encoding="utf-8")
    path.chmod(0o600)
    return True


def _account(folder: Path) -> dict[str, str]:
    """Password and token, made at the first start."""
    path = folder / _ACCOUNT
    if path.is_file():
        account = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(account, dict) and {"password", "token"} <= set(account):
            return {name: str(value) for name, value in account.items()}
        raise LabelStudioError(f"{path}: no password and token in it; restore it, or delete {folder}")
    account = {"user": USER, "password": secrets.token_urlsafe(9), "token": secrets.token_hex(20)}
    with atomic_path(path) as temporary:
        temporary.write_text(yaml.safe_dump(account), encoding="utf-8")
    path.chmod(0o600)
    return account


def _environment(folder: Path, files: Path, account: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LABEL_STUDIO")}
    return kept | {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder.resolve()),
        "LABEL_STUDIO_USERNAME": USER,
        "LABEL_STUDIO_PASSWORD": account["password"],
        "LABEL_STUDIO_USER_TOKEN": account["token"],
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(files.resolve()),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "XDG_CONFIG_HOME": str((folder / "xdg").resolve()),
        # it would fetch tips from the web at every page, which no setting turns off
        "HTTPS_PROXY": f"http://{HOST}:9",
        "NO_PROXY": f"{HOST},localhost",
        "DEBUG": "false",
    }


def _free_port(port: int) -> int:
    # Label Studio takes the next port without a word where this one is taken
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LabelStudioError(
                f"port {port} is taken: does the server run already? Else take another one: "
                f"make label-studio PORT={port + 1}"
            ) from error
        return int(probe.getsockname()[1])


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise LabelStudioError(f"Label Studio ended with status {process.returncode}; see {log}")
        try:
            if httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise LabelStudioError(f"Label Studio did not come up in {_READY_SECONDS} s; see {log}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    """Run the server in the foreground; Ctrl-C ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path, help="label-studio of the environment that it is installed in")
    parser.add_argument("--folder", type=Path, default=Path(".label-studio"), help="database and uploads")
    parser.add_argument("--files", type=Path, default=Path("data/01_raw"), help="may be shown from disk")
    parser.add_argument("--credentials", type=Path, default=Path("conf/local/credentials.yml"))
    parser.add_argument("--port", type=int, default=8180)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    first = "" if options.folder.is_dir() else " (the first time makes its database: about a minute)"
    print(f"starting Label Studio{first} ...", flush=True)
    try:
        with running(options.program, options.folder, options.files, options.port) as local:
            noted = write_credentials(options.credentials, local.server)
            print(f"open      {local.server.url}\nuser      {local.user}\npassword  {local.password}")
            print(
                f"The pipelines find it by {options.credentials}."
                if noted
                else f"{options.credentials} names another server: the pipelines will use that one."
            )
            print(
                "Put up tasks:  .venv/bin/kedro run --pipelines=annotation_export\nCtrl-C ends it.",
                flush=True,
            )
            status = local.process.wait()
        raise LabelStudioError(
            f"Label Studio ended by itself with status {status}; see {options.folder / _LOG}"
        )
    except KeyboardInterrupt:
        print("\nLabel Studio has ended; what was commented is kept.")
    except WordmendError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
