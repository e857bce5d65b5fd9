#!/usr/bin/env python3
"""Makes the screens of docs/models.md anew: what `motherlode mine` says to servers that are down,
refuse the key, redirect to a login, write prose, or answer one request at a time.

    cargo build --release
    python3 scripts/model_screens.py target/release/motherlode [--write]

The servers are within this file, on loopback, and cost nothing; the standard library is enough.
With --write the part of docs/models.md between its marks is replaced, else it is printed.
"""

import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

WIDTH = 80
DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "docs" / "models.md"
BEGIN, END = "<!-- screens: scripts/model_screens.py -->", "<!-- end of screens -->"
# Seconds that the slow server takes for an answer, as a model on a small machine does.
SECONDS = 20
SLOT = threading.Lock()
COUNT = [0]


def says(text):
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 1400, "completion_tokens": 60}
    return 200, {}, json.dumps({"model": "m", "choices": [choice], "usage": usage})


def proposes():
    COUNT[0] += 1
    formula = "x*tanh(%g*x)" % (0.5 + 0.01 * COUNT[0])
    return says(json.dumps({"rationale": "a gate", "name": "gate", "formula": formula}))


def refuses():
    return 401, {}, json.dumps({"error": {"message": "Incorrect API key provided"}})


def redirects():
    return 302, {"location": "https://sso.example.org/login?next=/v1/chat/completions"}, ""


def writes_prose():
    return says("Sure! A smooth gate would be a fine idea, since it keeps the sign of its input.")


def begins_well():
    return proposes() if COUNT[0] < 2 else writes_prose()


def slowly():
    with SLOT:
        time.sleep(SECONDS)
        return proposes()


def serve(answer):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            status, headers, body = answer()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body.encode())
            except BrokenPipeError:
                pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def screen(binary, answer, attempts):
    """What standard error shows, without progress, at a width of 80."""
    COUNT[0] = 0
    server = serve(answer) if answer else None
    port = server.server_address[1] if server else 1
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MOTHERLODE_COMPATIBLE_API_KEY": "not-the-right-one"}
        if answer is not refuses:
            del environment["MOTHERLODE_COMPATIBLE_API_KEY"]
        command = [binary, "mine", "--model", f"compatible:m@http://127.0.0.1:{port}/v1,free"]
        command += ["--lab", "smoke", "--attempts", str(attempts), "--champions", "0"]
        command += ["--archive", folder + "/archive"]
        said = subprocess.run(command, env=environment, capture_output=True, text=True)
    if server:
        server.shutdown()
    lines = said.stderr.replace(f"127.0.0.1:{port}", "127.0.0.1:8080").splitlines()
    # How far it is, and how long a test server took, is of no interest.
    lines = [line for line in lines if not re.match(r"(attempts|measuring .*): \d", line)]
    wrapped = [textwrap.wrap(line, WIDTH - 4, break_long_words=False) or [""] for line in lines]
    shown = "\n".join("    " + part for line in wrapped for part in line)
    return f"    $ motherlode mine --model compatible:m@http://127.0.0.1:8080/v1,free\n{shown}"


CASES = [
    (
        "The server is down",
        None,
        6,
        "Start it, and mind the port: 11434 is Ollama's, 8080 llama.cpp's, 8000 vLLM's, 1234 LM "
        "Studio's. A proxy that is in between is named.",
    ),
    (
        "The server refuses the key",
        refuses,
        6,
        "Set the variable that is named to a key of this server; a name that is not the usual one "
        "follows the model as `key=VARIABLE`.",
    ),
    (
        "The address leads to a login",
        redirects,
        6,
        "The address is that of a page for people, or something before the server wants you to "
        "sign in: take the address of its API, or go through the VPN that it asks for.",
    ),
    (
        "The model writes prose",
        writes_prose,
        6,
        "Take a model that follows instructions, or try `structured=json_object` or "
        "`structured=none`: some servers stumble over schemas.",
    ),
    (
        "The model begins well and writes prose then",
        begins_well,
        40,
        "What is made is kept, and a resume goes on behind it; each pays for five more replies "
        "at most.",
    ),
    (
        f"The server answers one request at a time, in {SECONDS} s each",
        slowly,
        4,
        "Nothing is to be done: the time that it takes is said before anything is trained. Fewer "
        "`--attempts` take less, and what is there is kept at every stop.",
    ),
]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    parts = [
        f"### {title}\n\n{screen(sys.argv[1], answer, attempts)}\n\n{advice}\n"
        for title, answer, attempts, advice in CASES
    ]
    screens = BEGIN + "\n\n" + "\n".join(parts) + "\n" + END
    if "--write" not in sys.argv:
        print(screens)
        return
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(before + screens + rest.split(END)[1])


if __name__ == "__main__":
    main()
