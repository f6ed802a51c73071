#include "control/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "control/horizon.h"
#include "control/lead_time.h"
#include "control/scaler.h"
#include "core/random.h"
#include "nn/hdf5_io.h"
#include "ports/fake_scaling_group.h"
#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::control {
namespace {

using testing::HasSubstr;

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-27T12:00:00Z").value();

class TrainerTest : public testing::Test {
 protected:
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore store{memory};
  dataset::Dataset rows{store, "shop", kInterval};
  GroupSettings settings;
  records::LoadedCalendar none;

  TrainerTest() {
    settings.name = "shop";
    settings.use_lstm = false;
    settings.policy.max = 40;
  }
  void observe(Duration history, Timestamp until = kNoon) {
    Random noise(5);
    std::vector<Row> all;
    for (Timestamp t = until - history; t < until; t += kInterval) {
      const double day = static_cast<double>(t.time_since_epoch().count() % 86400) / 86400;
      Row r;
      r.start = t;
      r.cpu_utilization = (40 + 20 * std::sin(6.2831853 * day)) * std::exp(0.05 * noise.normal());
      r.in_service_instances = 10;
      all.push_back(r);
    }
    ASSERT_TRUE(rows.append(all));
  }
  Result<TrainReport> train(Timestamp now = kNoon) {
    return Trainer(store, rows, settings).train(now, none, Duration{300});
  }
};

TEST_F(TrainerTest, WritesAModelThatTheScalerUses) {
  observe(12 * kDay);
  const auto report = train();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->from_scratch);
  EXPECT_EQ(report->rows, 12 * 288);
  EXPECT_EQ(report->cover_window, Duration{600});
  EXPECT_EQ(report->scores.size(), 2U);
  ports::FakeScalingGroup group({1, 40, 10, 10, 0});
  const auto decided = Scaler(store, rows, group, settings).scale(kNoon, none);
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_EQ(decided->record.decision.health, Health::full);
  EXPECT_EQ(decided->record.decision.forecaster, report->winner);
  EXPECT_EQ(decided->record.state.budget.position, report->budget.position);
}

TEST_F(TrainerTest, GoesOnFromTheStoredModel) {
  observe(12 * kDay);
  ASSERT_TRUE(train());
  observe(kDay, kNoon + kDay);
  const auto further = train(kNoon + kDay);
  ASSERT_TRUE(further) << further.error().message;
  EXPECT_FALSE(further->from_scratch);
  EXPECT_EQ(further->trained_until, kNoon + kDay);
  // Another lead time asks for another window: that is another model.
  const auto other = Trainer(store, rows, settings).train(kNoon + kDay, none, Duration{900});
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->from_scratch);
  EXPECT_EQ(other->cover_window, Duration{1200});
}

TEST_F(TrainerTest, TheLastGoodModelStaysWhateverFails) {
  observe(12 * kDay);
  ASSERT_TRUE(train());
  const auto before = memory.get("shop/lstm_model.h5");
  observe(kDay, kNoon + kDay);
  store.fail_writes(ErrorCode::storage_full);
  const auto failed = train(kNoon + kDay);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::storage_full);
  EXPECT_EQ(memory.get("shop/lstm_model.h5")->etag, before->etag);
}

TEST_F(TrainerTest, ADamagedModelIsReplacedByANewOne) {
  observe(12 * kDay);
  ASSERT_TRUE(memory.put("shop/lstm_model.h5", "rubbish", ports::PutCondition::always()));
  const auto report = train();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->from_scratch);
  EXPECT_THAT(report->notices, testing::Contains(HasSubstr("shop/lstm_model.h5")));
  EXPECT_TRUE(records::ModelStore(memory, "shop").load().problem.empty());
}

