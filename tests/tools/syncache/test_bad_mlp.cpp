#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "datasets/idx.hpp"
#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

// The multilayer perceptron's bad input: one clear line that names what is wrong, exit code 2, and nothing written.
namespace syncache {
namespace {

using test::run_program;
using Bytes = std::vector<std::uint8_t>;

class BadMlp : public ::testing::Test {
  protected:
    static constexpr int n_images = 6;

    void SetUp() override {
        std::filesystem::create_directories(folder);
        for (const std::string name : {"train", "test"}) {
            write_idx<std::uint8_t>(folder / (name + ".idx3"), {n_images, 2, 3}, Bytes(6 * n_images, 100));
            write_idx<std::uint8_t>(folder / (name + ".idx1"), {n_images}, Bytes{0, 1, 2, 3, 9, 9});
        }
        write_idx<double>(folder / "w1.idx2", {4, 6}, std::vector<double>(24, 0.1));
        write_idx<double>(folder / "w2.idx2", {10, 4}, std::vector<double>(40, 0.1));
    }

    test::ProgramRun run(const std::string& fixed, const std::string& before = "") const {
        test::write_text(folder / "bad.toml",
                         "name = \"bad\"\nmodel = \"mlp\"\n" + before + "[fixed]\nmax_epochs = 1\n" + fixed);
        return run_program({"run", "bad.toml", "--backend", "cpu", "--quiet"}, folder,
                           {{"SYNCACHE_DATA", (folder / "none").string()}});
    }

    void expect_refused(const std::string& fixed, const std::string& named, const std::string& before = "") const {
        const auto refused = run(fixed, before);
        EXPECT_EQ(refused.exit_code, 2) << refused.err;
        EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
        EXPECT_NE(refused.err.find(named), std::string::npos) << "expected \"" << named << "\" in: " << refused.err;
        EXPECT_FALSE(std::filesystem::exists(folder / "bad.sqlite"));
        EXPECT_FALSE(std::filesystem::exists(folder / "bad.sqlite.lock"));
    }

