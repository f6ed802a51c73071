"""Our model files in Keras, and Keras' model files in Almanac: predictions equal to 1e-5.

keras_test.py KERAS_PEER WORK_FOLDER ALMANAC
"""

import datetime
import json
import logging
import pathlib
import subprocess
import sys
import unittest

import h5py
import keras
import numpy as np
from keras import layers

logging.getLogger("absl").setLevel(logging.ERROR)  # .h5 is "legacy" to Keras, and our format
PEER, WORK, ALMANAC = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
TOLERANCE = 1e-5


def peer(*arguments):
    return subprocess.run([PEER, *map(str, arguments)], capture_output=True, text=True, check=False)


def floats(name, *shape):
    return np.fromfile(WORK / name, dtype="<f4").reshape(-1, *shape)


def ours(name):
    """Writes one of our networks; returns its file, inputs and our predictions."""
    done = peer("write", name, WORK / "m.h5", WORK / "x", WORK / "c", WORK / "y")
    assert done.returncode == 0, done.stderr
    return WORK / "m.h5"


def predict_here(model, x, context=None):
    """Saves a Keras model as .h5 and lets Almanac predict with it."""
    path = WORK / "keras.h5"
    model.save(path)
    np.asarray(x, "<f4").tofile(WORK / "x")
    np.asarray([] if context is None else context, "<f4").tofile(WORK / "c")
    done = peer("predict", path, WORK / "x", WORK / "c", WORK / "y")
    assert done.returncode == 0, done.stderr
    return floats("y", model.output_shape[-1])


def usual_sequential(**lstm):
    return keras.Sequential([
        layers.Input((12, 4)),
        layers.LSTM(50, return_sequences=True, **lstm),
        layers.LSTM(50, **lstm),
        layers.Dense(25, activation="relu"),
        layers.Dense(1),
    ])


class ServedByTheProgram(unittest.TestCase):
    """A Keras model put in place of lstm_model.h5 predicts the CPU, and the threshold policy acts on it."""

    def almanac(self, *arguments):
        done = subprocess.run([ALMANAC, "--config", WORK / "almanac.yaml", "--store", WORK / "store", *arguments],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_predicted_cpu_is_what_keras_predicts(self):
        rng = np.random.default_rng(3)
        count, start = 3 * 288, datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
        cpu, network, requests = (np.round(rng.uniform(low, high, count), 3)
                                  for low, high in ((20, 90), (1e6, 5e6), (1e4, 9e4)))
        times = [start + datetime.timedelta(minutes=5 * i) for i in range(count + 1)]
        with open(WORK / "metrics.csv", "w", encoding="utf-8") as out:
            out.write("timestamp,cpu_utilization,network_in,request_count,in_service_instances\n")
            for row in zip(times, cpu, network, requests):
                out.write(f"{row[0]:%Y-%m-%dT%H:%M:%SZ},{row[1]},{row[2]},{row[3]},5\n")
        (WORK / "almanac.yaml").write_text(
            f"groups:\n  - name: api\n    source: {{csv: {WORK}/metrics.csv}}\n    scaling: {{min: 1, max: 50}}\n"
            "    policy: threshold\n    mode: observe\n", encoding="utf-8")
        now = f"{times[-1]:%Y-%m-%dT%H:%M:%SZ}"
        self.almanac("--now", now, "collect")
        model = usual_sequential()
        model.save(WORK / "store" / "api" / "lstm_model.h5")

        columns = np.stack([cpu, network, requests, np.zeros(count)], axis=1)
        low, high = columns.min(axis=0), columns.max(axis=0)
        scaled = (columns - low) / np.where(high > low, high - low, 1)
        expected = float(model.predict(scaled[None, -12:], verbose=0)[0, 0]) * (high[0] - low[0]) + low[0]
        expected = max(expected, 0.0)
        forecast = json.loads(self.almanac("--now", now, "--json", "forecast"))["groups"][0]
        self.assertAlmostEqual(forecast["next_interval_cpu"], expected, delta=1e-3)
        decision = json.loads(self.almanac("--now", now, "--json", "scale", "--dry-run"))["groups"][0]
        self.assertIn(f"predicted CPU {expected:.1f} %", json.dumps(decision))


class OurFilesInKeras(unittest.TestCase):
    def check(self, name, inputs):
        model = keras.models.load_model(ours(name), compile=False)
        expected = floats("y", model.output_shape[-1])
        got = model.predict(inputs(), verbose=0)
        self.assertGreater(np.ptp(expected), 0.1)  # not a constant
        np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE)
        return model

    def test_our_own_net(self):
        model = self.check("ours", lambda: [floats("x", 28, 9), floats("c", 40)])
        frozen = [layer.name for layer in model.layers if layer.weights and not layer.trainable]
        self.assertEqual(frozen, ["quantiles"])

    def test_the_average_of_three(self):
        self.check("ensemble", lambda: [floats("x", 28, 9), floats("c", 40)])

    def test_a_sequential(self):
        model = self.check("sequential", lambda: floats("x", 12, 4))
        self.assertIsInstance(model, keras.Sequential)

    def test_what_travels_along_is_plain_hdf5(self):
        with h5py.File(ours("ours")) as file:
            self.assertEqual(file["almanac/attributes"].attrs["unit"], "requests")
            self.assertEqual(list(file["almanac/arrays/residuals"]), [0.5, -0.25])
            self.assertEqual(len(file["almanac"].attrs["sha256"]), 64)


class KerasFilesHere(unittest.TestCase):
    def setUp(self):
        keras.utils.set_random_seed(1)
        self.x = np.random.default_rng(1).normal(size=(40, 12, 4)).astype("float32")

    def test_the_usual_sequential_after_training(self):
        model = usual_sequential()
        model.compile(loss="mse", optimizer="adam")
        model.fit(self.x, self.x[:, :, 0].sum(axis=1), epochs=3, batch_size=8, verbose=0)
        got = predict_here(model, self.x)
        np.testing.assert_allclose(got, model.predict(self.x, verbose=0), rtol=0, atol=TOLERANCE)

    def test_every_activation_and_dropout(self):
        model = keras.Sequential([layers.Input((12, 4)), layers.LSTM(7), layers.Dropout(0.3)])
        for name in ("relu", "tanh", "sigmoid", "silu", "softplus", "linear"):
            model.add(layers.Dense(9, activation=name))
        got = predict_here(model, self.x)
        np.testing.assert_allclose(got, model.predict(self.x, verbose=0), rtol=0, atol=TOLERANCE)

    def test_a_functional_model(self):
        sequence, context = layers.Input((12, 4)), layers.Input((3,))
        joined = layers.Concatenate()([context, layers.LSTM(6)(sequence)])
        left, right = layers.Dense(5, activation="silu")(joined), layers.Dense(5, use_bias=False)(joined)
        model = keras.Model([sequence, context], layers.Dense(2)(layers.Average()([left, right])))
        c = np.random.default_rng(2).normal(size=(40, 3)).astype("float32")
        got = predict_here(model, self.x, c)
        np.testing.assert_allclose(got, model.predict([self.x, c], verbose=0), rtol=0, atol=TOLERANCE)

    def test_what_cannot_be_served_is_refused_by_name(self):
        for model, why in (
            (usual_sequential(go_backwards=True), "go_backwards"),
            (keras.Sequential([layers.Input((12, 4)), layers.GRU(3), layers.Dense(1)]), "GRU"),
            (keras.Sequential([layers.Input((12, 4)), layers.LSTM(3), layers.Dense(1, activation="gelu")]), "gelu"),
        ):
            with self.assertRaisesRegex(AssertionError, why):
                predict_here(model, self.x)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
