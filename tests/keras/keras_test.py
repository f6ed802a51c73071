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


class WhichValueIsTheCpu(unittest.TestCase):
    """The layout of a model made elsewhere says which of its values is the next CPU; doctor says what was read."""

    def setUp(self):
        keras.utils.set_random_seed(5)
        rng = np.random.default_rng(6)
        count, start = 3 * 288, datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
        self.rows = np.stack([np.round(rng.uniform(low, high, count), 3)
                              for low, high in ((20, 90), (1e6, 5e6), (1e4, 9e4))] + [np.zeros(count)], axis=1)
        times = [start + datetime.timedelta(minutes=5 * i) for i in range(count + 1)]
        lines = ["timestamp,cpu_utilization,network_in,request_count,in_service_instances"]
        lines += [f"{t:%Y-%m-%dT%H:%M:%SZ},{r[0]},{r[1]},{r[2]},5" for t, r in zip(times, self.rows)]
        self.folder = WORK / "layout"
        (self.folder / "store" / "api").mkdir(parents=True, exist_ok=True)
        (self.folder / "metrics.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.folder / "almanac.yaml").write_text(
            f"groups:\n  - name: api\n    source: {{csv: {self.folder}/metrics.csv}}\n    scaling: {{min: 1, max: 50}}\n"
            "    policy: threshold\n    lead_time: 5m\n", encoding="utf-8")
        self.now = f"{times[-1]:%Y-%m-%dT%H:%M:%SZ}"
        self.almanac("collect")

    def almanac(self, *arguments, code=0):
        done = subprocess.run([ALMANAC, "--config", self.folder / "almanac.yaml", "--store", self.folder / "store", "--now",
                               self.now, *arguments], capture_output=True, text=True, check=False)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def check(self, model, value, words, columns=4):
        low, high = self.rows.min(axis=0), self.rows.max(axis=0)
        scaled = ((self.rows - low) / np.where(high > low, high - low, 1))[None, -model.input_shape[1]:, :columns]
        expected = max(0.0, float(value(model.predict(scaled, verbose=0))) * (high[0] - low[0]) + low[0])
        model.save(self.folder / "store" / "api" / "lstm_model.h5")
        out = self.almanac("--json", "forecast")
        found = json.loads(out[out.index("{"):out.rindex("}") + 1])["groups"][0]["next_interval_cpu"]
        self.assertAlmostEqual(found, expected, delta=5e-3)
        self.assertIn(words, self.almanac("doctor", code=None))

    def test_each_layout(self):
        stack = lambda shape, *more: keras.Sequential([layers.Input(shape), *more])
        self.check(stack((24, 1), layers.LSTM(4), layers.Dense(1)), lambda y: y[0, 0], "from 24 steps of cpu_utilization", columns=1)
        self.check(stack((12, 4), layers.GRU(4), layers.Dense(12)), lambda y: y[0, 0], "the next of 12 intervals")
        self.check(stack((12, 4), layers.LSTM(4), layers.Dense(4)), lambda y: y[0, 0], "the CPU's of 4 columns")
        self.check(stack((12, 4), layers.LSTM(4, return_sequences=True), layers.Dense(1)), lambda y: y[0, -1, 0], "the last of 12 steps")
        self.check(stack((12, 4), layers.LSTM(4), layers.RepeatVector(6), layers.LSTM(3, return_sequences=True), layers.Dense(1)),
                   lambda y: y[0, 0, 0], "the first of 6 steps")
        window = layers.Input((12, 4))
        hidden = layers.LSTM(4)(window)
        outputs = [layers.Dense(1, name="requests")(hidden), layers.Dense(1, name="cpu_next")(hidden)]
        self.check(keras.Model(window, outputs), lambda y: y[1][0, 0], 'of its outputs "cpu_next"')

    def test_what_is_not_served_says_why_everywhere_and_stays(self):
        file = self.folder / "store" / "api" / "lstm_model.h5"
        model = keras.Sequential([layers.Input((12, 4)), layers.Masking(), layers.LSTM(3), layers.Dense(1)])
        model.save(file)
        before = file.read_bytes()
        for command in ("tick", "doctor"):
            self.assertIn("Masking", self.almanac(command, code=None), command)
        self.assertIn("Masking", self.almanac("train", code=3))
        self.assertEqual(file.read_bytes(), before)
        window = layers.Input((12, 4))
        hidden = layers.LSTM(4)(window)
        keras.Model(window, [layers.Dense(1, name="a")(hidden), layers.Dense(1, name="b")(hidden)]).save(file)
        self.assertIn('it has the outputs "a", "b"; expected one, or one that is named for the CPU', self.almanac("doctor", code=None))


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


