"""A server that stands between the program and moto and answers by script: what AWS does and moto does not.

    with ScriptedAws(moto.port) as aws:
        aws.falsify("SetDesiredCapacity", error(400, "Throttling", "Rate exceeded"), times=2)
        ... run the program with AWS_ENDPOINT_URL=aws.endpoint ...
        aws.asked("SetDesiredCapacity")   # how often it was asked, the falsified ones included

Whatever is not falsified goes to moto byte by byte, with its Host header, so signatures stay true. Every request is
recorded with its service and operation, never with its credentials.
"""
import collections
import datetime
import email.utils
import http.client
import http.server
import re
import socket
import threading
import time
import urllib.parse

Request = collections.namedtuple("Request", "service operation method path query form headers")


def operation_of(service, method, path, query, form):
    if "Action" in form:
        return form["Action"]
    if service == "s3":
        if "list-type" in query:
            return "ListObjectsV2"
        if "versioning" in query:
            return "GetBucketVersioning"
        return {"GET": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject", "HEAD": "HeadObject",
                "POST": "PostObject"}.get(method, method)
    return f"{method} {path}"


class Answer:
    """status, headers and body to send instead of moto's; `after` is what happens first."""

    def __init__(self, status, body=b"", headers=None, forward=False, delay=0.0, cut=None, change=None):
        self.status, self.body, self.headers = status, body, headers or {}  # body: bytes, or made of the request
        self.forward = forward  # moto gets the request first: the effect happens
        self.delay = delay      # seconds before anything is sent
        self.cut = cut          # send only so many bytes of the body, then close; 0: not even a status line
        self.change = change    # of moto's body, when forwarded: a function of bytes


