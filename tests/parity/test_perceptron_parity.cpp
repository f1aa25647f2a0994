#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "kernels/perceptron/perceptron_cuda.hpp"
#include "tests/support/cuda.hpp"
#include "tests/support/near.hpp"
#include "tests/support/parity_name.hpp"
#include "tests/support/parity_size.hpp"
#include "tests/support/perceptron_cases.hpp"

// The GPU against the CPU: the same bits, since both add in the order of the team's lanes, contract nothing, and use no
// library function in the plain account. Exponents other than 1 go through pow, whose last digits may differ. Every
// variant of the GPU's executor is compared; tests/emulator has a GPU for machines without one.
namespace syncache {
namespace {

using test::engine_settings;
using test::PerceptronCase;

Tallies everything() {
    Tallies tallies;
    tallies.pricings = {{1.0, false}, {1.0, true}, {0.5, false}};
    tallies.persistent_sum = true;
    tallies.record = {"epochs", "traces", "weights"};
    return tallies;
}

// The GPU trainer on settings that no experiment file could name one by one.
std::vector<Outcome> train_on_cuda(const std::vector<PerceptronCase>& cases, const PerceptronCudaOptions& options = {},
                                   const Tallies& tallies = everything()) {
    std::vector<Trial> trials;
    static const std::filesystem::path folder;
    for (const PerceptronCase& c : cases) {
        trials.push_back(Trial(find_model("perceptron"), test::parameter_values(c), folder));
    }
    std::vector<Outcome> outcomes(cases.size());
    const std::atomic<bool> stop = false;
    perceptron_cuda_trainer(0, options)->train(trials, tallies, stop, [&](std::size_t place, Outcome outcome) {
        outcomes[place] = std::move(outcome);
    });
    return outcomes;
}

void expect_equal(const Outcome& cuda, const Outcome& cpu) {
    EXPECT_EQ(cuda.converged, cpu.converged);
    EXPECT_EQ(cuda.epochs, cpu.epochs);
    EXPECT_EQ(cuda.presentations, cpu.presentations);
    EXPECT_EQ(cuda.updates, cpu.updates);
    EXPECT_EQ(cuda.maintenance_sum, cpu.maintenance_sum);
    EXPECT_EQ(cuda.persistent_sum, cpu.persistent_sum);
    ASSERT_EQ(cuda.sums.size(), cpu.sums.size());
    for (std::size_t k = 0; k < cpu.sums.size(); ++k) {
        const double pow_rounding = cpu.sums[k].pricing.exponent == 1.0 ? 0.0 : 1e-13;
        EXPECT_TRUE(test::near(cuda.sums[k].uncached, cpu.sums[k].uncached, pow_rounding));
        EXPECT_TRUE(test::near(cuda.sums[k].minimal, cpu.sums[k].minimal, pow_rounding));
        EXPECT_TRUE(test::near(cuda.sums[k].consolidation, cpu.sums[k].consolidation, pow_rounding));
        EXPECT_EQ(cuda.sums[k].transient_change_sum, cpu.sums[k].transient_change_sum);
    }
    ASSERT_EQ(cuda.tables.size(), cpu.tables.size());
    for (std::size_t t = 0; t < cpu.tables.size(); ++t) {
        EXPECT_EQ(cuda.tables[t].rows, cpu.tables[t].rows) << cpu.tables[t].name;
    }
    ASSERT_EQ(cuda.weights.size(), cpu.weights.size());
    for (std::size_t w = 0; w < cpu.weights.size(); ++w) {
        EXPECT_EQ(cuda.weights[w].values, cpu.weights[w].values);
    }
}

// Three pathways, of which one has one input.
PerceptronCase in_pathways(PerceptronCase c) {
    const int first = c.inputs / 3;
    c.pathway_sizes = std::to_string(first) + ",1," + std::to_string(c.inputs - first - 1);
    c.pathway_factors = "0.7,0.1,1.3";
    return c;
}

std::vector<PerceptronCase> cases_of(const std::string& variant, int inputs, std::int64_t max_epochs) {
    std::vector<PerceptronCase> cases;
    const double threshold = variant == "global-global" ? 1.3 * inputs : variant == "l1" ? 0.01 : 7.0 / 3.0;
    const int patterns = inputs == 1 ? 2 : inputs * 3 / 2;
    for (const bool single : {true, false}) {
        for (const double tau : {0.0, 100.0 / 3.0, 300.0}) {
            for (const double offset : {0.0, 0.1}) {
                PerceptronCase c{variant, inputs, patterns, threshold, tau, 0.1 / 0.3, offset, max_epochs, 5, single};
                c.traced = std::to_string(inputs) + ",0";
                const bool caches = variant != "none" && variant != "l1";
                const std::vector<PerceptronCase> scheduled = test::with_schedules(c);
                cases.insert(cases.end(), scheduled.begin(), caches ? scheduled.end() : scheduled.begin() + 1);
                if (offset != 0.0) {
                    continue;
                }
                cases.push_back(c);
                cases.back().margin = 0.7 / 3.0;
                if (variant.starts_with("local") && inputs > 1) {
                    const std::vector<PerceptronCase> with_pathways = test::with_schedules(in_pathways(c));
                    cases.insert(cases.end(), {with_pathways.front(), with_pathways.back()});
                }
            }
        }
    }
    return cases;
}

bool suits(PerceptronCudaVariant variant, const PerceptronSettings& s) {
    return why_not(variant, uses_gram(s.rule, s.policy, s.decay), s.patterns).empty();
}

// Cases that the variant trains, and what the CPU makes of them.
struct Suited {
    std::vector<PerceptronCase> cases;
    std::vector<PerceptronSettings> settings;
    std::vector<Outcome> cpu;

