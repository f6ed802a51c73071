"""A calendar on the web that has a bad day: whatever it sends, the floor of a running sale holds and people hear of it once.
Drives the real program against a server of this machine. Needs python3 alone."""
import datetime
import gzip
import http.server
import json
import threading
import unittest

from program import Cli, DATA, iso

START = datetime.datetime(2026, 11, 5, 9, 0, tzinfo=datetime.timezone.utc)


def sale(day):
    return (f"BEGIN:VEVENT\r\nUID:{day}@shop\r\nSUMMARY:Sale {day}\r\nDTSTART:202611{day:02}T080000Z\r\n"
            f"DTEND:202611{day:02}T200000Z\r\nX-ALMANAC-MINIMUM-INSTANCES:12\r\nEND:VEVENT\r\n")


def calendar(*days):
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:shop\r\n" + "".join(map(sale, days)) + "END:VCALENDAR\r\n").encode()


GOOD = calendar(4, 5, 6)  # the one of the 5th runs


class Web(http.server.ThreadingHTTPServer):
    """Serves `answer` as the calendar and keeps what is sent to the webhook."""

    def __init__(self):
        self.answer, self.promised, self.headers, self.messages, self.asked = GOOD, None, {}, [], []
        super().__init__(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        web = self.server
        web.asked.append(dict(self.headers))
        self.send_response(200)
        for name, value in web.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(web.promised or len(web.answer)))
        self.end_headers()
        self.wfile.write(web.answer)
        self.close_connection = True

    def do_POST(self):
        self.server.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Feed(Cli):
    def setUp(self):
        super().setUp()
        self.web = Web()
        self.addCleanup(self.web.stop)
        place = f"http://127.0.0.1:{self.web.server_address[1]}"
        self.write("almanac.yaml",
                   f'store: store\nnotify:\n  - webhook: "{place}/hook"\ngroups:\n  - name: api\n    source: {{csv: rows.csv}}\n'
                   "    scaling: {min: 2, max: 40}\n    capacity_per_instance: 50\n    lead_time: 5m\n"
                   f'    calendar: "{place}/sales.ics"\n')
        lines = ["timestamp,cpu_utilization,network_in,request_count,is_sale_active,in_service_instances"]
        for i in range(5 * 288):
            lines.append(f"{iso(START - datetime.timedelta(days=3) + i * datetime.timedelta(minutes=5))},20,1000,15000,0,4")
        self.write("rows.csv", "\n".join(lines) + "\n")
        self.now = START - datetime.timedelta(minutes=5)

    def tick(self, answer, promised=None, **headers):
        """One tick, five minutes after the one before: its ledger line."""
        self.web.answer, self.web.promised, self.web.headers = answer, promised, headers
        self.now += datetime.timedelta(minutes=5)
        self.run_almanac("tick", now=self.now)
        ledger = sorted((self.folder / "store/api/decisions").glob("*.jsonl"))[-1]
        return json.loads(ledger.read_text().splitlines()[-1])

    def floor(self, record):
        """What the calendar asks for: none where its stage says so."""
        [stage] = [stage for stage in record["stages"] if stage["name"] == "calendar_floor"]
        return None if stage["reason"].startswith("no event") else stage["capacity"]

    def notices(self, record):
        return [notice for notice in record["notices"] if "sales.ics" in notice]

    def told(self):
        """Kinds and details of what people were sent since the last call."""
        sent, self.web.messages = self.web.messages, []
        return [(m["kind"], m["detail"]) for m in sent if m["kind"] in ("calendar_stale", "event_not_applied")]

    def events_kept(self):
        kept = [p for p in (self.folder / "store/api/calendar/last_good").iterdir() if not p.name.endswith(".watch") and p.name != "~lock"]
        self.assertEqual(len(kept), 1)
        return kept[0].read_bytes().count(b"BEGIN:VEVENT")

    def assert_kept(self, record, reason):
        self.assertEqual(self.floor(record), 12, reason)
        self.assertEqual(self.events_kept(), 3, reason)
        self.assertTrue(any("last good copy stays in use" in n and reason in n for n in record["notices"]), record["notices"])

    def test_a_bad_day(self):
        self.assertEqual(self.floor(self.tick(GOOD)), 12)
        self.assertEqual(self.told(), [])

        cut = GOOD[:GOOD.index(b"UID:5@") + 9]
        self.assert_kept(self.tick(cut), "is cut off")
        [(kind, detail)] = self.told()
        self.assertEqual(kind, "calendar_stale")
        self.assertIn("the file ends before END:VCALENDAR", detail)
        self.assert_kept(self.tick(cut), "is cut off")
        self.assertEqual(self.told(), [], "people are told once")

        record = self.tick(gzip.compress(GOOD), **{"Content-Encoding": "gzip"})
        self.assertEqual((self.floor(record), self.notices(record)), (12, []))
        self.assertIn("gzip", self.web.asked[-1]["Accept-Encoding"])
        record = self.tick(gzip.compress(GOOD, mtime=0), **{"Content-Type": "application/gzip"})
        self.assertEqual((self.floor(record), self.notices(record)), (12, []))

        self.assert_kept(self.tick(calendar()), "had 2 events to come and now has none")
        [(kind, detail)] = self.told()
        self.assertIn("almanac calendar accept", detail)
        self.assert_kept(self.tick(b""), "empty")
        self.assert_kept(self.tick(b"<!DOCTYPE html>\n<html>Please sign in</html>"), "a web page")
        self.assert_kept(self.tick(GOOD[:150], promised=len(GOOD)), "the answer is cut off")
        self.assert_kept(self.tick(b'{"events": [{"name": "Sa'), "is it cut off?")
        self.assertEqual(self.told(), [], "the copy is in use all the while")

        record = self.tick(calendar(4, 5))  # the sale of the 6th is called off
        self.assertEqual((self.floor(record), self.events_kept()), (12, 2))
        [(kind, detail)] = self.told()
        self.assertEqual(kind, "event_not_applied")
        self.assertIn("1 of the 2 events to come are gone from it: Sale 6", detail)
        self.tick(calendar(4, 5))
        self.assertEqual(self.told(), [])

    def test_what_is_emptied_on_purpose_is_accepted_by_hand_or_after_a_day(self):
        self.tick(calendar(5, 6, 7, 8))
        self.assertEqual(self.floor(self.tick(calendar())), 12)
        self.web.answer = calendar()
        out = self.run_almanac("calendar", "accept", now=self.now).stdout
        self.assertIn("0 events in four weeks", out)
        self.assertIsNone(self.floor(self.tick(calendar())))
        # The same without anyone's word.
        self.assertEqual(self.floor(self.tick(calendar(5, 6, 7, 8))), 12)
        self.assertEqual(self.floor(self.tick(calendar())), 12)
        self.now += datetime.timedelta(hours=23, minutes=50)
        self.assertEqual(self.floor(self.tick(calendar())), 12, "not a whole day yet")
        self.told()
        self.assertIsNone(self.floor(self.tick(calendar())))
        [(kind, detail)] = self.told()
        self.assertEqual(kind, "event_not_applied")
        self.assertIn("are gone from it: Sale 6", detail)

    def test_what_is_lost_is_in_the_message_whatever_else_there_is(self):
        entries = "".join(sale(d) .replace("END:VEVENT", "DESCRIPTION:\r\nLOCATION:\r\nEND:VEVENT") for d in range(10, 24))
        lost = "BEGIN:VEVENT\r\nUID:x\r\nSUMMARY:Black Friday\r\nDTSTART;TZID=Shop Time:20261127T080000\r\nDURATION:PT12H\r\nEND:VEVENT\r\n"
        self.tick(("BEGIN:VCALENDAR\r\nX-WR-TIMEZONE:Europe/Vienna\r\n" + entries + lost + "END:VCALENDAR\r\n").encode())
        [(kind, detail)] = self.told()
        self.assertEqual(kind, "event_not_applied")
        self.assertIn("Shop Time", detail.splitlines()[0])
        self.assertNotIn("DESCRIPTION", detail)
        self.assertIn("Shop Time", self.run_almanac("calendar", "preview", now=self.now, expect=DATA).stdout)
        self.assertIn("Shop Time", self.run_almanac("explain", now=self.now).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)