TEST_F(TrainerTest, ADamagedFileLeavesTheLastGoodCopyInUse) {
  observe(12 * kDay);
  ASSERT_TRUE(train());
  ASSERT_TRUE(memory.put("shop/lstm_model.h5", "rubbish", ports::PutCondition::always()));
  const records::LoadedModel loaded = records::ModelStore(memory, "shop").load();
  ASSERT_TRUE(loaded.model);
  EXPECT_THAT(loaded.problem, HasSubstr("the last good model stays in use"));
}

// A file that somebody removed by mistake is no worse than one that somebody damaged.
TEST_F(TrainerTest, ARemovedFileLeavesTheLastGoodCopyInUse) {
  observe(12 * kDay);
  ASSERT_TRUE(train());
  records::ModelStore living(memory, "shop");
  const records::LoadedModel before = living.load();
  ASSERT_TRUE(memory.remove("shop/lstm_model.h5"));
  for (const records::LoadedModel& loaded : {living.load(), records::ModelStore(memory, "shop").load()}) {
    ASSERT_TRUE(loaded.model);
    EXPECT_EQ(loaded.etag, "");
    EXPECT_EQ(loaded.problem, "shop/lstm_model.h5 is gone; the last good model stays in use");
    EXPECT_EQ(loaded.model->trained_until(), before.model->trained_until());
  }
  ports::FakeScalingGroup group({1, 40, 10, 10, 0});
  const auto decided = Scaler(store, rows, group, settings).scale(kNoon, none);
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_EQ(decided->record.decision.health, Health::full);
  EXPECT_THAT(decided->record.notices, testing::Contains(HasSubstr("lstm_model.h5 is gone")));
  // The next training goes on from the copy, says so, and puts the file back.
  observe(kDay, kNoon + kDay);
  const auto further = train(kNoon + kDay);
  ASSERT_TRUE(further) << further.error().message;
  EXPECT_FALSE(further->from_scratch);
  EXPECT_THAT(further->notices, testing::Contains(HasSubstr("lstm_model.h5 is gone")));
  EXPECT_TRUE(living.load().problem.empty());
  EXPECT_EQ(living.load().model->trained_until(), kNoon + kDay);
}

// The mean of the last two intervals' CPU, as Keras saves it.
std::string keras_file(const std::string& layer = "GlobalAveragePooling1D") {
  nn::Hdf5Contents contents;
  contents.groups[""].texts = {
      {"model_config",
       R"({"class_name":"Sequential","config":{"name":"s","layers":[{"class_name":"InputLayer","config":{"name":"in",)"
       R"("batch_shape":[null,2,1]}},{"class_name":")" +
           layer + R"(","config":{"name":"mean"}}]}})"},
      {"keras_version", "2.15.0"}};
  contents.groups["model_weights"];
  return nn::write_hdf5(contents).value();
}

TEST_F(TrainerTest, AKerasModelThatIsRemovedOrDamagedLeavesItsCopyInUse) {
  const std::string file = "shop/lstm_model.h5", copy = "shop/model/last_good_keras.h5", bytes = keras_file();
  const auto put = [&](std::string_view what) { ASSERT_TRUE(memory.put(file, what, ports::PutCondition::always())); };
  put(bytes);
  ASSERT_TRUE(records::ModelStore(memory, "shop").load().cpu_model);
  EXPECT_FALSE(memory.get(copy)) << "who only looks leaves no copy";
  observe(12 * kDay);
  EXPECT_EQ(train().error().code, ErrorCode::unsupported);
  ASSERT_TRUE(memory.get(copy));
  EXPECT_EQ(memory.get(copy)->bytes, bytes);

  records::ModelStore living(memory, "shop");
  ASSERT_TRUE(living.load().cpu_model);
  ASSERT_TRUE(memory.remove(file));
  for (const records::LoadedModel& loaded : {living.load(), records::ModelStore(memory, "shop").load()}) {
    EXPECT_TRUE(loaded.cpu_model);
    EXPECT_EQ(loaded.problem, "shop/lstm_model.h5 is gone; the last good copy of the Keras model stays in use");
  }
  for (const std::string& damaged : {bytes.substr(0, bytes.size() / 2), std::string("rubbish")}) {
    put(damaged);
    EXPECT_TRUE(records::ModelStore(memory, "shop").load().cpu_model) << damaged.size();
    const auto refused = train();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("the last good copy of the Keras model stays in use; training "));
    EXPECT_EQ(memory.get(file)->bytes, damaged);
  }
  put(keras_file("Lambda"));
  EXPECT_FALSE(records::ModelStore(memory, "shop").load().cpu_model) << "somebody put another model there";

  ASSERT_TRUE(memory.remove(file));
  ASSERT_TRUE(Trainer(store, rows, settings).train(kNoon, none, Duration{300}, true));
  EXPECT_EQ(memory.get(copy)->bytes, "") << "emptied, not removed: a role that trains need not be allowed to delete";
  ASSERT_TRUE(memory.remove(file));
  EXPECT_TRUE(records::ModelStore(memory, "shop").load().model) << "what was trained last serves, not what it replaced";
}

