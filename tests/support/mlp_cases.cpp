#include "tests/support/mlp_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/golden_mlp.hpp"
#include "tests/support/near.hpp"

namespace syncache {
// Null where the build leaves them out.
inline namespace baseline {
extern const MlpCpuKernels mlp_kernels __attribute__((weak));
}
namespace avx2 {
extern const MlpCpuKernels mlp_kernels __attribute__((weak));
}
namespace avx512 {
extern const MlpCpuKernels mlp_kernels __attribute__((weak));
}
namespace one_lane {
extern const MlpCpuKernels mlp_kernels __attribute__((weak));
}

namespace test {

const std::vector<std::string> mlp_variants{"none", "local-local", "local-neuron", "local-layer", "global-global"};

MlpSettings small_mlp(const std::string& variant) {
    MlpSettings s;
    s.images.data = "synthetic";
    s.images.train_count = 60;
    s.images.test_count = 50;
    s.hidden = {17};
    s.learning_rate = 1.0 / 3.0;
    s.initial_sd = 0.1;
    s.checkpoint_every = 25;
    s.max_epochs = 3;
    s.rule = rule_of(variant, 0.0);
    s.policy = policy_of(variant);
    s.group = group_of(variant);
    s.threshold = variant == "global-global" ? 20.0 / 3.0 : 0.1 / 3.0;
    return s;
}

std::vector<MlpSettings> with_changing_thresholds(const MlpSettings& s) {
    const double factor = std::exp(-1.0 / 70.0);
    std::vector<MlpSettings> list(3, s);
    list[0].schedule = {Schedule::exponential, s.threshold / 5.0, factor};
    list[1].schedule = {Schedule::exponential, 3.0 * s.threshold, factor};
    list[2].schedule = {Schedule::error_rate, 0.0, std::exp(-1.0 / 15.0)};
    return list;
}

double cell(const RecordedTable& table, std::size_t row, const std::string& column) {
    const auto at = std::find(table.columns.begin(), table.columns.end(), column) - table.columns.begin();
    return table.rows.at(row * table.columns.size() + static_cast<std::size_t>(at));
}

double extra(const Outcome& outcome, const std::string& column) {
    const std::vector<std::string>& names = mlp_extra_columns();
    return outcome.extras.at(static_cast<std::size_t>(std::find(names.begin(), names.end(), column) - names.begin()));
}

void expect_like_reference(const MlpSettings& settings) {
    Tallies tallies;
    tallies.persistent_sum = true;
    const Outcome got = train_mlp(settings, tallies);
    const ReferenceMlpResult want = train_reference(settings);
    EXPECT_EQ(got.converged, want.converged);
    EXPECT_EQ(got.epochs, want.epochs);
    EXPECT_EQ(got.presentations, want.presentations);
    const RecordedTable& table = got.tables.at(0);
    ASSERT_EQ(table.rows.size(), want.checkpoints.size() * table.columns.size());
    for (std::size_t i = 0; i < want.checkpoints.size(); ++i) {
        const ReferenceCheckpoint& point = want.checkpoints[i];
        const auto expect = [&](const char* name, double ReferenceEnergies::* part) {
            EXPECT_TRUE(near(cell(table, i, name), point.total(part), sum_rounding)) << name << " at " << i;
        };
        EXPECT_EQ(cell(table, i, "presentations"), static_cast<double>(point.presentations));
        EXPECT_EQ(cell(table, i, "epoch"), static_cast<double>(point.epoch));
        EXPECT_EQ(cell(table, i, "accuracy"), point.accuracy);
        expect("uncached", &ReferenceEnergies::uncached);
        expect("minimal", &ReferenceEnergies::minimal);
        expect("consolidation", &ReferenceEnergies::consolidation);
        expect("maintenance_sum", &ReferenceEnergies::maintenance);
        if (settings.rule == MlpRule::caching) {
            expect("transient_change_sum", &ReferenceEnergies::transient_change);
        }
    }
    if (!want.checkpoints.empty() && want.checkpoints.back().presentations == got.presentations) {
        expect_layers(got, want.checkpoints.back());
    }
}

void expect_layers(const Outcome& got, const ReferenceCheckpoint& want) {
    double changes = 0.0, consolidated = 0.0, persistent = 0.0;
    for (std::size_t k = 0; k < want.layers.size(); ++k) {
        const ReferenceEnergies& layer = want.layers[k];
        changes += static_cast<double>(layer.n_changes);
        consolidated += static_cast<double>(layer.n_consolidated);
        persistent += layer.persistent;
        const std::size_t first = 3 + 4 * k;
        EXPECT_TRUE(near(got.extras.at(first), layer.uncached, sum_rounding)) << "layer " << k + 1;
        EXPECT_TRUE(near(got.extras.at(first + 1), layer.minimal, sum_rounding)) << "layer " << k + 1;
        EXPECT_TRUE(near(got.extras.at(first + 2), layer.consolidation, sum_rounding)) << "layer " << k + 1;
        EXPECT_TRUE(near(got.extras.at(first + 3), layer.maintenance, sum_rounding)) << "layer " << k + 1;
    }
    EXPECT_EQ(got.extras.at(1), changes);
    EXPECT_EQ(got.extras.at(2), consolidated);
    EXPECT_TRUE(near(got.persistent_sum, persistent, sum_rounding));
    EXPECT_EQ(extra(got, "learned_presentations"), static_cast<double>(got.presentations));
    for (std::size_t k = 0; k < max_mlp_layers; ++k) {
        for (const std::string part :
             {"uncached", "minimal", "consolidation", "maintenance_sum", "changes", "net_changes"}) {
            const double value = extra(got, part + "_layer" + std::to_string(k + 1));
            EXPECT_EQ(std::isnan(value), k >= want.layers.size()) << part << " of layer " << k + 1;
        }
        if (k < want.layers.size()) {
            EXPECT_EQ(extra(got, "changes_layer" + std::to_string(k + 1)),
                      static_cast<double>(want.layers[k].n_changes));
        }
    }
}

std::vector<std::pair<std::string, const MlpCpuKernels*>> mlp_kernels_here() {
    std::vector<std::pair<std::string, const MlpCpuKernels*>> list{{"baseline", &baseline::mlp_kernels},
                                                                   {"one lane", &one_lane::mlp_kernels}};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        list.emplace_back("avx2", &avx2::mlp_kernels);
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq")) {
        list.emplace_back("avx512", &avx512::mlp_kernels);
    }
#endif
    std::erase_if(list, [](const auto& kernels) { return kernels.second == nullptr; });
    return list;
}

}  // namespace test
}  // namespace syncache
