"""Hostile replies of a server of models. Each is a function of the server, the connection and the request, and says whether the connection stays."""

import base64
import functools
import gzip
import json
import socket
import struct
import time
import urllib.parse

from program import KEY
from server import reply

# The bytes and the seconds for which an endless answer goes on.
ENDLESS = 256 << 20
SLOW = 30.0


def said(server, request, text=None, **more):
    """A true answer with other fields, as bytes; it is billed."""
    return json.dumps(server.completion(request, text) | more).encode()


def stream(server, connection, piece, pause=0.0):
    """Sends a piece again and again, until the client goes or a bound is reached."""
    sent, until = 0, time.monotonic() + SLOW
    while sent < ENDLESS and time.monotonic() < until and not server.ended.wait(pause):
        connection.wfile.write(piece)
        sent += len(piece)
    return False


def no_json(draw, server, connection, request):
    said(server, request)
    pages = [b"<html><body>It works!</body></html>", b"", b"null", b"[]", b"7", b'"text"', b"{", b"\xff\xfe{\x00}\x00", b"data: [DONE]\n\n", b"\0" * 4096]
    reply(connection, draw.choice(pages))
    return True


def huge(draw, server, connection, request):
    said(server, request)
    connection.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % draw.choice([ENDLESS, 1 << 40]))
    return stream(server, connection, draw.choice([b" ", b"[", b'{"a":"' + b"x" * 1000]) * 4096)


def endless(draw, server, connection, request):
    said(server, request)
    chunk = b"x" * 65536
    which = draw.randrange(4)
    if which == 0:
        connection.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    elif which == 1:
        connection.wfile.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + chunk + b"\r\n"
    elif which == 2:
        connection.wfile.write(b"HTTP/1.1 200 OK\r\n")
        chunk = b"x-more: " + b"y" * 1000 + b"\r\n"
    else:
        chunk = b"HTTP/1.1 100 Continue\r\n\r\n" * 100
    return stream(server, connection, chunk)


def packed(draw, server, connection, request):
    said(server, request)
    reply(connection, bomb(), headers=["content-encoding: gzip"])
    return True


@functools.cache
def bomb():
    """A gigabyte of blanks in a megabyte."""
    return gzip.compress(b" " * (64 << 20), 9) * 16


def slow(draw, server, connection, request):
    said(server, request)
    if draw.random() < 0.5:
        connection.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n")
    return stream(server, connection, b" ", 0.1)


def silent(draw, server, connection, request):
    said(server, request)
    server.ended.wait(SLOW)
    return False