def error(status, code, message, service="query"):
    """An error as Auto Scaling, CloudWatch, SNS and STS write it, or S3."""
    if service == "s3":
        body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
                f"<RequestId>R3QU3ST</RequestId></Error>")
    else:
        body = (f'<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type>'
                f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>r3qu3st</RequestId></ErrorResponse>")
    return Answer(status, body.encode(), {"Content-Type": "text/xml"})


def cut_before():
    """The connection closes without an answer, and nothing happened."""
    return Answer(0, cut=0)


def cut_after():
    """The connection closes without an answer, and what was asked has happened."""
    return Answer(0, forward=True, cut=0)


def cut_within(length=100):
    """The answer breaks off."""
    return Answer(0, forward=True, cut=length)


def slow(seconds):
    return Answer(0, forward=True, delay=seconds)


def changed(change):
    """moto's answer, edited."""
    return Answer(0, forward=True, change=change)


def raw(status, text, content_type="text/xml"):
    return Answer(status, text.encode(), {"Content-Type": content_type})


def no_refreshes(request):
    return (b'<DescribeInstanceRefreshesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">'
            b"<DescribeInstanceRefreshesResult><InstanceRefreshes/></DescribeInstanceRefreshesResult>"
            b"</DescribeInstanceRefreshesResponse>")


def simulated(decision_of):
    """IAM's answer to SimulatePrincipalPolicy: decision_of(action) for every action that is asked about."""
    def body(request):
        actions = [v for k, v in sorted(request.form.items()) if k.startswith("ActionNames.")]
        members = "".join(f"<member><EvalActionName>{a}</EvalActionName><EvalDecision>{decision_of(a)}</EvalDecision>"
                          "</member>" for a in actions)
        return (f'<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
                f"<SimulatePrincipalPolicyResult><EvaluationResults>{members}</EvaluationResults>"
                "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>").encode()
    return Answer(200, body, {"Content-Type": "text/xml"})


# What moto has not.
BEYOND_MOTO = {"DescribeInstanceRefreshes": Answer(200, no_refreshes, {"Content-Type": "text/xml"}),
               "SimulatePrincipalPolicy": simulated(lambda action: "allowed")}


class ScriptedAws:
    def __init__(self, moto_port):
        self.moto_port = moto_port
        self.lock = threading.Lock()
        self.rules = []      # [operation or None, predicate, answer, times left]
        self.requests = []
        self.skew = 0        # seconds that the server's clock is ahead; signatures farther off than 5 minutes are refused
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                owner.serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def falsify(self, operation, answer, times=None, where=lambda request: True):
        """Answers the next `times` requests of `operation` (None: of every operation; times None: all of them)."""
        with self.lock:
            self.rules.append([operation, where, answer, times])

    def honest(self):
        with self.lock:
            self.rules.clear()
            self.requests.clear()
            self.skew = 0

    def asked(self, operation):
        with self.lock:
            return sum(r.operation == operation for r in self.requests)

    def operations(self):
        with self.lock:
            return {(r.service, r.operation) for r in self.requests}

    # ---- the server's side

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        request = self.parse(handler, body)
        answer = self.choose(request)
        try:
            refusal = self.refuse_by_clock(handler, request)
            if refusal:
                return self.send(handler, refusal.status, refusal.headers, refusal.body, None)
            if answer is None:
                return self.send(handler, *self.ask_moto(handler, body), None)
            if answer.delay:
                time.sleep(answer.delay)
            status, headers, content = answer.status, answer.headers, answer.body
            content = content(request) if callable(content) else content
            if answer.forward:
                status, headers, content = self.ask_moto(handler, body)
                if answer.change:
                    content = answer.change(content)
                    headers = {k: v for k, v in headers.items() if not k.lower().startswith("x-amz-checksum")}
            self.send(handler, status, headers, content, answer.cut)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True  # the program did not wait

    def parse(self, handler, body):
        split = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True))
        form = {}
        if "x-www-form-urlencoded" in (handler.headers.get("Content-Type") or ""):
            form = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", handler.headers.get("Authorization") or "")
        service = scope.group(1) if scope else "unsigned"
        operation = operation_of(service, handler.command, split.path, query, form)
        request = Request(service, operation, handler.command, urllib.parse.unquote(split.path), query, form,
                          {k.lower(): v for k, v in handler.headers.items() if k.lower() not in
                           ("authorization", "x-amz-security-token")})
        with self.lock:
            self.requests.append(request)
        return request

    def choose(self, request):
        with self.lock:
            for rule in self.rules:
                operation, where, answer, times = rule
                if times == 0 or (operation and operation != request.operation) or not where(request):
                    continue
                if times is not None:
                    rule[3] -= 1
                return answer
        return BEYOND_MOTO.get(request.operation)

    def now(self):
        return time.time() + self.skew

    def refuse_by_clock(self, handler, request):
        stamp = handler.headers.get("X-Amz-Date")
        if not stamp:
            return None
        signed = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
        tolerated = 900 if request.service == "s3" else 300
        if abs(signed - self.now()) <= tolerated:
            return None
        if request.service == "s3":
            return error(403, "RequestTimeTooSkewed",
                         "The difference between the request time and the current time is too large.", "s3")
        return error(403, "SignatureDoesNotMatch", "Signature expired: the request is now too old.")

    def ask_moto(self, handler, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.moto_port, timeout=60)
        connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            if name.lower() != "connection":
                connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        headers = {k: v for k, v in response.getheaders()
                   if k.lower() not in ("transfer-encoding", "connection", "date", "server")}
        connection.close()
        return response.status, headers, content

    def send(self, handler, status, headers, body, cut):
        if cut == 0:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        handler.send_response_only(status)
        handler.send_header("Date", email.utils.formatdate(self.now(), usegmt=True))
        for name, value in headers.items():
            if name.lower() != "content-length" or handler.command == "HEAD":
                handler.send_header(name, value)
        if handler.command != "HEAD":
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command == "HEAD":
            return
        if cut is not None:
            handler.wfile.write(body[:cut])
            handler.wfile.flush()
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        handler.wfile.write(body)
