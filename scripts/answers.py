"""A server of language models on this machine that answers as the files of tests/spec/answers/cases say; README.md there tells what a file holds.

    answers.py [PORT]     serves every case at http://127.0.0.1:PORT/CASE, on all four wires, until it is interrupted [default: 18200]

A campaign against a case:
    motherlode mine --model compatible:m@http://127.0.0.1:18200/schema/v1,free --lab smoke --attempts 6 --champions 0
"""

import collections
import http.server
import json
import pathlib
import sys
import threading
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests/spec/answers"
WIRES = tomllib.loads((FOLDER / "wires.toml").read_text())
# What the path of a request ends with, by its wire.
ENDS = {
    "chat_completions": "/chat/completions",
    "responses": "/responses",
    "messages": "/v1/messages",
    "generate_content": ":generateContent",
}


def cases():
    """Every case by its name."""
    return {path.stem: tomllib.loads(path.read_text()) for path in sorted((FOLDER / "cases").glob("*.toml"))}


def at(pointer, value):
    """What stands at a JSON pointer; None where nothing does."""
    for name in pointer.split("/")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def sent(field, request, words):
    return next((found for place in words[field] if (found := at(place, request)) is not None), None)


def is_for(answer, request, number, words):
    """Whether the request of this number gets an answer."""
    limit = sent("limit", request, words)
    return (
        ("has" not in answer or sent(answer["has"], request, words) is not None)
        and ("above" not in answer or (limit is not None and limit > answer["above"]))
        and ("until" not in answer or number <= answer["until"])
    )


def body(answer, request, number, words):
    """The body of an answer to the request of this number."""
    limit = sent("limit", request, words)

    def said(text):
        return text.replace("{n}", str(number)).replace("{limit}", "" if limit is None else str(limit))

    text, thought = said(answer.get("text", "")), said(answer.get("thought", ""))
    half = len(text) // 2
    whole = answer.get("raw", words["shapes"][answer.get("shape", "reply")]).replace("{n}", str(number))
    places = {
        "$STATUS": str(answer.get("status", 200)),
        "$THOUGHT": json.dumps(thought),
        "$FIRST": json.dumps(text[:half]),
        "$REST": json.dumps(text[half:]),
        "$OBJECT": text,
        "$TEXT": json.dumps(text),
    }
    for place, what in places.items():
        whole = whole.replace(place, what)
    whole = answer.get("before", "") + whole + answer.get("after", "")
    return whole.replace("\n", answer.get("break", "\n"))


class AnswerServer(http.server.ThreadingHTTPServer):
    """Serves every case, and counts its requests by case and wire."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.cases, self.requests, self.lock = cases(), collections.Counter(), threading.Lock()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, case, wire):
        with self.lock:
            self.requests[case, wire] += 1
            return self.requests[case, wire]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        case = self.path.split("/")[1]
        wire = next((wire for wire, end in ENDS.items() if self.path.endswith(end)), None)
        if case not in self.server.cases or wire is None:
            return self.answer(404, "text/plain", f"there is no {self.path}")
        number, words = self.server.count(case, wire), WIRES[wire]
        answers = self.server.cases[case]["answer"]
        answer = next(answer for answer in answers if is_for(answer, request, number, words))
        self.answer(answer.get("status", 200), answer.get("type", "application/json"), body(answer, request, number, words))

    def answer(self, status, kind, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except BrokenPipeError:
            pass


if __name__ == "__main__":
    if len(sys.argv) > 2 or not all(word.isdigit() for word in sys.argv[1:]):
        sys.exit(__doc__)
    with AnswerServer(int(sys.argv[1]) if sys.argv[1:] else 18200) as server:
        print(f"{len(server.cases)} cases at {server.url}/CASE; Ctrl-C ends it", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
