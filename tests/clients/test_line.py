"""What no system should send and one day does: an answer that is JSON, and that no file and no database can hold."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from toolkit.clients.endpoint import Timeouts
from toolkit.clients.line import Line, whole_characters

CUT = (
    rb'{"name": "cut \ud83d", "pair": "\uD83D\uDE00", "low": "\ude00x",'
    rb' "path": "C:\\ud83d", "twice": "\ud83d\ud83d\ude00"}'
)


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CUT)))
        self.end_headers()
        self.wfile.write(CUT)

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_p15_half_a_character_becomes_the_sign_for_one_and_whole_ones_stay(address: str) -> None:
    line = Line("accelo", Timeouts(), lambda: False, lambda: address)
    said = line.send("GET", "/api/v0/companies", token="t", params=None, json=None, data=None, headers=None,
                     stream=False).json()  # fmt: skip
    line.close()
    assert said == {"name": "cut �", "pair": "😀", "low": "�x", "path": "C:\\ud83d", "twice": "�😀"}
    json.dumps(said, ensure_ascii=False).encode()


@pytest.mark.parametrize("body", [b"", b'{"a": "\xf0\x9f\x98\x80 \\u00e9 \\u0064"}', rb'"\\ud83d"'])
def test_any_other_answer_stays_as_it_came(body: bytes) -> None:
    assert whole_characters(body) == body