TEST_F(TrainerTest, AStoreThatRefusesTheCopyOfAKerasModelServesIt) {
  ASSERT_TRUE(memory.put("shop/lstm_model.h5", keras_file(), ports::PutCondition::always()));
  store.fail_writes(ErrorCode::permission_denied);
  const records::LoadedModel loaded = records::ModelStore(store, "shop").load_and_keep();
  EXPECT_TRUE(loaded.cpu_model);
  EXPECT_FALSE(memory.get("shop/model/last_good_keras.h5"));
}

TEST_F(TrainerTest, OfTwoTrainingsAtOnceTheFirstToFinishStays) {
  observe(12 * kDay);
  const std::string theirs = "written by another process";
  const auto operations = store.operations();
  // The model is put after the rows were read; whichever operation it is, theirs comes first.
  for (std::uint64_t i = 1; i < 12; ++i) {
    store.before(operations + i, [&] {
      if (!memory.get("shop/lstm_model.h5")) {
        (void)memory.put("shop/lstm_model.h5", theirs, ports::PutCondition::if_absent());
      }
    });
  }
  const auto report = train();
  if (report) {
    // It was there before we looked: we saw a damaged file and replaced it.
    EXPECT_FALSE(report->notices.empty());
  } else {
    EXPECT_EQ(report.error().code, ErrorCode::conflict);
  }
}

TEST_F(TrainerTest, TooLittleHistoryAndNoDemandAreSaid) {
  const auto empty = train();
  ASSERT_FALSE(empty);
  EXPECT_THAT(empty.error().message, HasSubstr("no row with a demand"));
  observe(6 * kHour);
  const auto little = train();
  ASSERT_FALSE(little);
  EXPECT_EQ(little.error().code, ErrorCode::invalid_input);
  EXPECT_THAT(little.error().message, HasSubstr("group shop"));
}

TEST_F(TrainerTest, TheHorizonWidensAndCoversTheHoursAsked) {
  observe(12 * kDay);
  ASSERT_TRUE(train());
  const auto all = rows.read_all();
  const auto horizon = forecast_horizon(know(*all, settings, kNoon), records::ModelStore(memory, "shop").load(),
                                        none.calendar, Duration{600}, kNoon, 3 * kHour, 10);
  ASSERT_TRUE(horizon) << horizon.error().message;
  ASSERT_EQ(horizon->windows.size(), 18U);  // 3 h of 10 minutes
  const auto width = [](const WindowForecast& w) { return w.quantiles.at(0.9) / w.quantiles.at(0.1); };
  EXPECT_GT(width(horizon->windows.back()), width(horizon->windows.front()));
  // In the afternoon the wave falls from 4 busy instances towards 2 at six.
  EXPECT_LT(horizon->windows.back().quantiles.at(0.5), horizon->windows.front().quantiles.at(0.5));
}

}  // namespace
}  // namespace almanac::control
