#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/results/verify.hpp"
#include "tests/support/near.hpp"
#include "tests/support/results_file.hpp"

namespace syncache {
namespace {

using namespace test;
using Verdict = ClaimResult::Verdict;

constexpr const char* words = "claim = 'c'\nwhere = 'Fig. 1'\nreason = 'r'\n";

std::string claim_text(const std::string& id, const std::string& query, const std::string& rest) {
    return fmt::format("[[claims]]\nid = '{}'\n{}sql = '''{}'''\n{}\n", id, words, query, rest);
}

void write_claims(const ScratchFolder& folder, const std::string& text) {
    std::ofstream(folder / "claims.toml") << text;
}

// Three trials with seeds 1, 2, 7; the energies of toy_result.
Verification verify_text(const std::string& text, const std::string& name = "toy",
                         std::optional<Claim::Form> form = std::nullopt) {
    const ScratchFolder folder;
    Experiment experiment = toy_experiment();
    experiment.name = name;
    write_toy_results(folder / "results.sqlite", {1, 2, 7}, toy_run(), experiment);
    write_claims(folder, text);
    return verify(folder.path(), folder / "results.sqlite", form);
}

Verdict verdict(const std::string& query, const std::string& band) {
    const Verification verification = verify_text(claim_text("a", query, band));
    EXPECT_EQ(verification.passed(), verification.claims.at(0).verdict == Verdict::pass);
    EXPECT_EQ(verification.claims[0].problem.empty(), verification.claims[0].measured.has_value());
    return verification.claims[0].verdict;
}

TEST(Verify, ComparesWithTheBandEndsIncluded) {
    const std::string query = "SELECT median(total / minimal) FROM outcomes WHERE converged";  // 1.5
    EXPECT_EQ(verdict(query, "low = 1.5\nhigh = 1.5"), Verdict::pass);
    EXPECT_EQ(verdict(query, "low = 1.4\nhigh = 1.49"), Verdict::fail);
    EXPECT_EQ(verdict(query, "low = 1.51\nhigh = 2"), Verdict::fail);
    EXPECT_EQ(verdict(query, "low = 1"), Verdict::pass);
    EXPECT_EQ(verdict(query, "low = 2"), Verdict::fail);
    EXPECT_EQ(verdict(query, "high = 2"), Verdict::pass);
    EXPECT_EQ(verdict(query, "high = 1"), Verdict::fail);
    EXPECT_EQ(verdict("SELECT inefficiency(patterns, 1000) FROM (SELECT 1900 AS patterns)", "low = 772\nhigh = 773"),
              Verdict::pass);
}

TEST(Verify, WhatGivesNoNumberFails) {
    for (const char* query :
         {"SELECT NULL", "SELECT median(total) FROM outcomes WHERE seed = 99", "SELECT nonsense FROM outcomes",
          "SELECT total FROM outcomes", "SELECT total, minimal FROM outcomes LIMIT 1", "SELECT 'text'",
          "SELECT 1 WHERE 0", "SELECT 1; SELECT 2", "-- nothing", "SELEC 1", "SELECT 9e999", "SELECT 9e999 - 9e999",
          "DELETE FROM trials"}) {
        EXPECT_EQ(verdict(query, "low = -1e300"), Verdict::fail) << query;
    }
}

TEST(Verify, ClaimsOfTheOtherFormAreSkipped) {
    const std::string text = claim_text("f", "SELECT 1", "low = 1\nform = 'full'") +
                             claim_text("q", "SELECT 0", "low = 1\nform = 'quick'") +
                             claim_text("b", "SELECT 1", "low = 1");
    const Verification full = verify_text(text, "toy");
    EXPECT_EQ(full.claims[0].verdict, Verdict::pass);
    EXPECT_EQ(full.claims[1].verdict, Verdict::skipped);
    EXPECT_EQ(full.claims[2].verdict, Verdict::pass);
    EXPECT_TRUE(full.passed());
    const Verification quick = verify_text(text, "toy-quick");
    EXPECT_EQ(quick.claims[0].verdict, Verdict::skipped);
    EXPECT_EQ(quick.claims[1].verdict, Verdict::fail);
    EXPECT_FALSE(quick.passed());
    EXPECT_FALSE(verify_text(text, "toy", Claim::Form::quick).passed());
    EXPECT_FALSE(verify_text(claim_text("f", "SELECT 1", "low = 1\nform = 'full'"), "toy-quick").passed())
        << "nothing was checked";
}

std::string deviating(const std::string& query, const std::string& deviation) {
    return claim_text("a", query, "low = 2\nhigh = 3\ndeviation = { " + deviation + " }");
}

TEST(Verify, AKnownDeviationIsAcceptedInItsOwnBandAlone) {
    const auto judged = [](const std::string& number) {
        return verify_text(deviating("SELECT " + number, "low = 0.5, high = 1.5, why = 'the theory is another'"));
    };
    for (const char* number : {"0.5", "1", "1.5"}) {
        const Verification known = judged(number);
        EXPECT_EQ(known.claims[0].verdict, Verdict::deviates) << number;
        EXPECT_TRUE(known.passed()) << number;
        EXPECT_EQ(known.claims[0].claim.deviation->why, "the theory is another");
        EXPECT_EQ(known.claims[0].problem, "");
    }
    for (const char* number : {"2", "3"}) {  // holds: the note is out of date
        const Verification stale = judged(number);
        EXPECT_EQ(stale.claims[0].verdict, Verdict::fail) << number;
        EXPECT_FALSE(stale.passed());
        EXPECT_EQ(stale.claims[0].problem, "the claim holds; its known deviation is out of date");
    }
    for (const char* number : {"0.49", "1.51", "3.1", "-1"}) {
        const Verification other = judged(number);
        EXPECT_EQ(other.claims[0].verdict, Verdict::fail) << number;
        EXPECT_EQ(other.claims[0].problem, "the known deviation is in [0.5, 1.5]; this is another one");
    }
    EXPECT_EQ(judged("NULL").claims[0].verdict, Verdict::fail);
    EXPECT_EQ(judged("9e999").claims[0].verdict, Verdict::fail);
}

TEST(Verify, KnownDeviationsDoNotHideAFailure) {
    const std::string known = deviating("SELECT 1", "high = 1.5, why = 'w'");
    EXPECT_TRUE(verify_text(known + claim_text("b", "SELECT 1", "low = 1")).passed());
    EXPECT_FALSE(verify_text(known + claim_text("b", "SELECT 1", "low = 2")).passed());
}

TEST(Claims, AreThePapersUnlessTheySayOurs) {
    EXPECT_EQ(verify_text(claim_text("a", "SELECT 1", "low = 1")).claims[0].claim.origin, Claim::Origin::paper);
    EXPECT_EQ(verify_text(claim_text("a", "SELECT 1", "low = 1\norigin = 'paper'")).claims[0].claim.origin,
              Claim::Origin::paper);
    EXPECT_EQ(verify_text(claim_text("a", "SELECT 1", "low = 1\norigin = 'ours'")).claims[0].claim.origin,
              Claim::Origin::ours);
}

TEST(Claims, RefusesWhatItDoesNotUnderstand) {
    const ScratchFolder folder;
    const auto refusal = [&](const std::string& text) {
        write_claims(folder, text);
        return message_of([&] { read_claims(folder / "claims.toml"); });
    };
    const std::string good = claim_text("a", "SELECT 1", "low = 1");
    EXPECT_EQ(refusal(good), "");
    for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
             {claim_text("a", "SELECT 1", "low = 1\nupper = 2"),
              "claims.toml:8: upper: is no key of a claim; allowed: id,"},
             {"title = 'x'\n" + good, "claims.toml:1: title: is no key of a claims file"},
             {claim_text("a", "SELECT 1", ""), "claims.toml:1: low, high: both are missing"},
             {claim_text("a", "SELECT 1", "low = 2\nhigh = 1"), "claims.toml:7: low: 2 is above high, 1"},
             {claim_text("a", "SELECT 1", "low = 'x'"), "claims.toml:7: low: is no finite number"},
             {claim_text("a", "SELECT 1", "low = nan"), "claims.toml:7: low: is no finite number"},
             {claim_text("a", "SELECT 1", "low = 1\nform = 'fast'"),
              "form: found \"fast\"; allowed: \"both\", \"full\", \"quick\""},
             {claim_text("a", "SELECT 1", "low = 1\norigin = 'theirs'"),
              "claims.toml:8: origin: found \"theirs\"; allowed: \"paper\", \"ours\""},
             {claim_text("a", "SELECT 1", "low = 1\ndeviation = 'w'"),
              "claims.toml:8: deviation: is no table; allowed: { low, high, why }"},
             {claim_text("a", "SELECT 1", "low = 1\ndeviation = { high = 0 }"),
              "claims.toml:8: why: is missing from this deviation"},
             {claim_text("a", "SELECT 1", "low = 1\ndeviation = { why = 'w' }"),
              "claims.toml:8: low, high: both are missing from this deviation"},
             {claim_text("a", "SELECT 1", "low = 1\ndeviation = { low = 0, high = -1, why = 'w' }"),
              "claims.toml:8: low: 0 is above high, -1"},
             {claim_text("a", "SELECT 1", "low = 1\ndeviation = { upper = 0, why = 'w' }"),
              "claims.toml:8: upper: is no key of a deviation; allowed: low, high, why"},
             {claim_text("a", "SELECT 1", "low = 1\ndeviation = { high = 1, why = 'w' }"),
              "claims.toml:8: deviation: its band, at most 1, meets the claim's, at least 1; allowed: bands apart"},
             {claim_text("a", "SELECT 1", "low = 1\nhigh = 2\ndeviation = { low = 0, why = 'w' }"),
              "claims.toml:9: deviation: its band, at least 0, meets the claim's, in [1, 2]; allowed: bands apart"},
             {claim_text("a", " ", "low = 1"), "sql: is empty"},
             {"[[claims]]\nid = 'a'\nlow = 1", "claims.toml:1: claim: is missing"},
             {good + good, "claims.toml:8: id: \"a\" is used twice"},
             {"[[claims]]\nid = ", "claims.toml:2: "},
             {"", "claims.toml:1: holds no [[claims]]"},
             {"claims = [1]", "claims.toml:1: claims: holds what is no table"}}) {
        EXPECT_NE(refusal(text).find(expected), std::string::npos) << refusal(text) << "\nfor\n" << text;
    }
    EXPECT_THROW(read_claims(folder / "absent.toml"), std::invalid_argument);
}

}  // namespace
}  // namespace syncache