    const std::string synthetic = "data = \"synthetic\"\ntrain_count = 20\ntest_count = 10\n";
    const std::string files =
        "train_images = \"train.idx3\"\ntrain_labels = \"train.idx1\"\ntest_images = \"test.idx3\"\n"
        "test_labels = \"test.idx1\"\nhidden = 4\n";
    const std::string weights = files + "initial_weights = [\"w1.idx2\", \"w2.idx2\"]\n";
    // A folder below the scratch folder: data are looked for beside the folder as well.
    test::Scratch scratch;
    const std::filesystem::path folder = scratch / "here";
};

TEST_F(BadMlp, GoodOnesRun) {
    const auto good = run(weights);
    EXPECT_EQ(good.exit_code, 0) << good.err;
    const std::string table = run_program({"export", "bad.sqlite"}, folder).out;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 2) << table;
}

TEST_F(BadMlp, Parameters) {
    expect_refused(synthetic + "variant = \"local-global\"\n", "bad.toml:8: variant");
    expect_refused(synthetic + "variant = \"local-neuron\"\nmomentum = 0.5\n", "momentum = 0.5");
    expect_refused(synthetic + "momentum = 1.0\n", "bad.toml:8: momentum = 1");
    expect_refused(synthetic + "tau = 0.5\ndecay_form = \"linear\"\n", "tau = 0.5");
    expect_refused(synthetic + "tau = 0.0\n", "bad.toml:8: tau = 0");
    expect_refused(synthetic + "learning_rate = 0.0\n", "bad.toml:8: learning_rate = 0");
    expect_refused(synthetic + "target_high = 1.5\n", "bad.toml:8: target_high = 1.5");
    expect_refused(synthetic + "checkpoint_every = 0\n", "bad.toml:8: checkpoint_every = 0");
    expect_refused(synthetic + "patience = 0\n", "bad.toml:8: patience = 0");
    expect_refused(synthetic + "inputs = 5\n", "bad.toml:8: inputs");
    expect_refused(synthetic, "epochs", "record = [\"epochs\"]\n");
    expect_refused(synthetic, "traced: missing; record = [\"traces\"] needs", "record = [\"traces\"]\n");
    expect_refused(synthetic + "traced = [0, 1]\n", "traced = [0,1]: not used; allowed: with record");
    expect_refused(synthetic + "traced = [5, 784, 5]\n", "synapse 5 twice", "record = [\"traces\"]\n");
    expect_refused(synthetic + "traced = -1\n", "bad.toml:9: traced = \"-1\"; allowed: an integer >= 0",
                   "record = [\"traces\"]\n");
    EXPECT_EQ(run(synthetic + "tau = 0.5\n").exit_code, 0) << "exp(-1/tau) is a factor for any tau";
}

TEST_F(BadMlp, ThresholdSchedules) {
    const std::string cached = synthetic + "variant = \"local-neuron\"\n";
    expect_refused(synthetic + "threshold_schedule = \"exponential\"\nthreshold_time = 10.0\n",
                   "threshold_schedule = \"exponential\"; allowed with variant = \"none\": \"constant\"");
    expect_refused(cached + "threshold_time = 10.0\n", "threshold_time = 10.0; allowed with threshold_schedule");
    expect_refused(cached + "threshold_schedule = \"error-rate\"\n", "threshold_time = inf; allowed with");
    const auto good = run(cached + "threshold_schedule = \"error-rate\"\nthreshold_time = 10\nthreshold = 0.01\n");
    EXPECT_EQ(good.exit_code, 0) << good.err;
}

TEST_F(BadMlp, ThresholdsOfLayers) {
    const std::string cached = synthetic + "variant = \"local-neuron\"\nhidden = [5, 4]\nthreshold = 0.01\n";
    for (const std::string wrong : {"0", "-1.0", "[1, 0.0, 1]", "[1, inf, 1]", "[]", "[1, \"2\", 1]", "true"}) {
        expect_refused(cached + "layer_threshold_factors = " + wrong + "\n",
                       "; allowed: a finite number > 0, or a list of them");
    }
    expect_refused(cached + "layer_threshold_factors = [1, 2]\n",
                   "layer_threshold_factors = 1,2: 2 numbers; allowed: 1, or 3, one for each layer");
    for (const std::string variant : {"none", "global-global"}) {
        expect_refused(synthetic + "variant = \"" + variant + "\"\nlayer_threshold_factors = [1, 2]\n",
                       "layer_threshold_factors = 1,2; allowed with variant = \"" + variant + "\"");
    }
    const auto good = run(cached + "[axes]\nlayer_threshold_factors = [[1, 0.5, 2.0], 1, 3.5]\n");
    ASSERT_EQ(good.exit_code, 0) << good.err;
    const std::string table = run_program({"export", "bad.sqlite"}, folder).out;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4) << table;
    EXPECT_NE(table.find("\"1,0.5,2\""), std::string::npos) << table;
}

TEST_F(BadMlp, HiddenLayers) {
    expect_refused(synthetic + "hidden = [1, 2, 3, 4, 5]\n", "hidden = 1,2,3,4,5: 5 layers; allowed: 1 to 4");
    expect_refused(synthetic + "hidden = []\n", "bad.toml:8: hidden");
    expect_refused(synthetic + "hidden = 0\n", "bad.toml:8: hidden");
    expect_refused(synthetic + "hidden = [20, -1]\n", "bad.toml:8: hidden");
    expect_refused(synthetic + "hidden = [20, 1.5]\n", "bad.toml:8: hidden");
    expect_refused(synthetic + "hidden = 65536\n", "bad.toml:8: hidden");
    expect_refused(synthetic + "hidden = [65535, 65535]\n", "65535 x 65535 synapses in a layer");
}

TEST_F(BadMlp, ListsAreValuesOfAnAxis) {
    const auto good = run(synthetic + "[axes]\nhidden = [[9, 5], 7]\n");
    ASSERT_EQ(good.exit_code, 0) << good.err;
    const std::string table = run_program({"export", "bad.sqlite"}, folder).out;
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3) << table;
    EXPECT_NE(table.find("\"9,5\""), std::string::npos) << table;
}