def wrong_length(draw, server, connection, request):
    payload = said(server, request)
    length = draw.choice([len(payload) + 1, len(payload) + 10**6, len(payload) // 2, 0, -5, 10**30, "many", "1, 2"])
    connection.wfile.write(f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n".encode() + payload)
    return isinstance(length, int) and 0 <= length < len(payload)


def cut_off(draw, server, connection, request):
    payload = said(server, request)
    whole = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(payload) + payload
    connection.wfile.write(whole[: draw.randrange(len(whole))])
    if draw.random() < 0.5:
        # Closes with a reset.
        connection.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def wrong_status(draw, server, connection, request):
    statuses = "100 204 206 299 304 400 401 402 403 404 405 408 409 413 418 422 451 500 501 502 503 504 529 599 600 999 000 -1 banana".split()
    bodies = [b"", b"<h1>no</h1>", b'{"error":{"message":"no","type":"x","code":null}}', b'{"error":"no"}', b'{"detail":[{"msg":"no"}]}']
    reply(connection, draw.choice(bodies), status=f"{draw.choice(statuses)} as it is")
    return True


def error_within(draw, server, connection, request):
    reply(connection, json.dumps({"error": {"message": "overloaded \x1b[31m", "code": draw.choice([500, "429", None])}}).encode())
    return True


def redirect(draw, server, connection, request):
    target = f"http://127.0.0.1:{server.elsewhere.port}/v1/chat/completions"
    reply(connection, b"", status=f"{draw.choice([301, 302, 303, 307, 308])} over there", headers=[f"location: {target}"])
    return True


def wrong_type(draw, server, connection, request):
    payload = said(server, request)
    kind = draw.choice(["image/png", "text/event-stream", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "\x01", "text/html"])
    if draw.random() < 0.3:
        payload = b"data: " + payload + b"\n\ndata: [DONE]\n\n"
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(payload)}\r\n\r\n"
    connection.wfile.write(head.encode() + payload)
    return True


def impossible_usage(draw, server, connection, request):
    numbers = [-1, 10**9, 10**30, 1.5, "12", None, [], True, 2**64, 0, 1, float("1e308")]
    usage = {"prompt_tokens": draw.choice(numbers), "completion_tokens": draw.choice(numbers), "total_tokens": draw.choice(numbers)}
    more = {"prompt_tokens_details": {"cached_tokens": draw.choice(numbers)}, "completion_tokens_details": {"reasoning_tokens": draw.choice(numbers)}}
    reply(connection, said(server, request, usage=draw.choice([usage, usage | more, None, [], "much", {}])))
    return True


def spellings(key=KEY):
    """A key as a server may give it back: each can be turned into the key again."""
    return {
        "plain": key,
        "json": "".join(f"\\u{ord(letter):04x}" for letter in key),
        "percent": "".join(f"%{ord(letter):02X}" for letter in key),
        "quoted": urllib.parse.quote(key, safe=""),
        "base64": base64.b64encode(f"Bearer {key}".encode()).decode(),
        "hexadecimal": key.encode().hex(),
    }


def key_echoed(draw, server, connection, request):
    spelled = draw.choice(list(spellings().values()))
    place = draw.choice(["rationale", "formula", "text", "model", "tier", "finish", "error", "status", "header", "identity"])
    marker = "@KEY@"
    # An error is not billed.
    document = server.completion(request) if place not in ("error", "status") else {}
    message = document["choices"][0]["message"] if document else {}
    if place == "rationale":
        message["content"] = json.dumps(json.loads(message["content"]) | {"rationale": f"since {marker}"})
    elif place == "formula":
        message["content"] = json.dumps({"formula": f"x*{marker}", "rationale": "none"})
    elif place == "text":
        message["content"] = f"I was given {marker} and think of x*sigmoid(1.2*x)"
    elif place == "model":
        document["model"] = marker
    elif place == "tier":
        document["service_tier"] = marker
    elif place == "finish":
        document["choices"][0]["finish_reason"] = marker
    elif place == "identity":
        document |= {"id": marker, "system_fingerprint": marker}
    if not document:
        document = {"error": {"message": f"the key {marker} is wrong", "code": marker, "param": marker}}
    headers = [f"x-request-id: {spelled}", f"www-authenticate: Bearer {spelled}"] if place == "header" else []
    # Escapes of JSON stand in the JSON as they are, and those within a text within JSON with their backslashes doubled, by turns.
    within = spelled.replace("\\", "\\\\") if "\\" in spelled and draw.random() < 0.5 else spelled
    status = draw.choice(["400 no", "401 no", "403 no", "500 no"]) if place in ("error", "status") else "200 OK"
    reply(connection, json.dumps(document).replace(marker, within).encode(), status=f"{status} {spelled}" if place == "status" else status, headers=headers)
    return True


def controls(draw, server, connection, request):
    steering = draw.choice(["\x1b[2J\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\r", "\x00", "\x7f", "\u202e", "\u2066", "\x08" * 20, "\u061c"])
    place = draw.choice(["rationale", "name", "formula", "model", "text", "error"])
    if place == "error":
        reply(connection, json.dumps({"error": {"message": f"no {steering} no"}}).encode(), status=f"400 {draw.choice(['no', 'no' + steering.strip()])}")
        return True
    document = server.completion(request)
    content = json.loads(document["choices"][0]["message"]["content"])
    if place in content:
        content[place] += steering + " after"
    document["choices"][0]["message"]["content"] = json.dumps(content) if place != "text" else f"{steering} {content['formula']} {steering}"
    if place == "model":
        document["model"] += steering
    reply(connection, json.dumps(document, ensure_ascii=draw.random() < 0.5).encode())
    return True


def too_many(draw, server, connection, request):
    wait = draw.choice(["1000000000000", "-5", "never", "Fri, 31 Dec 9999 23:59:59 GMT", "1e309", "0", "999999999999999999999", "0.001", ""])
    headers = [draw.choice(["retry-after", "retry-after-ms", "x-ratelimit-reset-requests"]) + f": {wait}"]
    reply(connection, b'{"error":{"message":"slow down","type":"requests"}}', status="429 Too Many Requests", headers=headers)
    return True


def closed_silently(draw, server, connection, request):
    reply(connection, said(server, request), headers=["connection: keep-alive"])
    return False


def strange_document(draw, server, connection, request):
    document = server.completion(request)
    message = document["choices"][0]["message"]
    which = draw.randrange(9)
    if which < 6:
        message["content"] = [
            None,
            10**400,
            "",
            json.dumps({"formula": "+".join(["x"] * 200_000)}),
            json.dumps({"formula": "(" * 100_000 + "x" + ")" * 100_000}),
            [{"type": "text", "text": {"formula": "x"}}] * 1000,
        ][which]
    elif which == 6:
        document["choices"] = draw.choice([[], None, {}, "x", [None], document["choices"] * 20_000])
    payload = json.dumps(document).encode()
    if which == 7:
        payload = b"[" * 200_000 + b"]" * 200_000
    elif which == 8:
        payload = b"\xef\xbb\xbf" + payload.replace(b"gate", b"g\xff\xc0te")
    reply(connection, payload)
    return True


def more_than_asked(draw, server, connection, request):
    payload = said(server, request, json.dumps({"formula": "x*sigmoid(1.01*x)", "rationale": "words " * 100_000}))
    reply(connection, payload + draw.choice([b"", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"]))
    return True


ALL = [
    no_json,
    key_echoed,
    huge,
    impossible_usage,
    controls,
    cut_off,
    too_many,
    redirect,
    slow,
    wrong_status,
    closed_silently,
    endless,
    wrong_length,
    wrong_type,
    strange_document,
    silent,
    packed,
    error_within,
    more_than_asked,
]


def drawn(one, draw):
    """A hostile reply with its randomness."""
    return functools.partial(one, draw)
