"""Debian's Prometheus and VictoriaMetrics on the loopback interface: their past is made up, their present is scraped
from an exporter that counts requests by the clock."""
import base64
import contextlib
import http.server
import json
import math
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, data=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data=data, timeout=60) as answer:
        return answer.read().decode()


def wait_for(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.2)
    raise AssertionError(f"waited in vain for {what}")


class Exporter:
    """A shop that serves so many requests a second from its start on. One that starts anew counts from 0."""

    RATE = 20

    def __init__(self, port=0):
        owner = self
        self.began = time.time()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = owner.text().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            allow_reuse_address = daemon_threads = True

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def text(self):
        return (f"live_requests_total {self.RATE * (time.time() - self.began)}\n"
                "live_cpu_ratio 0.25\nlive_in_service 3\n")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class History:
    """Two days of a shop of two pods, a sample every 30 seconds, with what happens to metrics: a pod that restarts and
    counts from 0, half an hour without a sample, a utilisation that was divided by nothing."""

    STEP = 30
    CPU_OF_FULL = 400.0  # requests/s of the shop at 100 % CPU

    def __init__(self, until, seconds=2 * 86400):
        self.until, self.since = until, until - seconds
        self.gap = (until - 86400, until - 86400 + 1800)
        self.restart = until - 43200
        self.nothing = (until - 21600, until - 19800)  # of the CPU

    def rate(self, at):
        """Requests a second of both pods."""
        return 100 + 60 * math.sin(2 * math.pi * at / 86400)

    def samples(self):
        """(name and labels, [(time, value)]), by family."""
        times = [t for t in range(self.since, self.until + 1, self.STEP) if not self.gap[0] < t <= self.gap[1]]
        for pod, share in (("a", 0.25), ("b", 0.75)):
            total, before, counter = 0.0, self.since, []
            for t in times:
                total += share * self.rate((t + before) / 2) * (t - before)
                if pod == "b" and before < self.restart <= t:
                    total = share * self.rate(t) * (t - self.restart)
                before = t
                counter.append((t, total))
            yield f'shop_requests_total{{pod="{pod}"}}', counter
        yield "shop_cpu_ratio", [
            (t, math.nan if self.nothing[0] < t <= self.nothing[1] else self.rate(t) / self.CPU_OF_FULL) for t in times]
        yield "shop_in_service", [(t, 4) for t in times]

    def text(self, milliseconds):
        unit = 1000 if milliseconds else 1
        for name, values in self.samples():
            yield from (f"{name} {value if value == value else 'NaN'} {t * unit}\n" for t, value in values)


class TimeSeriesServer:
    """What both have in common: a folder, a port, a process that is ended by its id."""

    def __init__(self, history, exporter_port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-prometheus-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        scrape = self.folder / "scrape.json"
        scrape.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [  # JSON is YAML
            {"job_name": "live", "static_configs": [{"targets": [f"127.0.0.1:{exporter_port}"]}]}]}))
        self.before(history)
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen(self.command(scrape), stdout=log, stderr=log)
        try:
            wait_for(self.NAME, self.is_ready)
            self.after(history)
        except BaseException:
            self.stop()
            raise

    def before(self, history):
        pass

    def after(self, history):
        pass

    def is_ready(self):
        return get(self.url + self.READY)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def value(self, query):
        result = json.loads(get(self.url + "/api/v1/query?" + urllib.parse.urlencode({"query": query})))["data"]["result"]
        return float(result[0]["value"][1]) if result else None


class Prometheus(TimeSeriesServer):
    NAME, READY = "prometheus", "/-/ready"

    def before(self, history):
        text = self.folder / "history.txt"
        with open(text, "w") as file:
            file.writelines(history.text(milliseconds=False))
            file.write("# EOF\n")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(self.folder / "data")],
                       check=True, capture_output=True, timeout=120)

    def command(self, scrape):
        return ["prometheus", f"--config.file={scrape}", f"--storage.tsdb.path={self.folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}"]


class SecuredPrometheus(Prometheus):
    """Behind https with an authority of its own, for those alone who show a certificate and know a password."""

    USER, PASSWORD = "almanac", "open sesame of the tests"
    HASH = "$2b$04$Mcns6vFoNdpmoOH39eJb5uYC/rVfMh3aMJYE.42kRhKe3cg9yt2WG"  # bcrypt of it

    def before(self, history):
        super().before(history)
        self.make("authority", "-x509", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE")
        self.sign("server", "subjectAltName=IP:127.0.0.1")
        self.sign("client", "extendedKeyUsage=clientAuth")
        (self.folder / "password").write_text(self.PASSWORD + "\n")
        (self.folder / "web.json").write_text(json.dumps({  # JSON is YAML
            "tls_server_config": {"cert_file": "server.pem", "key_file": "server.key", "client_ca_file": "authority.pem",
                                  "client_auth_type": "RequireAndVerifyClientCert"},
            "basic_auth_users": {self.USER: self.HASH}}))
        self.url = self.url.replace("http://", "https://")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def make(self, name, *arguments):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                     "-out", f"{name}.pem", "-subj", f"/CN={name} of the tests", *arguments)

    def sign(self, name, extension):
        self.make(name)
        (self.folder / f"{name}.txt").write_text(extension)
        self.openssl("x509", "-req", "-in", f"{name}.pem", "-CA", "authority.pem", "-CAkey", "authority.key",
                     "-CAcreateserial", "-days", "2", "-extfile", f"{name}.txt", "-out", f"{name}.pem")

    def command(self, scrape):
        return super().command(scrape) + [f"--web.config.file={self.folder / 'web.json'}"]

    def is_ready(self):
        context = ssl.create_default_context(cafile=self.folder / "authority.pem")
        context.load_cert_chain(self.folder / "client.pem", self.folder / "client.key")
        request = urllib.request.Request(self.url + self.READY, headers={
            "Authorization": "Basic " + base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=60) as answer:
            return answer.status == 200

    def access(self):
        """The keys of almanac.yaml that let the program in."""
        return {"user": self.USER, "password_file": str(self.folder / "password"), "ca_file": str(self.folder / "authority.pem"),
                "cert_file": str(self.folder / "client.pem"), "key_file": str(self.folder / "client.key")}


class VictoriaMetrics(TimeSeriesServer):
    NAME, READY = "victoria-metrics", "/health"

    def command(self, scrape):
        return ["victoria-metrics", f"-storageDataPath={self.folder / 'data'}", f"-httpListenAddr=127.0.0.1:{self.port}",
                f"-promscrape.config={scrape}", "-memory.allowedBytes=256MB", "-retentionPeriod=1"]

    def after(self, history):
        get(self.url + "/api/v1/import/prometheus", data="".join(history.text(milliseconds=True)).encode())
        get(self.url + "/internal/force_flush")


def installed():
    """The servers that this machine has."""
    return [kind for kind in (Prometheus, VictoriaMetrics) if shutil.which(kind.NAME)]