class ModelsMadeElsewhere(unittest.TestCase):
    """What people save is served as Keras predicts it, layer by layer; what is not served is named."""

    def setUp(self):
        keras.utils.set_random_seed(2)
        self.x = np.random.default_rng(3).normal(size=(7, 12, 4)).astype("float32")

    def serve(self, model, **options):
        path = WORK / "elsewhere.h5"
        model.save(path, **options)
        self.x.tofile(WORK / "x")
        done = peer("serve", path, WORK / "x", WORK / "y")
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.fromfile(WORK / "y", dtype="<f4").reshape(-1, *model.output_shape[1:])

    def check(self, *stack):
        model = keras.Sequential([layers.Input((12, 4)), *stack])
        for layer in model.layers:  # statistics and biases that are not all 0 or 1
            layer.set_weights([w + np.random.default_rng(4).uniform(0.05, 0.3, w.shape) for w in layer.get_weights()])
        expected = model.predict(self.x, verbose=0)
        self.assertGreater(np.ptp(expected), 1e-3)
        np.testing.assert_allclose(self.serve(model), expected, rtol=1e-4, atol=TOLERANCE)

    def test_recurrent_layers_of_every_kind(self):
        for activation in ("tanh", "relu", "hard_sigmoid", "softsign", "elu"):
            self.check(layers.LSTM(5, activation=activation, recurrent_activation="hard_sigmoid"), layers.Dense(1))
        self.check(layers.LSTM(5, use_bias=False, go_backwards=True), layers.Dense(1))
        self.check(layers.LSTM(6, return_sequences=True), layers.Dropout(0.2), layers.LSTM(3), layers.Dense(1))
        for reset_after in (True, False):
            self.check(layers.GRU(5, reset_after=reset_after), layers.Dense(1))
        self.check(layers.GRU(5, use_bias=False), layers.Dense(1))
        self.check(layers.SimpleRNN(5, activation="relu"), layers.Dense(1))

    def test_bidirectional_in_every_way_of_merging(self):
        for merge_mode in ("concat", "sum", "mul", "ave"):
            for sequences in (True, False):
                self.check(layers.Bidirectional(layers.LSTM(3, return_sequences=sequences), merge_mode=merge_mode), layers.Dense(2))
        self.check(layers.Bidirectional(layers.GRU(4)), layers.Dense(1))

    def test_activations_as_layers_and_as_arguments(self):
        for name in ("relu", "relu6", "tanh", "sigmoid", "hard_sigmoid", "silu", "softplus", "softsign", "elu", "selu", "gelu",
                     "exponential", "leaky_relu", "softmax", "linear"):
            self.check(layers.LSTM(4), layers.Dense(3), layers.Activation(name))
            self.check(layers.LSTM(4), layers.Dense(3, activation=name))
        self.check(layers.LSTM(4), layers.Dense(3), layers.LeakyReLU(negative_slope=0.1), layers.ELU(0.5), layers.ReLU(max_value=6))

    def test_convolutions_pools_and_norms(self):
        for padding in ("valid", "same", "causal"):
            for strides, dilation in ((1, 1), (2, 1), (1, 2)):
                self.check(layers.Conv1D(3, 3, padding=padding, strides=strides, dilation_rate=dilation, activation="relu"),
                           layers.MaxPooling1D(2), layers.Flatten(), layers.Dense(1))
        self.check(layers.BatchNormalization(), layers.AveragePooling1D(3), layers.LayerNormalization(), layers.LSTM(3), layers.Dense(1))
        self.check(layers.GlobalAveragePooling1D(), layers.Dense(1))
        self.check(layers.GlobalMaxPooling1D(), layers.Dense(1))

    def test_sequences_as_outputs(self):
        self.check(layers.LSTM(4, return_sequences=True), layers.Dense(1))
        self.check(layers.LSTM(4, return_sequences=True), layers.TimeDistributed(layers.Dense(2, activation="relu")))
        self.check(layers.LSTM(4), layers.RepeatVector(6), layers.LSTM(3, return_sequences=True), layers.Dense(1))

    def test_a_functional_model_with_branches(self):
        window = layers.Input((12, 4))
        left, right = layers.LSTM(3)(window), layers.GRU(3)(window)
        joined = layers.Concatenate()([left, right, layers.Add()([left, right]), layers.Average()([left, right])])
        model = keras.Model(window, layers.Dense(1)(joined))
        np.testing.assert_allclose(self.serve(model), model.predict(self.x, verbose=0), rtol=1e-4, atol=TOLERANCE)

    def test_weights_in_chunks_and_compressed(self):
        model = usual_sequential()
        plain = self.serve(model)
        with h5py.File(WORK / "elsewhere.h5") as source, h5py.File(WORK / "packed.h5", "w") as packed:
            for name, value in source.attrs.items():
                packed.attrs[name] = value
            source.copy("model_weights", packed)
            names = []
            packed.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            for i, name in enumerate(names):
                values = packed[name][()]
                del packed[name]
                packed.create_dataset(name, data=values, chunks=tuple(max(1, n // 3) for n in values.shape),
                                      **({"compression": "gzip", "shuffle": True} if i % 2 else {}))
        done = peer("serve", WORK / "packed.h5", WORK / "x", WORK / "y")
        self.assertEqual(done.returncode, 0, done.stderr)
        np.testing.assert_array_equal(np.fromfile(WORK / "y", dtype="<f4").reshape(plain.shape), plain)

    def test_what_cannot_be_served_is_refused_by_name(self):
        window, other = layers.Input((12, 4)), layers.Input((3,))
        for model, why in (
            (keras.Sequential([layers.Input((12, 4)), layers.Masking(), layers.LSTM(3), layers.Dense(1)]), "Masking"),
            (keras.Sequential([layers.Input((12, 4)), layers.LSTM(3), layers.Dense(1, activation="mish")]), "mish"),
            (keras.Model([window, other], layers.Dense(1)(layers.Concatenate()([layers.LSTM(3)(window), other]))), "second input"),
        ):
            with self.assertRaisesRegex(AssertionError, why):
                self.serve(model)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
