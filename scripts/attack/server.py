"""A server of language models on this machine, which bills what reaches it and answers as a trial wants it to."""

import dataclasses
import hashlib
import json
import random
import socketserver
import threading
import time

# Picodollars a token, and the dollars a million of them that a campaign is told.
INPUT, OUTPUT = 2_000_000, 8_000_000
DOLLARS = 1e-12
MAX_TOKENS = 400


@dataclasses.dataclass(frozen=True)
class Request:
    """What reached the server: its place among all, what identifies its body, and the body."""

    number: int
    digest: str
    body: bytes


class Server:
    """From the beginning of a `with` to its end, the server stands on a free port.

    `answer(server, connection, request)` writes to the connection and says whether it stays open; the default is a true answer.
    """

    def __init__(self, answer=None, delay=0.0):
        self.answer, self.delay = answer or honest, delay
        self.requests, self.billed, self.written = [], 0, {}
        self.lock = threading.Lock()
        self.ended = threading.Event()

    def __enter__(self):
        server = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self):
                try:
                    while server._serve(self):
                        pass
                except (OSError, ValueError):
                    # The client is gone, or what it sent was cut off: nothing reached the server.
                    pass

            def finish(self):
                try:
                    super().finish()
                except OSError:
                    pass

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.listener.shutdown()
        self.listener.server_close()

    def _serve(self, connection):
        head = []
        while (line := connection.rfile.readline(65536)) not in (b"\r\n", b""):
            head.append(line.lower())
        if not line:
            return False
        length = next((int(line.split(b":")[1]) for line in head if line.startswith(b"content-length:")), 0)
        body = connection.rfile.read(length)
        if len(body) < length:
            return False
        with self.lock:
            request = Request(len(self.requests), hashlib.sha256(body).hexdigest(), body)
            self.requests.append(request)
        return self.answer(self, connection, request)

    def model(self, price=True):
        """How a campaign is told of this server."""
        paid = f"price.input={INPUT / 1e6},price.output={OUTPUT / 1e6}" if price else "free"
        return f"compatible:fake@http://127.0.0.1:{self.port}/v1,{paid},max_tokens={MAX_TOKENS}"

    def bill(self, tokens_in, tokens_out):
        """Bills a request, which is done as soon as it was received."""
        with self.lock:
            self.billed += tokens_in * INPUT + tokens_out * OUTPUT

    def completion(self, request, text=None):
        """A true answer to a request as a document, and as a reply the `text` or a formula of the request's own; it is billed."""
        if text is None:
            text = json.dumps({"formula": formula(request), "name": "gate", "rationale": "a gate of another slope"})
            with self.lock:
                self.written[formula(request)] = request.digest
        used = {"prompt_tokens": max(1, len(request.body) // 4), "completion_tokens": max(1, min(len(text) // 3, MAX_TOKENS))}
        self.bill(used["prompt_tokens"], used["completion_tokens"])
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        used["total_tokens"] = used["prompt_tokens"] + used["completion_tokens"]
        return {"id": "answer", "object": "chat.completion", "model": "fake-1", "choices": [choice], "usage": used}


def formula(request):
    """A formula that the request alone decides, so that a campaign meets the same answers however it was disturbed."""
    draw = random.Random(request.digest)
    slope, share = draw.randrange(20_000, 200_000) / 100_000, draw.randrange(1_000, 60_000) / 100_000
    shape = draw.choice(
        [
            "x*sigmoid({0}*x)+{1}*tanh(x)",
            "max(x,0)+{1}*min(x,{0})",
            "x*tanh(softplus({0}*x))-{1}*sin(x)",
            "atan({0}*x)*x+{1}*erf(x)",
            "sin({0}*x)+{1}*x",
        ]
    )
    return shape.format(slope, share)


def reply(connection, payload, status="200 OK", headers=()):
    """Writes a whole answer."""
    head = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(payload)}", *headers, "", ""]
    connection.wfile.write("\r\n".join(head).encode() + payload)


def honest(server, connection, request):
    """Answers truly, after the server's delay."""
    document = server.completion(request)
    if server.delay:
        time.sleep(random.Random(request.digest + "delay").uniform(0, 2 * server.delay))
    reply(connection, json.dumps(document).encode())
    return True
