"""A Lambda runtime in Python, as short as it can be: imports what the function imports, then waits for its invocations.

python_runtime.py boto3|torch
"""
import os
import sys
import urllib.request

if sys.argv[1] == "boto3":
    import boto3

    def handle(event):
        return str(boto3.__version__)
else:
    import torch

    def handle(event):
        return str(torch.__version__)

base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as response:
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        answer = f'"{handle(response.read())}"'.encode()
    urllib.request.urlopen(urllib.request.Request(base + request_id + "/response", answer, method="POST")).close()
