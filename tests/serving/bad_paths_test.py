#!/usr/bin/env python3
"""What clients do that they should not, over raw sockets against the real server with short limits."""

import concurrent.futures
import json
import time
import unittest

from server import TOKEN, Wire, canned, request

AUTHORISED = f"Authorization: Bearer {TOKEN}"
JSON = "Content-Type: application/json"


class BadPaths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = canned("--short", "--token", TOKEN)
        cls.address = cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def ask(self, *arguments, has_body=True, **named):
        with Wire(self.address) as wire:
            wire.say(request(*arguments, **named))
            return wire.answer(has_body)

    def assert_error(self, answer, status, code):
        self.assertIsNotNone(answer, "closed without an answer")
        self.assertEqual(answer[0], status, answer)
        self.assertEqual(json.loads(answer[2])["error"]["code"], code)
        self.assertEqual(answer[1]["x-content-type-options"], "nosniff")
        self.assertIn("frame-ancestors 'none'", answer[1]["content-security-policy"])

    def assert_still_serving(self):
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)

    # --- Slow clients.

    def test_a_head_that_trickles_in_is_cut_off(self):
        with Wire(self.address) as wire:
            start = time.monotonic()
            wire.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            answer = None
            # A byte every 50 ms is never late by itself; the whole head is.
            while time.monotonic() - start < 10:
                try:
                    wire.say("a")
                except ConnectionError:
                    break
                time.sleep(0.05)
                wire.socket.settimeout(0.01)
                try:
                    answer = wire.answer()
                    break
                except TimeoutError:
                    pass
            self.assertLess(time.monotonic() - start, 3)
            self.assert_error(answer, 408, "timed_out")
        self.assert_still_serving()

    def test_a_head_that_never_ends_is_cut_off(self):
        with Wire(self.address) as wire:
            wire.say("GET /healthz HTTP/1.1\r\n")
            self.assert_error(wire.answer(), 408, "timed_out")
            self.assertTrue(wire.is_closed())

    def test_a_body_that_does_not_come_is_cut_off(self):
        with Wire(self.address) as wire:
            wire.say("POST /api/v1/groups/shop/plan HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            self.assert_error(wire.answer(), 408, "timed_out")
            self.assertTrue(wire.is_closed())

    def test_a_connection_that_says_nothing_is_closed(self):
        with Wire(self.address) as wire:
            start = time.monotonic()
            self.assertTrue(wire.is_closed())
            self.assertLess(time.monotonic() - start, 3)

    def test_a_client_that_does_not_read_is_cut_off_and_holds_nobody(self):
        with Wire(self.address) as wire:
            wire.say(request("GET", "/assets/large.bin"))
            time.sleep(2)  # more than may pass without a byte being taken
            self.assert_still_serving()
            received = 0
            while True:
                try:
                    got = wire.socket.recv(1 << 20)
                except ConnectionError:
                    break
                received += len(got)
                if not got:
                    break
            self.assertLess(received, 32 << 20)

    # --- Too much.

    def test_a_long_head_is_refused(self):
        for head in ("X-Long: " + "a" * 20000 + "\r\n", "X: a\r\n" * 5000):
            with Wire(self.address) as wire:
                wire.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + head + "\r\n")
                self.assert_error(wire.answer(), 431, "header_too_large")
                self.assertTrue(wire.is_closed())

    def test_a_long_address_is_refused(self):
        answer = self.ask("GET", "/" + "a" * 9000)
        self.assert_error(answer, 414, "invalid_input")

    def test_a_head_without_an_end_of_line_is_refused(self):
        with Wire(self.address) as wire:
            wire.say("G" * 100000)
            self.assert_error(wire.answer(), 431, "header_too_large")

    def test_a_large_body_is_refused_before_it_is_read(self):
        with Wire(self.address) as wire:
            wire.say("POST /api/v1/groups/shop/plan HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
            self.assert_error(wire.answer(), 413, "payload_too_large")
            self.assertTrue(wire.is_closed())

    def test_a_large_body_that_is_sent_all_the_same_does_not_lose_the_answer(self):
        answer = self.ask("POST", "/api/v1/groups/shop/plan", body=b"x" * (2 << 20))
        self.assert_error(answer, 413, "payload_too_large")

    def test_who_asks_first_is_told_before_sending(self):
        for length, expected in ((99999999, 413), (2, 100)):
            with Wire(self.address) as wire:
                wire.say("POST /api/v1/groups/shop/plan HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                         f"Content-Length: {length}\r\n\r\n")
                self.assertEqual(wire.head()[0], expected)
                if expected == 100:
                    wire.say("{}")
                    self.assertEqual(wire.answer()[0], 200)

    def test_who_asks_and_may_not_write_is_not_told_to_send(self):
        with Wire(self.address) as wire:
            wire.say("POST /api/v1/groups/shop/pause HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                     f"{JSON}\r\nContent-Length: 2\r\n\r\n")
            self.assert_error(wire.answer(), 401, "unauthorized")
            self.assertTrue(wire.is_closed())

    def test_a_body_of_just_the_limit_is_taken(self):
        self.assertEqual(self.ask("POST", "/api/v1/groups/shop/plan", body=b" " * (1 << 20))[0], 200)
        self.assertEqual(self.ask("POST", "/api/v1/groups/shop/plan", body=b" " * ((1 << 20) + 1))[0], 413)

    def test_chunks_compression_and_two_lengths_are_refused(self):
        start = "POST /api/v1/groups/shop/plan HTTP/1.1\r\nHost: localhost\r\n"
        for head, status in (("Transfer-Encoding: chunked\r\n", 411),
                             ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 411),
                             ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
                             ("Content-Length: -5\r\n", 400),
                             ("Content-Length: 0x5\r\n", 400),
                             ("Content-Length: 5\r\nContent-Encoding: gzip\r\n", 415)):
            with Wire(self.address) as wire:
                wire.say(start + head + "\r\n5\r\nhello\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = wire.answer()
                self.assertEqual(answer[0], status, head)
                self.assertTrue(wire.is_closed(), f"{head!r}: what follows must not be taken for a request")

    def test_a_head_that_two_servers_could_read_in_two_ways_is_refused(self):
        start, smuggled = "POST /api/v1/groups/shop/plan HTTP/1.1\r\nHost: localhost\r\n", request("GET", "/api/v1/status").decode()
        for head in ("Content-Length : 5\r\n\r\n", " Content-Length: 5\r\n\r\n", "X: a\r\n Content-Length: 5\r\n\r\n",
                     "X: a\nContent-Length: 5\r\n\r\n", "X: a\rContent-Length: 5\r\n\r\n", "X: a\0\r\n\r\n", "Content-Length: +5\r\n\r\n",
                     "Content-Length: 5, 5\r\n\r\n", "Content-Length:\r\n\r\n"):
            with Wire(self.address) as wire:
                wire.say(start + head + smuggled)
                self.assert_error(wire.answer(), 400, "invalid_input")
                self.assertTrue(wire.is_closed(), f"{head!r}: what follows must not be taken for a request")

    # --- A body that nobody wants is not the next request.

    def test_a_body_that_is_not_read_ends_the_connection(self):
        smuggled = request("GET", "/api/v1/status")
        for head in (request("GET", "/healthz", [f"Content-Length: {len(smuggled)}"]),
                     request("DELETE", "/api/v1/groups/shop/pause", [f"Content-Length: {len(smuggled)}"])):
            with Wire(self.address) as wire:
                wire.say(head + smuggled)
                answer = wire.answer()
                self.assertEqual(answer[1].get("connection"), "close")
                self.assertTrue(wire.is_closed())

    # --- Connections.

    def test_a_connection_serves_a_number_of_requests(self):
        with Wire(self.address) as wire:
            for n in range(5):
                wire.say(request("GET", "/healthz"))
                answer = wire.answer()
                self.assertEqual(answer[0], 200)
                self.assertEqual("close" in answer[1].get("connection", ""), n == 4)
            self.assertTrue(wire.is_closed())

    def test_many_silent_connections_leave_when_others_come(self):
        silent = [Wire(self.address) for _ in range(60)]  # 40 are allowed
        try:
            refused = []
            for wire in silent:
                wire.socket.settimeout(0.2)
                try:
                    answer = wire.answer()
                except TimeoutError:
                    continue
                if answer is not None:
                    refused.append(answer)
            self.assertGreater(len(refused), 0)
            self.assert_error(refused[0], 503, "too_many_connections")
            self.assertIn("retry-after", refused[0][1])
        finally:
            for wire in silent:
                wire.socket.close()
        time.sleep(0.7)
        self.assert_still_serving()

    def test_a_crowd_is_served(self):
        def one(_):
            return self.ask("GET", "/api/v1/groups/shop")[0]

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            self.assertEqual(set(pool.map(one, range(400))), {200})

    # --- Paths.

    def test_nothing_but_the_assets_can_be_read(self):
        for target in ("/../../etc/passwd", "/assets/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fetc/passwd",
                       "/assets/%2fetc%2fpasswd", "//etc/passwd", "/assets/%c0%ae%c0%ae/etc/passwd", "/assets/....//etc/passwd",
                       "/assets/app.js%00.html", "/assets/app.js/..", "/proc/self/environ", "/assets/"):
            answer = self.ask("GET", target)
            self.assertIn(answer[0], (400, 404), target)
            self.assertNotIn(b"root:", answer[2])

    def test_a_whole_address_or_none_is_refused(self):
        for target in ("http://localhost/healthz", "*", "healthz", "?x"):
            self.assertEqual(self.ask("GET", target)[0], 400, target)

    # --- Who asks.

    def test_the_wrong_token_writes_nothing(self):
        body = b'{"until": 1764075600}'
        for header in ([], ["Authorization: Bearer wrong"], [f"Authorization: Basic {TOKEN}"], [f"Authorization: {TOKEN}"],
                       [f"Authorization: Bearer {TOKEN[:-1]}"], [AUTHORISED, "Authorization: Bearer wrong"]):
            answer = self.ask("POST", "/api/v1/groups/shop/pause", [JSON, *header], body)
            self.assert_error(answer, 401, "unauthorized")
            self.assertTrue(answer[1]["www-authenticate"].startswith("Bearer"))
        self.assertEqual(self.ask("POST", "/api/v1/groups/shop/pause", [JSON, AUTHORISED], body)[0], 200)

    def test_a_token_in_the_address_is_none(self):
        self.assertEqual(self.ask("POST", f"/api/v1/groups/shop/train?token={TOKEN}", [JSON])[0], 401)

    def test_other_names_of_this_machine_are_refused(self):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.example:80"):
            self.assert_error(self.ask("GET", "/", host=host), 421, "misdirected_request")
        self.assertEqual(self.ask("GET", "/healthz", host=None)[0], 400)
        self.assertEqual(self.ask("GET", "/healthz", ["Host: evil.example"])[0], 400, "two Host headers")

    def test_pages_from_elsewhere_change_nothing_and_may_read_nothing(self):
        answer = self.ask("POST", "/api/v1/groups/shop/backtests", ["Origin: http://evil.example"])
        self.assert_error(answer, 403, "permission_denied")
        answer = self.ask("GET", "/api/v1/status", ["Origin: http://evil.example"])
        self.assertNotIn("access-control-allow-origin", answer[1])
        self.assertEqual(answer[1]["cross-origin-resource-policy"], "same-origin")

    # --- Methods.

    def test_head_is_get_without_a_body(self):
        for target in ("/", "/healthz", "/metrics", "/api/v1/groups", "/assets/app.js", "/api/v1/nothing", "/api/v1/events"):
            with Wire(self.address) as wire:
                wire.say(request("HEAD", target) + request("GET", "/healthz"))
                head = wire.answer(has_body=False)
                following = wire.answer()
                self.assertEqual(following[2], b"ok", "no byte of a body may come")
            got = self.ask("GET", target, has_body=False)
            self.assertEqual(head[0], got[0])
            if target not in ("/metrics", "/api/v1/events"):  # which differ from one moment to the next
                self.assertEqual(head[1].get("content-length"), got[1].get("content-length"))
                self.assertEqual(head[1].get("etag"), got[1].get("etag"))

    def test_methods_that_do_not_exist_here_or_anywhere(self):
        self.assert_error(self.ask("BREW", "/"), 501, "unsupported")
        self.assert_error(self.ask("PUT", "/api/v1/status"), 405, "method_not_allowed")
        self.assert_error(self.ask("TRACE", "/api/v1/status"), 405, "method_not_allowed")
        self.assert_error(self.ask("CONNECT", "localhost:80"), 400, "invalid_input")
        answer = self.ask("OPTIONS", "/api/v1/groups/shop/pause", ["Origin: http://evil.example",
                                                                   "Access-Control-Request-Method: POST"])
        self.assertEqual(answer[0], 403, "no other origin is ever allowed")
        self.assertFalse([name for name in answer[1] if name.startswith("access-control-")])

    def test_nonsense_is_answered_once_and_closed(self):
        for nonsense in ("\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\n", "GET  /  HTTP/1.1  x\r\n\r\n",
                         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with Wire(self.address) as wire:
                wire.say(nonsense + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = wire.answer()
                if answer is not None:
                    self.assertEqual(answer[0], 400, nonsense)
                self.assertTrue(wire.is_closed(), nonsense)
        self.assert_still_serving()

    def test_parts_of_an_answer_are_not_given(self):
        answer = self.ask("GET", "/assets/app.js", ["Range: bytes=0-1", "Accept-Encoding: gzip"])
        self.assertEqual((answer[0], answer[2]), (200, b"'use strict';"))

    # --- The event stream.

    def events(self, *headers):
        wire = Wire(self.address)
        wire.say(request("GET", "/api/v1/events", ["Accept: text/event-stream", *headers]))
        return wire

    def test_events_arrive_as_they_happen(self):
        with self.events("Last-Event-ID: 99999999999999999999") as wire:
            status, headers = wire.head()
            self.assertEqual((status, headers["content-type"]), (200, "text/event-stream"))
            while wire.left.count(b"event: tick") < 3:
                self.assertTrue(wire._more())
            self.assertIn(b'data: {"group": "shop"', wire.left)

    def test_viewers_that_leave_make_room(self):
        for _ in range(3):
            viewers = [self.events() for _ in range(8)]
            try:
                self.assertEqual([viewer.head()[0] for viewer in viewers], [200] * 8)
                with self.events() as one_too_many:
                    self.assert_error(one_too_many.answer(), 503, "too_many_streams")
                self.assert_still_serving()
            finally:
                for viewer in viewers:
                    viewer.socket.close()
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                body = self.ask("GET", "/metrics")[2].decode()
                if "\nalmanac_viewers 0\n" in body:
                    break
                time.sleep(0.05)
            self.assertIn("\nalmanac_viewers 0\n", body)

    def test_a_viewer_that_does_not_read_keeps_nobody_waiting(self):
        with self.events() as sleeper, self.events() as reader:
            self.assertEqual((sleeper.head()[0], reader.head()[0]), (200, 200))
            time.sleep(1)
            reader.left = b""
            self.assertTrue(reader._more())


class Scarcity(unittest.TestCase):
    def test_a_server_that_ran_out_of_files_takes_connections_again(self):
        with canned(files=20) as address:
            crowd = [Wire(address) for _ in range(40)]
            time.sleep(0.5)  # it has no file left for the last of them
            for wire in crowd:
                wire.socket.close()
            with Wire(address) as wire:
                wire.say(request("GET", "/healthz"))
                self.assertEqual(wire.answer()[0], 200)


class Stop(unittest.TestCase):
    def test_stopping_does_not_wait_for_viewers_and_idle_connections(self):
        server = canned("--token", TOKEN)
        address = server.__enter__()
        wires = [Wire(address) for _ in range(10)]
        for wire in wires[:5]:
            wire.say(request("GET", "/api/v1/events"))
            self.assertEqual(wire.head()[0], 200)
        for wire in wires[5:]:
            wire.say(request("GET", "/healthz"))
            self.assertEqual(wire.answer()[0], 200)
        start = time.monotonic()
        server.__exit__(None, None, None)
        self.assertLess(time.monotonic() - start, 3)
        for wire in wires:
            wire.socket.close()


class ReadOnly(unittest.TestCase):
    def test_without_a_token_every_write_is_refused_with_the_reason(self):
        with canned() as address:
            for method in ("POST", "DELETE"):
                with Wire(address) as wire:
                    wire.say(request(method, "/api/v1/groups/shop/pause", [JSON, AUTHORISED]))
                    status, _, body = wire.answer()
                    self.assertEqual(status, 403)
                    self.assertIn("no token is configured", json.loads(body)["error"]["message"])


if __name__ == "__main__":
    unittest.main()
