#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "host/models/perceptron/trainer.hpp"

namespace syncache {
namespace {

// Differences of the cumulative sums at the ends of epochs.
RecordedTable epochs_table(const std::vector<double>& rows, double unit) {
    RecordedTable table{"epochs", {"epoch", "updates", "maintenance_sum", "consolidation"}, {}};
    for (std::size_t at = 0; at < rows.size(); at += epoch_columns) {
        const bool first = at == 0;
        table.rows.push_back(rows[at]);
        table.rows.push_back(rows[at + 1]);
        for (const std::size_t column : {std::size_t{2}, std::size_t{3}}) {
            const double before = first ? 0.0 : rows[at + column - epoch_columns];
            table.rows.push_back(unit * (rows[at + column] - before));
        }
    }
    return table;
}

// Rows of `n_traced` synapses after each update; what was consolidated there is a difference of cumulative sums.
RecordedTable traces_table(const std::vector<double>& rows, std::size_t n_traced, double unit) {
    RecordedTable table{
        "traces", {"presentation", "synapse", "transient", "weight", "transient_sum", "consolidation"}, rows};
    const std::size_t update = n_traced * trace_columns;
    for (std::size_t at = 0; at < rows.size(); at += trace_columns) {
        table.rows[at + 2] *= unit;
        table.rows[at + 3] *= unit;
        table.rows[at + 4] *= unit;
        table.rows[at + 5] = unit * (rows[at + 5] - (at < update ? 0.0 : rows[at + 5 - update]));
    }
    return table;
}

// How often transient weights were in each bin of each epoch; from the first bin that is not empty in all epochs to the
// last.
RecordedTable distribution_table(const std::vector<double>& rows, double width) {
    RecordedTable table{"distribution", {"epoch", "low", "high", "count"}, {}};
    const std::size_t bins = distribution_bins;
    std::size_t first = bins, end = 0;
    for (std::size_t at = 0; at < rows.size(); ++at) {
        if (rows[at] != 0.0) {
            first = std::min(first, at % bins);
            end = std::max(end, at % bins + 1);
        }
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr std::int64_t middle_bin = distribution_bins / 2;
    for (std::size_t at = 0; at < rows.size(); at += bins) {
        const std::size_t epoch = at / bins;
        for (std::size_t bin = first; bin < end; ++bin) {
            const double middle = static_cast<double>(bin) - middle_bin;
            table.rows.insert(table.rows.end(),
                              {static_cast<double>(epoch), bin == 0 ? -infinity : (middle - 0.5) * width,
                               bin + 1 == bins ? infinity : (middle + 0.5) * width, rows[at + bin]});
        }
    }
    return table;
}

}  // namespace

Outcome perceptron_outcome(const PerceptronSettings& settings, const Tallies& tallies, const MemberResult& result) {
    const double unit = settings.unit;
    Outcome outcome;
    outcome.converged = result.ending.converged != 0;
    outcome.epochs = result.ending.epochs;
    outcome.presentations = result.ending.presentations;
    outcome.updates = result.ending.updates;
    outcome.maintenance_sum = unit * result.sums.maintenance_sum;
    outcome.persistent_sum =
        tallies.persistent_sum ? unit * result.sums.persistent_sum : std::numeric_limits<double>::quiet_NaN();
    std::size_t next = 1;
    for (const Pricing& pricing : tallies.pricings) {
        const PricedSums& sums = result.priced[pricing == Pricing{} ? 0 : next++];
        const double scale = std::pow(unit, pricing.exponent);
        outcome.sums.push_back({pricing, scale * sums.uncached, scale * sums.minimal, scale * sums.consolidation,
                                unit * result.sums.transient_change[pricing.potentiation_only ? 1 : 0]});
    }
    if (tallies.records("epochs")) {
        outcome.tables.push_back(epochs_table(result.epoch_rows, unit));
    }
    if (tallies.records("traces")) {
        outcome.tables.push_back(traces_table(result.trace_rows, traced_inputs(settings).size(), unit));
    }
    if (tallies.records("distribution")) {
        outcome.tables.push_back(distribution_table(result.distribution_rows, unit * settings.distribution_width));
    }
    if (tallies.records("weights")) {
        outcome.weights.push_back({"weights", {static_cast<std::int64_t>(result.weights.size())}, result.weights});
        for (double& weight : outcome.weights.back().values) {
            weight *= unit;
        }
    }
    return outcome;
}

}  // namespace syncache