    Suited(PerceptronCudaVariant variant, const std::vector<PerceptronCase>& all,
           const Tallies& tallies = everything()) {
        for (const PerceptronCase& c : all) {
            if (suits(variant, engine_settings(c))) {
                cases.push_back(c);
                settings.push_back(engine_settings(c));
            }
        }
        cpu = train_perceptrons(settings, tallies);
    }

    void expect_same(const std::vector<Outcome>& outcomes) const {
        ASSERT_EQ(outcomes.size(), cpu.size());
        for (std::size_t i = 0; i < cpu.size(); ++i) {
            SCOPED_TRACE("case " + std::to_string(i));
            expect_equal(outcomes[i], cpu[i]);
        }
    }
};

class PerceptronParity : public ::testing::TestWithParam<std::tuple<std::string, int, int>> {};

TEST_P(PerceptronParity, CudaEqualsCpu) {
    SYNCACHE_NEEDS_CUDA();
    const auto [variant, inputs, max_epochs] = GetParam();
    for (const PerceptronCudaVariant way : perceptron_cuda_variants) {
        SCOPED_TRACE(name_of(way));
        const Suited suited(way, cases_of(variant, inputs, max_epochs));
        suited.expect_same(train_on_cuda(suited.cases, {way, GramProduct::tensor_cores}));
    }
}

INSTANTIATE_TEST_SUITE_P(
    VariantsAndShapes, PerceptronParity,
    ::testing::Combine(::testing::Values("none", "local-local", "local-global", "global-global", "l1"),
                       ::testing::ValuesIn(test::parity_sizes({1, 31, 32, 33, 1000}, {1, 31, 33, 129})),
                       ::testing::ValuesIn(test::parity_sizes({1, 20}, {1, 3}))),
    test::ParityName());

TEST(PerceptronCuda, AsManyPatternsAsRegistersHold) {
    SYNCACHE_NEEDS_CUDA();
    for (const PerceptronCudaVariant way : perceptron_cuda_variants) {
        const int most = most_patterns(way);
        for (const double tau : {0.0, 300.0}) {
            if (most > 0) {
                const Suited suited(way, {{"none", 20, most, 0.0, 0.0, 1.0, 0.0, 1},
                                          {"local-global", 20, most - 1, 3.0, tau, 1.0, 0.0, 1},
                                          {"none", 20, most + 1}});
                ASSERT_EQ(suited.cases.size(), 2u);
                suited.expect_same(train_on_cuda(suited.cases, {way}));
            }
        }
    }
}

TEST(PerceptronCudaVariant, SaysWhatItDoesNotTrain) {
    EXPECT_EQ(why_not(PerceptronCudaVariant::block, false, 1000000), "");
    EXPECT_EQ(why_not(PerceptronCudaVariant::warp, true, 1000000), "");
    EXPECT_EQ(why_not(PerceptronCudaVariant::block_registers, true, 2048), "");
    EXPECT_EQ(why_not(PerceptronCudaVariant::block_registers, true, 2049),
              "block-registers: fields of 2049 patterns; at most 2048 fit into registers");
    EXPECT_EQ(why_not(PerceptronCudaVariant::block_cache_ahead, false, 1),
              "block-cache-ahead: this rule, with this decay, computes outputs and keeps no fields");
    EXPECT_EQ(why_not(PerceptronCudaVariant::warp_registers, true, 257),
              "warp-registers: fields of 257 patterns; at most 256 fit into registers");
}

TEST(PerceptronCudaVariant, MultipliesByPanelsOfWholeTiles) {
    EXPECT_EQ(gram_panel(1920, PerceptronCudaOptions().most_products), 1920);
    EXPECT_EQ(gram_panel(120000, PerceptronCudaOptions().most_products), 512);  // 559 rows would fit
    EXPECT_EQ(gram_panel(192, 192 * 128), 128);
    EXPECT_EQ(gram_panel(192, 192 * 127), 64);
    EXPECT_EQ(gram_panel(192, 1), 64);  // a tile at least
}

TEST(PerceptronCudaGram, EqualsCpu) {
    SYNCACHE_NEEDS_CUDA();
    constexpr PerceptronCudaVariant block = PerceptronCudaVariant::block;
    const PerceptronCudaOptions by_panels{block, GramProduct::cublas, 192 * 128};  // of 128 and 64 rows
    for (const PerceptronCudaOptions& options :
         {PerceptronCudaOptions{block, GramProduct::cublas}, by_panels, {block, GramProduct::tensor_cores}}) {
        for (const int inputs : test::parity_sizes({1, 31, 32, 33, 1000}, {1, 31, 32, 33, 130})) {
            PatternSet set = PatternSet::random(3, inputs, 130, 0.5, 0.5);
            set.make_gram();
            PerceptronCuda cuda(0, options);
            cuda.upload("set", set.view(), 130, {"set"});
            const std::vector<std::int16_t> gram = cuda.gram("set");
            ASSERT_EQ(gram.size(), 130u * 130u);
            for (int q = 0; q < 130; ++q) {
                for (int p = 0; p < 130; ++p) {
                    ASSERT_EQ(gram[static_cast<std::size_t>(q * 130 + p)],
                              set.view().gram[q * set.view().gram_stride + p]);
                }
            }
        }
    }
}

TEST(PerceptronCuda, ManyTrialsOfUnequalLengthInOneBatch) {
    SYNCACHE_NEEDS_CUDA();
    std::vector<PerceptronCase> cases;
    for (int i = 0; i < test::parity_size(500, 14); ++i) {
        cases.push_back({i % 2 == 0 ? "local-global" : "none", 100, 10 + i % 180, 3.0, i % 3 == 0 ? 200.0 : 0.0, 1.0,
                         0.0, 200, static_cast<std::uint64_t>(i % 7)});
    }
    for (const PerceptronCudaVariant way : perceptron_cuda_variants) {
        SCOPED_TRACE(name_of(way));
        const Suited suited(way, cases);
        suited.expect_same(train_on_cuda(suited.cases, {way}));
    }
}

TEST(PerceptronCuda, DistributionsAsOnTheCpu) {
    SYNCACHE_NEEDS_CUDA();
    std::vector<PerceptronCase> cases;
    for (const char* variant : {"local-local", "local-global"}) {
        for (const double tau : {0.0, 100.0 / 3.0}) {
            cases.push_back({variant, 33, 20, 7.0 / 3.0, tau, 0.1 / 0.3, 0.0, 3, 5, tau > 0.0});
            cases.back().distribution_width = 1.0 / 3.0;
        }
    }
    Tallies tallies;
    tallies.record = {"distribution"};
    tallies.persistent_sum = true;
    for (const PerceptronCudaVariant way : perceptron_cuda_variants) {
        SCOPED_TRACE(name_of(way));
        const Suited suited(way, cases, tallies);
        ASSERT_FALSE(suited.cases.empty());
        ASSERT_FALSE(suited.cpu[0].tables.at(0).rows.empty());
        suited.expect_same(train_on_cuda(suited.cases, {way}, tallies));
    }
}

// Without a GPU the request for one fails; it is never served by the CPU.
TEST(PerceptronCuda, AbsentDeviceIsAnError) {
    std::string reason;
    const int beyond = static_cast<int>(cuda_devices(reason).size());
    EXPECT_ANY_THROW(find_model("perceptron").cuda_trainer(beyond));
}

}  // namespace
}  // namespace syncache
