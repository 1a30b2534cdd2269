"""A real Label Studio server, a small library to ask about, and a proxy that makes the server fail."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pandas as pd
import pytest
from label_studio_sdk import LabelStudio

from wordmend.comments.language import QualityLanguage
from wordmend.labelstudio.config import AnnotationExportConfig
from wordmend.labelstudio.connection import LabelStudioServer, connect
from wordmend.labelstudio.exporting import Export, export_questions
from wordmend.labelstudio.local_server import LocalServer, running
from wordmend.labelstudio.questions import questions_from
from wordmend.pairs.library import PairLibrary
from wordmend.samples.config import SamplesConfig
from wordmend.samples.quality_samples import list_quality_samples
from wordmend.samples.restored import RestoredImage, open_restored, write_restored

PROGRAM = Path(__file__).parents[2] / ".venv-label-studio" / "bin" / "label-studio"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server may show pictures from."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory, served: Path) -> Iterator[LocalServer]:
    """A server of its own, on a free port."""
    with running(PROGRAM, tmp_path_factory.mktemp("label_studio"), served, port=0) as local:
        yield local


@pytest.fixture(scope="session")
def server(local: LocalServer) -> LabelStudioServer:
    return local.server


@pytest.fixture(scope="session")
def client(server: LabelStudioServer) -> LabelStudio:
    return connect(server)


@dataclass(frozen=True)
class Library:
    """Quality samples of a few pairs, measured comments, and where annotations are kept."""

    data: Path
    annotations: Path
    samples: pd.DataFrame
    measured: pd.DataFrame
    pairs: PairLibrary

    def export(self, server: LabelStudioServer, **settings: object) -> Export:
        config = AnnotationExportConfig.model_validate(
            {"splits": ["train", "validation", "test"], **settings}
        )
        questions = questions_from(
            self.samples, self.measured, self.pairs, self.data, self.data / "none", config
        )
        return export_questions(server, questions, self.annotations, config)


@pytest.fixture
def library(tmp_path: Path, small_library_path: Path, language: QualityLanguage) -> Library:
    """30 pairs whose restored images are their inputs; the one trained on last has a measured comment."""
    from wordmend.comments.entry import Region
    from wordmend.comments.table import entries_to_table

    pairs = PairLibrary.open(small_library_path)
    table = tmp_path / "04_feature" / "restored.parquet"
    write_restored(
        table,
        (RestoredImage(p.pair_id, p.lq, place if place < 3 else None) for place, p in enumerate(pairs)),
    )
    mix = SamplesConfig(lq=1, gt=1, restored=1)
    samples = list_quality_samples(pairs, open_restored(table), mix, tmp_path, seed=0)
    first = pairs.pair_ids[0]
    entries = language.entries_from_text(
        "the upper left area is noisy",
        sample_id=f"{first}.restored",
        pair_id=first,
        kind="restored",
        region=Region(0, 0, 16, 16),
        source="measured",
    )
    annotations = tmp_path / "01_raw" / "annotations"
    return Library(tmp_path, annotations, samples, entries_to_table(entries), pairs)


Fault = Callable[[str, str], str | None]
"""Of method and path: "before" fails without asking the server, "after" when it has done it, None never."""


LATE = 4.0  # seconds


@contextmanager
def failing(server: LabelStudioServer, fault: Fault, status: int = 500) -> Iterator[LabelStudioServer]:
    """The server behind a proxy that answers with `status` where `fault` says so.

    0 hangs up without an answer, -1 does so after `LATE` seconds.
    """

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            when = fault(self.command, self.path)
            if when != "before":
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
                answer = httpx.request(
                    self.command,
                    server.url + self.path,
                    headers=headers,
                    content=body,
                    timeout=60,
                    trust_env=False,
                )
                code, content = answer.status_code, answer.content
                kind = answer.headers.get("Content-Type", "application/json")
            if when is not None:
                if status == 0:
                    self.close_connection = True
                    return
                if status == -1:
                    time.sleep(LATE)
                    return
                code, content, kind = status, b'{"detail": "made to fail"}', "application/json"
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_one  # noqa: N815  # http.server's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield LabelStudioServer(f"http://127.0.0.1:{proxy.server_port}", server.api_key)
    finally:
        proxy.shutdown()
        proxy.server_close()
