#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "host/experiment/trial_identity.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

namespace syncache {
namespace {

using test::fake_model;
using test::fallbacks;
using test::message_of;
using test::Scratch;
using test::with;

// FIPS 180-2, appendix B.1 and the digest of nothing.
TEST(FileChecksums, Sha256) {
    const Scratch scratch;
    FileChecksums checksums;
    EXPECT_EQ(checksums.sha256(scratch.write("abc", "abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(checksums.sha256(scratch.write("empty", "")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    // FIPS 180-2, appendix B.3: a million times "a", which takes several pieces.
    EXPECT_EQ(checksums.sha256(scratch.write("million", std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    EXPECT_EQ(checksums.all().size(), 3U);
    EXPECT_EQ(checksums.all().at((scratch / "abc").string()).substr(0, 8), "ba7816bf");
}

TEST(FileChecksums, ReadsEachFileOnce) {
    const Scratch scratch;
    const auto file = scratch.write("a", "abc");
    FileChecksums checksums;
    const std::string before = checksums.sha256(file);
    scratch.write("a", "changed");
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { EXPECT_EQ(checksums.sha256(file), before); });
    }
}

TEST(FileChecksums, SaysWhatCannotBeRead) {
    const Scratch scratch;
    FileChecksums checksums;
    const auto refusal = [&](const std::filesystem::path& file) {
        return message_of<std::invalid_argument>([&] { checksums.sha256(file); });
    };
    EXPECT_EQ(refusal(scratch / "absent"),
              (scratch / "absent").string() + ": cannot be read: No such file or directory");
    EXPECT_EQ(refusal(scratch.folder()), scratch.folder().string() + ": cannot be read: Is a directory");
    EXPECT_TRUE(checksums.all().empty());
}

// Results files are keyed by this text: a change of its form makes every result done so far be computed again.
TEST(CanonicalText, IsStable) {
    FileChecksums checksums;
    const std::filesystem::path folder;
    EXPECT_EQ(
        canonical_text(Trial(fake_model(), fallbacks(), folder), checksums),
        R"({"model":"fake","seed":1,"precision":"single","variant":"none","patterns":1000,"threshold":5,"tau":"inf",)"
        R"("learning_rate":1,"pattern_coding":0.5,"shuffled":false,"note":"","patterns_file":""})");
    EXPECT_EQ(
        canonical_text(Trial(fake_model(), with("note", std::string("a \"b\"\n\\ \xc3\xa9")), folder), checksums),
        R"({"model":"fake","seed":1,"precision":"single","variant":"none","patterns":1000,"threshold":5,"tau":"inf",)"
        R"("learning_rate":1,"pattern_coding":0.5,"shuffled":false,"note":"a \"b\"\n\\ é","patterns_file":""})");
}

TEST(CanonicalText, IsJsonThatKeepsEveryBit) {
    FileChecksums checksums;
    const std::filesystem::path folder;
    const auto text_of = [&](double threshold) {
        std::vector<Value> values = fallbacks();
        values.at(static_cast<std::size_t>(find_parameter(fake_model(), "threshold"))) = threshold;
        return canonical_text(Trial(fake_model(), values, folder), checksums);
    };
    for (const double value : {0.1, 1e-5, 1.0 / 3.0, 5e-324, 1.7976931348623157e308, 123456789.0, 1e22}) {
        EXPECT_EQ(nlohmann::json::parse(text_of(value)).at("threshold").get<double>(), value) << text_of(value);
    }
    EXPECT_NE(text_of(0.1), text_of(std::nextafter(0.1, 1.0)));
}

TEST(CanonicalText, NamesFilesWithTheirChecksum) {
    const Scratch scratch;
    scratch.write("p.idx2", "abc");
    const std::filesystem::path& folder = scratch.folder();
    const Trial trial(fake_model(), with("patterns_file", std::string("p.idx2")), folder);
    FileChecksums before;
    const std::string text = canonical_text(trial, before);
    EXPECT_EQ(nlohmann::json::parse(text).at("patterns_file"), "p.idx2@ba7816bf8f01cfea");
    scratch.write("p.idx2", "abd");
    FileChecksums after;
    EXPECT_NE(canonical_text(trial, after), text);
    std::filesystem::remove(folder / "p.idx2");
    FileChecksums none;
    EXPECT_EQ(message_of<std::invalid_argument>([&] { canonical_text(trial, none); }),
              (folder / "p.idx2").string() + ": cannot be read: No such file or directory");
}

// Results files from before there was such a parameter hold the trials that do not set it.
TEST(CanonicalText, LeavesOutWhatIsRecordedWhereItIsNotSet) {
    for (const char* name : {"perceptron", "mlp"}) {
        const Model& model = find_model(name);
        std::vector<Value> values;
        for (const Parameter& parameter : model.parameters()) {
            values.push_back(parameter.fallback);
        }
        FileChecksums checksums;
        const std::string without = canonical_text(Trial(model, values, {}), checksums);
        EXPECT_EQ(without.find("\"traced\""), std::string::npos) << without;
        values[static_cast<std::size_t>(find_parameter(model, "traced"))] = std::string("3,1");
        const std::string with = canonical_text(Trial(model, values, {}), checksums);
        EXPECT_NE(with.find("\"traced\":\"3,1\""), std::string::npos) << with;
    }
}

}  // namespace
}  // namespace syncache