TEST_F(BadMlp, WhereImagesComeFrom) {
    expect_refused("data = \"minst\"\n", "bad.toml:5: data");
    expect_refused("data = \"mnist\"\n", "data \"mnist\": its files are in none of");
    expect_refused(files + "data = \"synthetic\"\n", "train_images is given together with data = \"synthetic\"");
    for (const std::string key : {"train_images", "train_labels", "test_images", "test_labels"}) {
        std::string three = files;
        const std::size_t begin = three.find(key);
        three.erase(begin, three.find('\n', begin) + 1 - begin);
        expect_refused(three, key + ": missing");
    }
    expect_refused("data = \"files\"\n", "train_images: missing");
}

TEST_F(BadMlp, SlicesBeyondTheEnd) {
    expect_refused(files + "train_count = 7\n", "train_offset = 0, train_count = 7: train.idx3 holds 6 images");
    expect_refused(files + "train_offset = 5\ntrain_count = 2\n", "train_offset = 5, train_count = 2");
    expect_refused(files + "train_offset = 6\n", "train_offset = 6");
    expect_refused(files + "test_offset = 7\n", "test_offset = 7");
    expect_refused(files + "test_offset = -1\n", "bad.toml:10: test_offset = -1");
}

TEST_F(BadMlp, ImagesAndLabelsDisagree) {
    write_idx<std::uint8_t>(folder / "train.idx1", {5}, Bytes(5));
    expect_refused(files, "train.idx1: 5 labels; allowed: one for each of the 6 images of train.idx3");
}

TEST_F(BadMlp, Competition) {
    const std::string two = synthetic + "hidden = [5, 4]\n", exact = synthetic + "backprop = \"exact\"\n";
    for (const std::string wrong : {"0", "-0.5", "1.5", "[1, 0.0, 1]", "[]", "\"half\""}) {
        expect_refused(two + "competition = \"largest-change\"\nfraction = " + wrong + "\n",
                       "; allowed: a number > 0 and <= 1, or a list of them");
    }
    expect_refused(two + "competition = \"largest-change\"\nfraction = [0.1, 1]\n",
                   "fraction = 0.1,1: 2 numbers; allowed: 1, or 3, one for each layer");
    expect_refused(two + "layer_learning_rates = 0.1\n",
                   "layer_learning_rates = 0.1: 1 numbers; allowed: 3, one for each layer");
    expect_refused(two + "layer_initial_sds = [0.1, 0.1]\n",
                   "layer_initial_sds = 0.1,0.1: 2 numbers; allowed: 3, one for each layer");
    expect_refused(synthetic + "learning_rate = 0.1\nlayer_learning_rates = [0.1, 0.1]\n",
                   "layer_learning_rates is given together with learning_rate; allowed: one of them");
    expect_refused(two + "competition = \"first-units\"\nfraction = 0.5\n",
                   "competition = \"first-units\" with hidden = 5,4; allowed: one hidden layer");
    expect_refused(synthetic + "competition = \"largest\"\n",
                   "competition = \"largest\"; allowed: one of none, random-units");
    expect_refused(synthetic + "gate = \"errors\"\n", "gate = \"errors\"; allowed: one of none, mistakes");
    expect_refused(synthetic + "gate = \"low-confidence\"\nconfidence = 1.5\n",
                   "confidence = 1.5; allowed: a number > 0 and <= 1");
    expect_refused(synthetic + "bias_unit = 1\n", "bias_unit = 1; allowed: true or false");
    expect_refused(synthetic + "activation = \"relu\"\n",
                   "activation = \"relu\" with backprop = \"published\", which is of logistic units; allowed: backprop "
                   "= \"exact\"");
    expect_refused(synthetic + "output = \"linear\"\n", "output = \"linear\" with backprop = \"published\"");
    expect_refused(exact + "output = \"softmax\"\n",
                   "cost = \"mse\" with output = \"softmax\"; allowed: cost = \"cross-entropy\"");
    expect_refused(exact + "output = \"linear\"\ncost = \"cross-entropy\"\n",
                   "cost = \"cross-entropy\" with output = \"linear\"; allowed: cost = \"mse\"");
    expect_refused(weights + "input_bias = true\n", "w1.idx2: sizes 4 x 6; allowed: 4 x 7 (units, inputs)");
}

