"""The canned server as a process, and HTTP spoken by hand."""

import contextlib
import os
import re
import socket
import subprocess

TOKEN = "0123456789abcdef-for-tests"


@contextlib.contextmanager
def canned(*arguments, files=None):
    """Starts canned_server, yields (host, port), and ends it. It may have so many `files` open."""
    limit = ["prlimit", f"--nofile={files}"] if files else []
    process = subprocess.Popen([*limit, os.environ["CANNED_SERVER"], *arguments], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        host, port = re.fullmatch(r"http://(.+):(\d+)", url).groups()
        yield host, int(port)
    finally:
        process.stdin.close()
        try:
            code = process.wait(timeout=15)
        finally:
            process.kill()
            process.stdout.close()
        assert code == 0, f"canned_server ended with {code}"


class Wire:
    """One TCP connection that says exactly what a test wants it to."""

    def __init__(self, address, timeout=15):
        self.socket = socket.create_connection(address, timeout=timeout)
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def _more(self):
        try:
            got = self.socket.recv(65536)
        except ConnectionError:
            got = b""
        self.left += got
        return len(got) > 0

    def head(self):
        """(status, headers) of the next answer, names in lower case; None where the server closed instead."""
        while b"\r\n\r\n" not in self.left:
            if not self._more():
                return None
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name.lower() not in headers, f"{name} comes twice"
            headers[name.lower()] = value.strip()
        return int(lines[0].split()[1]), headers

    def answer(self, has_body=True):
        """(status, headers, body); None where the server closed instead."""
        head = self.head()
        if head is None:
            return None
        status, headers = head
        length = int(headers.get("content-length", 0)) if has_body else 0
        while len(self.left) < length:
            assert self._more(), "the body ended early"
        body, self.left = self.left[:length], self.left[length:]
        return status, headers, body

    def is_closed(self):
        """Whether the server has closed; waits for it."""
        try:
            return self.left == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


def request(method, target, headers=(), body=b"", host="localhost"):
    lines = [f"{method} {target} HTTP/1.1"] + ([f"Host: {host}"] if host is not None else []) + list(headers)
    if body or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body if isinstance(body, bytes) else body.encode())
