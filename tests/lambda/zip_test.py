"""zip_test.py SOURCE_DIR BUILD_DIR: makes the zip twice and runs what is in it, in a root where there is nothing else:
no library, certificate or time zone of the host can be used. Skips the run where no namespace may be made."""
import json
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import http.server
import unittest
import zipfile

from runtime_api import Function

SOURCE, BUILD = pathlib.Path(sys.argv.pop(1)), pathlib.Path(sys.argv.pop(1))
ZIP = BUILD / "almanac-lambda.zip"
# Paris is UTC+1 in November; no VTIMEZONE: the zone comes from the database.
CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:test\r
BEGIN:VEVENT\r
UID:1\r
SUMMARY:Flash sale\r
CATEGORIES:sale\r
DTSTART;TZID=Europe/Paris:20261110T120000\r
DTEND;TZID=Europe/Paris:20261110T123000\r
RRULE:FREQ=WEEKLY;COUNT=3\r
END:VEVENT\r
END:VCALENDAR\r
"""


def make_zip():
    subprocess.run([SOURCE / "scripts/lambda-zip.sh", BUILD], check=True, stdout=subprocess.DEVNULL)
    return ZIP.read_bytes()


class ZipTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bytes = make_zip()
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="almanac-zip-"))
        for name in ("var/task", "proc", "dev", "tmp", "etc"):
            (cls.root / name).mkdir(parents=True)
        # As Amazon Linux has it; the last is a library of the system's that is not to be found.
        (cls.root / "etc/nsswitch.conf").write_text("hosts: files dns myhostname\n")
        (cls.root / "etc/hosts").write_text("127.0.0.1 localhost calendars.test\n")
        subprocess.run([sys.executable, "-c", "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])",
                        ZIP, cls.root / "var/task"], check=True)
        with zipfile.ZipFile(ZIP) as archive:
            for entry in archive.infolist():
                (cls.root / "var/task" / entry.filename).chmod(entry.external_attr >> 16 & 0o777)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root, ignore_errors=True)

    def function(self, handler, config):
        inside = 'mount --rbind /proc "$0/proc" && exec chroot "$0" /var/task/bootstrap'
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", inside, str(self.root)]
        function = Function(command, handler, {"ALMANAC_CONFIG_YAML": config, "LAMBDA_TASK_ROOT": "/var/task"})
        self.addCleanup(function.stop)
        return function

    def setUp(self):
        if subprocess.run(["unshare", "--map-root-user", "--mount", "true"], capture_output=True).returncode != 0:
            self.skipTest("no namespaces here")

    def test_is_the_same_every_time_and_small_enough(self):
        self.assertEqual(make_zip(), self.bytes)
        self.assertLessEqual(len(self.bytes), 13_000_000)
        with zipfile.ZipFile(ZIP) as archive:
            self.assertEqual(archive.getinfo("bootstrap").external_attr >> 16, 0o100755)
            self.assertEqual(archive.getinfo("certificates/ca-certificates.crt").external_attr >> 16, 0o100644)
            self.assertEqual(archive.read("NOTICE"), (SOURCE / "NOTICE").read_bytes())
            self.assertEqual(archive.read("LICENSE"), (SOURCE / "LICENSE").read_bytes())
            # A library of /lib, one of /usr/lib, one that is headers only.
            self.assertLessEqual({f"licences/{name}" for name in ("libc6", "libcurl4", "nlohmann-json3-dev")}, set(archive.namelist()))

    def test_there_is_nothing_of_the_host(self):
        self.assertEqual(sorted(p.name for p in self.root.iterdir()), ["dev", "etc", "proc", "tmp", "var"])

    def test_a_calendar_with_a_time_zone_a_model_and_a_tick(self):
        store = self.root / "tmp/store"
        (store / "shop").mkdir(parents=True)
        (store / "shop/sales.ics").write_text(CALENDAR)
        (store / "shop/business_calendar.json").write_text('{"events": []}')  # instead of the shop's own
        config = "store: /tmp/store\ngroups:\n  - {name: shop, source: {simulated: {history: 2w}}, scaling: {min: 2, max: 60}}\n"
        collect = self.function("collect", config)
        answer = collect.invoke({"now": "2026-11-17T11:30:00Z"})
        self.assertIsNone(answer.error)
        self.assertNotIn("sales.ics", collect.logged())  # no notice about it
        rows = (store / "shop/multi_metric_data/2026-11.csv").read_text().splitlines()
        sale = {row.split(",")[0]: row.split(",")[4] for row in rows[1:]}
        self.assertEqual([sale[f"2026-11-17T{t}:00Z"] for t in ("10:55", "11:00", "11:25")], ["0", "1", "1"])
        trained = self.function("train", config).invoke({"now": "2026-11-17T11:30:00Z", "no_lstm": True})
        self.assertIsNone(trained.error)
        ticked = self.function("tick", config).invoke({"now": "2026-11-17T11:30:00Z"})
        self.assertEqual(ticked.result["groups"][0]["health"], "full")  # the HDF5 file was read back

    def test_certificates_are_those_of_the_zip(self):
        """A server whose certificate nobody vouches for is refused because of that, not for want of authorities."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-zip-"))
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                       check=True, capture_output=True)
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *ignored: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = f"https://calendars.test:{server.server_address[1]}/sales.ics"
        function = self.function("collect", "store: /tmp/tls\ngroups:\n  - {name: shop, source: {simulated: {history: 1w}}, "
                                            f"calendar: [\"{url}\"]}}\n")
        function.invoke({"now": "2026-11-17T11:30:00Z"})
        reason = "certificate cannot be trusted"
        self.assertIn(reason, function.logged_soon(reason))
        self.assertTrue(all(json.loads(line) for line in function.lines))


if __name__ == "__main__":
    unittest.main(verbosity=2)
