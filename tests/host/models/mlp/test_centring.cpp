#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "datasets/idx.hpp"
#include "host/models/mlp/settings.hpp"
#include "tests/support/mlp_cases.hpp"
#include "tests/support/near.hpp"
#include "tests/support/scratch.hpp"

// Centred inputs (docs/model.md, section 11). The engine sums over pixels that are not 0 and takes the mean off by the
// sum of a unit's weights, which it keeps; that must be what inputs are that differ from 0 everywhere.
namespace syncache::test {
namespace {

constexpr int n_inputs = 785;  // with a bias

// Images as they are, or with the mean taken off: [image][input].
std::vector<double> dense(const ImageView<double>& view) {
    std::vector<double> numbers(static_cast<std::size_t>(view.n_images * n_inputs), -view.mean);
    for (std::int64_t n = 0; n < view.n_images; ++n) {
        for (std::int64_t k = view.begin[n]; k < view.begin[n + 1]; ++k) {
            numbers[static_cast<std::size_t>(n * n_inputs + view.pixel[k])] = view.value[k] - view.mean;
        }
    }
    return numbers;
}

ImageSource digits(bool centred) {
    ImageSource source;
    source.data = "synthetic";
    source.train_count = 60;
    source.test_count = 50;
    source.has_bias = true;
    source.is_centred = centred;
    return source;
}

TEST(CentredInputs, AreInputsWithoutTheMeanOfAll) {
    const auto plain = make_images<double>(digits(false)), centred = make_images<double>(digits(true));
    EXPECT_EQ(centred.train.inputs(), n_inputs);
    EXPECT_TRUE(centred.train.is_signed);
    EXPECT_EQ(plain.train.view().mean, 0.0);
    for (const bool train : {true, false}) {
        const std::vector<double> before = dense(train ? plain.train.view() : plain.test.view());
        const std::vector<double> after = dense(train ? centred.train.view() : centred.test.view());
        const double mean = std::accumulate(before.begin(), before.end(), 0.0) / static_cast<double>(before.size());
        EXPECT_EQ(before[784], 0.99);
        for (std::size_t i = 0; i < before.size(); ++i) {
            EXPECT_TRUE(near(after[i], before[i] - mean, 1e-12));
        }
    }
}

// The same digits in files, in which the mean is taken off already.
class CentredInFiles {
  public:
    CentredInFiles() {
        const auto images = make_images<double>(digits(true));
        source_.data = "files";
        source_.train_count = images.train.view().n_images;
        source_.test_count = images.test.view().n_images;
        write(images.train.view(), "train", 0);
        write(images.test.view(), "test", 2);
    }
    const ImageSource& source() const { return source_; }

  private:
    void write(const ImageView<double>& view, const std::string& name, std::size_t place) {
        source_.files[place] = scratch_ / (name + ".idx2");
        source_.files[place + 1] = scratch_ / (name + ".idx1");
        const auto n = static_cast<int>(view.n_images);
        write_idx<double>(source_.files[place], {n, n_inputs}, dense(view));
        write_idx<std::uint8_t>(source_.files[place + 1], {n}, {view.labels, view.labels + n});
    }

    Scratch scratch_;
    ImageSource source_;
};

void expect_same_training(const Outcome& got, const Outcome& want) {
    ASSERT_EQ(got.tables.at(0).rows.size(), want.tables.at(0).rows.size());
    const std::size_t n_columns = want.tables.at(0).columns.size();
    for (std::size_t i = 0; i < want.tables.at(0).rows.size(); ++i) {
        EXPECT_TRUE(near(got.tables.at(0).rows[i], want.tables.at(0).rows[i], sum_rounding))
            << want.tables.at(0).columns[i % n_columns] << ", row " << i / n_columns;
    }
    ASSERT_EQ(got.weights.size(), want.weights.size());
    for (std::size_t k = 0; k < want.weights.size(); ++k) {
        const bool is_picture = want.weights[k].name == "input_consolidation";  // which has no place for the bias
        const std::size_t n = got.weights[k].values.size();
        ASSERT_EQ(want.weights[k].values.size(), is_picture ? n + 1 : n) << want.weights[k].name;
        for (std::size_t i = 0; i < n; ++i) {
            ASSERT_TRUE(near(got.weights[k].values[i], want.weights[k].values[i], sum_rounding))
                << want.weights[k].name << " " << i;
        }
    }
}

struct Learner {
    std::string variant;
    double decay, momentum;
    bool threshold_falls = false;
};

TEST(CentredInputs, TrainAsThoseCentredInTheirFiles) {
    const CentredInFiles files;
    // A decay of 0.5 renews the scale of transient weights every 24 presentations.
    const std::vector<Learner> learners{{"none", 1.0, 0.0},
                                        {"none", 1.0, 0.7},
                                        {"local-local", 0.97, 0.0},
                                        {"local-local", 0.5, 0.0},
                                        {"local-neuron", 0.97, 0.0},
                                        {"local-neuron", 1.0, 0.0},
                                        {"local-layer", 0.5, 0.0},
                                        {"global-global", 0.97, 0.0},
                                        {"local-local", 1.0, 0.0, true},
                                        {"local-neuron", 1.0, 0.0, true}};
    Tallies tallies;
    tallies.pricings = {{1.0, false}, {2.0, false}, {0.5, true}};
    tallies.persistent_sum = true;
    tallies.record = {"weights", "changes"};
    for (const Competition rule :
         {Competition::none, Competition::largest_change, Competition::smallest_change,
          Competition::largest_change_unit, Competition::largest_weight, Competition::random_units}) {
        for (const auto& [variant, decay, momentum, threshold_falls] : learners) {
            MlpSettings s = small_mlp(variant);
            s.rule = rule_of(variant, momentum);
            s.decay = decay;
            s.momentum = momentum;
            s.max_epochs = 1;
            s.learning_rate = 0.01;
            s.threshold *= 0.1;
            if (threshold_falls) {
                s.schedule = with_changing_thresholds(s)[0].schedule;
            }
            s.activation = Activation::leaky_relu;
            s.output = Output::linear;
            s.backprop = Backprop::exact;
            s.bias_unit = true;
            s.competition = rule;
            s.fractions = {0.1, 1.0};
            s.images = files.source();
            const Outcome want = train_mlp(s, tallies);
            s.images = digits(true);
            for (const auto& [name, kernels] : mlp_kernels_here()) {
                SCOPED_TRACE(testing::Message() << name << ", " << variant << ", decay " << decay << ", momentum "
                                                << momentum << ", rule " << static_cast<int>(rule));
                expect_same_training(train_mlp(s, tallies, *kernels), want);
                if (HasFailure()) {
                    return;
                }
            }
        }
    }
}

}  // namespace
}  // namespace syncache::test
