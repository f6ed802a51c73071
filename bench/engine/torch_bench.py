"""The other side of engine_bench.cc in PyTorch: same data, model, batches, optimizer, one thread, CPU seconds.

torch_bench.py version | train FOLDER | inference FOLDER
"""

import sys
import time

import torch

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


class KerasSized(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, 50, num_layers=2, batch_first=True)
        self.hidden = torch.nn.Linear(50, 25)
        self.out = torch.nn.Linear(25, 1)
        # Keras has one bias for a gate, PyTorch two: the second stays zero.
        for layer in range(2):
            bias = getattr(self.lstm, f"bias_hh_l{layer}")
            torch.nn.init.zeros_(bias)
            bias.requires_grad_(False)

    def forward(self, x):
        states, _ = self.lstm(x)
        return self.out(torch.relu(self.hidden(states[:, -1])))[:, 0]


def load(folder, name, *shape):
    with open(f"{folder}/{name}", "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(-1, *shape)


def train(folder):
    torch.manual_seed(1)
    x, y = load(folder, "x.f32", 12, 4), load(folder, "y.f32")
    model = KerasSized()
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-3, eps=1e-7)

    def epoch(n):
        order = torch.randperm(len(x))[:n]
        total = 0.0
        for i in range(0, n, 32):
            rows = order[i : i + 32]
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        return total / n

    epoch(320)  # warm up: the first calls set things up
    start = time.process_time()
    for _ in range(5):
        last = epoch(len(x))
    print("train_seconds", time.process_time() - start)
    print("loss", last)


def inference(folder):
    x = load(folder, "x.f32", 12, 4)
    model = KerasSized().eval()
    with torch.inference_mode():
        for name, batch in (("single_us", 1), ("batch_us", 32)):
            windows = x[:1000] if batch == 1 else x
            model(windows[:batch])
            start = time.process_time()
            for i in range(0, len(windows), batch):
                model(windows[i : i + batch])
            print(name, (time.process_time() - start) / len(windows) * 1e6)


if __name__ == "__main__":
    if sys.argv[1] == "version":
        print(torch.__version__)
    else:
        {"train": train, "inference": inference}[sys.argv[1]](sys.argv[2])
