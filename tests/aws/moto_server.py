"""Starts moto, an emulator of AWS that this project did not write, on a free port of the loopback interface.

    moto_server.py                          prints one JSON line {"endpoint", "port", "access_key_id",
                                            "secret_access_key", "region"} and serves until stdin closes or SIGTERM
    moto_server.py -- program arguments...  runs the program with AWS_ENDPOINT_URL and credentials in its environment
                                            and ends with its exit code

Every request must be signed: moto verifies the signature against the secret key of the one user that is made here, and
the user's policy allows everything. --no-signatures lets any request through.
"""
import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import threading

# Before moto is imported: no look at real credentials, no files of the user's.
for name in list(os.environ):
    if name.startswith("AWS_"):
        del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

REGION = "eu-west-1"


def everything_allowed():
    statement = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def answer_one_request_at_a_time():
    """moto looks at a condition and writes in two steps, and other threads may come between; S3 does both in one."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    lock = threading.Lock()
    answer = DomainDispatcherApplication.__call__

    def answer_alone(self, environ, start_response):
        with lock:
            return answer(self, environ, start_response)

    DomainDispatcherApplication.__call__ = answer_alone


class Moto:
    """A running server. `endpoint`, `access_key_id` and `secret_access_key` are what a client needs."""

    def __init__(self, signatures=True):
        import boto3
        from moto import settings
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data
        from moto.moto_server.threaded_moto_server import ThreadedMotoServer

        for noisy in ("werkzeug", "moto"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        answer_one_request_at_a_time()
        # A second server in this process begins empty.
        BackendDict.reset()
        reset_model_data()
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        self.port = self.server.get_host_and_port()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        iam = boto3.client("iam", endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="setup",
                           aws_secret_access_key="setup")
        iam.create_user(UserName="almanac-test")
        iam.put_user_policy(UserName="almanac-test", PolicyName="everything", PolicyDocument=everything_allowed())
        key = iam.create_access_key(UserName="almanac-test")["AccessKey"]
        self.access_key_id, self.secret_access_key = key["AccessKeyId"], key["SecretAccessKey"]
        if signatures:
            self.verify_signatures()

    def verify_signatures(self, verify=True):
        """From now on. For tests that first make things with calls whose signatures moto cannot check (boto3's
        compressed PutMetricData, the Lambda API)."""
        from moto import settings
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if verify else float("inf")

    def description(self):
        return {"endpoint": self.endpoint, "port": self.port, "access_key_id": self.access_key_id,
                "secret_access_key": self.secret_access_key, "region": REGION}

    def environment(self):
        """What a program that speaks to this server needs, and nothing of the machine's own AWS settings."""
        return os.environ | {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": self.access_key_id,
                             "AWS_SECRET_ACCESS_KEY": self.secret_access_key, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
                             "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

    def stop(self):
        self.server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-signatures", action="store_true", help="do not verify who asks")
    parser.add_argument("program", nargs="*", help="what to run against the server")
    options = parser.parse_args()
    moto = Moto(signatures=not options.no_signatures)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if options.program:
            return subprocess.run(options.program, env=moto.environment()).returncode
        print(json.dumps(moto.description()), flush=True)
        sys.stdin.read()
        return 0
    finally:
        moto.stop()


if __name__ == "__main__":
    sys.exit(main())