// A parameter that only some trials set has its default in the others.
TEST_F(BadMlp, CompetitionBesideNone) {
    const auto more =
        run(synthetic + "hidden = 5\nfraction = 0.1\n[axes]\ncompetition = [\"none\", \"largest-change\"]\n" +
            "bias_unit = [false, true]\n");
    ASSERT_EQ(more.exit_code, 0) << more.err;
    const std::vector<std::string> columns{"export", "bad.sqlite", "--columns", "competition,bias_unit,fraction"};
    EXPECT_EQ(run_program(columns, folder).out,
              "competition,bias_unit,fraction\nnone,0,0.1\nnone,1,0.1\nlargest-change,0,0.1\nlargest-change,1,0.1\n");
    std::vector<std::string> where = columns;
    where.insert(where.end(), {"--where", "competition = 'none' AND NOT bias_unit"});
    EXPECT_EQ(run_program(where, folder).out, "competition,bias_unit,fraction\nnone,0,0.1\n");
}

TEST_F(BadMlp, TestImagesOfAnotherSize) {
    write_idx<std::uint8_t>(folder / "test.idx3", {n_images, 2, 2}, Bytes(4 * n_images));
    expect_refused(files, "test.idx3: 4 pixels in an image; allowed: 6");
}

TEST_F(BadMlp, ValuesOutOfRange) {
    write_idx<double>(folder / "train.idx3", {n_images, 2, 3}, std::vector<double>(6 * n_images, 1.5));
    expect_refused(files, "train.idx3: image 0 pixel 0: 1.5; allowed: -1 to 1");
    SetUp();
    std::vector<double> labels(n_images, 1.0);
    labels[4] = 2.5;
    write_idx<double>(folder / "train.idx1", {n_images}, labels);
    expect_refused(files, "train.idx1: label 4: 2.5; allowed: 0 to 999");
    labels[4] = 1000.0;
    write_idx<double>(folder / "train.idx1", {n_images}, labels);
    expect_refused(files, "train.idx1: label 4: 1000; allowed: 0 to 999");
}

TEST_F(BadMlp, DamagedFiles) {
    const auto whole = [&] {
        write_idx<std::uint8_t>(folder / "train.gz", {n_images, 2, 3}, Bytes(6 * n_images, 100));
        return test::read_text(folder / "train.gz");
    };
    std::string packed = files;
    packed.replace(packed.find("train.idx3"), 10, "train.gz");
    test::write_text(folder / "train.gz", whole().substr(0, whole().size() - 10));
    expect_refused(packed, "train.gz: ");
    std::string flipped = whole();
    flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);  // of the check sum
    test::write_text(folder / "train.gz", flipped);
    expect_refused(packed, "train.gz: ");
    std::filesystem::resize_file(folder / "test.idx3", 30);
    expect_refused(files, "test.idx3: ");
    test::write_text(folder / "test.idx3", "<html>not found</html>");
    expect_refused(files, "test.idx3: ");
    std::filesystem::remove(folder / "test.idx3");
    expect_refused(files, "test.idx3: ");
}

TEST_F(BadMlp, InitialWeights) {
    expect_refused(files + "initial_weights = [\"w1.idx2\"]\n", "initial_weights: 1 files; allowed: 2");
    expect_refused(files + "initial_weights = [\"w1.idx2\", \"none.idx2\"]\n", "none.idx2");
    expect_refused(files + "initial_weights = [\"w2.idx2\", \"w1.idx2\"]\n",
                   "w2.idx2: sizes 10 x 4; allowed: 4 x 6 (units, inputs)");
    write_idx<double>(folder / "w2.idx2", {12, 4}, std::vector<double>(48, 0.1));
    expect_refused(weights, "w2.idx2: 48 values; allowed: 10 units x 4 inputs");
    std::vector<double> values(40, 0.1);
    values[7] = std::numeric_limits<double>::quiet_NaN();
    write_idx<double>(folder / "w2.idx2", {10, 4}, values);
    expect_refused(weights, "w2.idx2: value 7 is nan; allowed: finite numbers");
}

}  // namespace
}  // namespace syncache
