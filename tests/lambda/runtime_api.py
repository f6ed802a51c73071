"""An AWS Lambda Runtime API (version 2018-06-01) on the loopback interface, and a function process that speaks to it.

    with Function(command, handler="tick", environment={...}) as function:
        answer = function.invoke({"groups": ["shop"]})
        answer.result   what the handler answered, or None
        answer.error    {"errorType", "errorMessage", ...} of a failed invocation, or None

Serves as Lambda does: one invocation at a time; the process waits in `next`; one that dies is started anew by the next
`invoke`. Needs Python alone.
"""
import dataclasses
import http.server
import json
import os
import queue
import subprocess
import threading
import time
import uuid

BASE = "/2018-06-01/runtime"
LARGEST = 6 * 1024 * 1024


class Died(Exception):
    """The process ended in the middle of an invocation, or before it asked for one."""


@dataclasses.dataclass
class Answer:
    request_id: str
    result: object = None
    error: dict = None
    error_type: str = None  # of the header
    seconds: float = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the client keeps its connection
    disable_nagle_algorithm = True
    wbufsize = -1  # one answer, one packet

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        api = self.server.api
        if self.path != BASE + "/invocation/next":
            return self.answer(404, b"{}")
        api.seen_next()
        event = api.events.get()
        if event is None:
            self.close_connection = True
            return None
        request_id, payload, deadline = event
        return self.answer(200, payload, {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:almanac",
            "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"})

    def do_POST(self):
        api = self.server.api
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Lambda-Runtime-Function-Error-Type")
        if self.path == BASE + "/init/error":
            api.answers.put(Answer("init", error=json.loads(body), error_type=kind))
        elif len(body) > LARGEST:
            return self.answer(413, b"{}")
        else:
            request_id, what = self.path.removeprefix(BASE + "/invocation/").split("/")
            if what == "response":
                api.answers.put(Answer(request_id, result=json.loads(body)))
            else:
                api.answers.put(Answer(request_id, error=json.loads(body), error_type=kind))
        return self.answer(202, b'{"status":"OK"}')

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a process that was killed


class RuntimeApi:
    def __init__(self):
        self.events, self.answers = queue.Queue(), queue.Queue()
        self.waiting = threading.Event()  # a process is in `next`
        self.next_times = []  # time.monotonic() of every `next`
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.api = self
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def seen_next(self):
        self.next_times.append(time.monotonic())
        self.waiting.set()

    def close(self):
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


class Function:
    def __init__(self, command, handler, environment=None):
        self.command, self.handler, self.extra = command, handler, environment or {}
        self.api, self.process, self.starts, self.lines = None, None, 0, []

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.stop()

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "AWS_LAMBDA_RUNTIME_API": self.api.host, "_HANDLER": self.handler, "TZ": ":UTC", **self.extra}

    def start(self):
        self.stop()
        self.api = RuntimeApi()
        self.starts += 1
        self.begun = time.monotonic()
        self.process = subprocess.Popen(self.command, env=self.environment(), stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        threading.Thread(target=self.read_log, args=(self.process.stderr,), daemon=True).start()

    def read_log(self, stream):
        with stream:
            for line in stream:
                self.lines.append(line.decode())

    def logged(self):
        return "".join(self.lines)

    def logged_soon(self, text, seconds=20):
        """The log, once it holds `text` or the time is up: it comes through a pipe, behind the answer."""
        until = time.monotonic() + seconds
        while text not in self.logged() and time.monotonic() < until:
            time.sleep(0.02)
        return self.logged()

    def wait_for_next(self, timeout=60):
        """Until the process asks for an invocation; gives the seconds from its start."""
        until = time.monotonic() + timeout
        while not self.api.waiting.wait(0.05):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Died(f"no call of next; exit code {self.process.poll()}: {self.logged()}")
        return self.api.next_times[0] - self.begun

    def send(self, payload, seconds_left=900.0):
        """Begins an invocation; `wait` gives its answer. `payload` is bytes or what json.dumps takes."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        self.wait_for_next()
        self.api.waiting.clear()
        request_id = str(uuid.uuid4())
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.sent = time.monotonic()
        self.api.events.put((request_id, data, time.time() + seconds_left))
        return request_id

    def wait(self, request_id, timeout=600):
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            try:
                answer = self.api.answers.get(timeout=0.05)
            except queue.Empty:
                if self.process.poll() is not None:
                    raise Died(f"exit code {self.process.returncode}: {self.logged()}") from None
                continue
            if answer.request_id == request_id:
                answer.seconds = time.monotonic() - self.sent
                return answer
        raise TimeoutError(f"no answer within {timeout} s")

    def invoke(self, payload=None, seconds_left=900.0, timeout=600):
        return self.wait(self.send({} if payload is None else payload, seconds_left), timeout)

    def init_error(self, timeout=30):
        """Starts the process, which must not get as far as `next`; gives what it reported."""
        self.start()
        try:
            answer = self.api.answers.get(timeout=timeout)
        except queue.Empty:
            raise Died(f"no report; exit code {self.process.poll()}: {self.logged()}") from None
        self.process.wait(timeout)
        return answer

    def kill(self):
        """As Lambda does at the time-out: at once."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.process = None
        if self.api is not None:
            self.api.close()
            self.api = None
