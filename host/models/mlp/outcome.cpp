#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "host/models/mlp/settings.hpp"

namespace syncache {
namespace {

template <class Part>
double total(const std::vector<LayerSums>& layers, Part part) {
    double sum = 0.0;
    for (const LayerSums& layer : layers) {
        sum += part(layer);
    }
    return sum;
}

double total(const MlpCheckpoint& point, std::size_t price, double LayerPriced::* part) {
    double sum = 0.0;
    for (const std::vector<LayerPriced>& layer : point.priced) {
        sum += layer[price].*part;
    }
    return sum;
}

double maintenance(const MlpCheckpoint& point) {
    return total(point.sums, [](const LayerSums& s) { return s.maintenance; });
}

double transient_change(const MlpCheckpoint& point, bool potentiation_only) {
    return total(point.sums, [=](const LayerSums& s) { return s.transient_change[potentiation_only ? 1 : 0]; });
}

double changes(const MlpCheckpoint& point) {
    return total(point.sums, [](const LayerSums& s) { return static_cast<double>(s.n_changes); });
}

double net_changes(const MlpCheckpoint& point) {
    return total(point.sums, [](const LayerSums& s) { return static_cast<double>(s.n_net_changes); });
}

// At the plain price, whatever prices are asked for.
RecordedTable checkpoints_table(const std::vector<MlpCheckpoint>& points) {
    RecordedTable table{"checkpoints",
                        {"presentations", "epoch", "accuracy", "uncached", "minimal", "consolidation",
                         "maintenance_sum", "transient_change_sum"},
                        {}};
    const std::size_t n_layers = points.empty() ? 0 : points[0].sums.size();
    table.columns.insert(table.columns.end(), {"changes", "net_changes", "learned_presentations"});
    for (std::size_t k = 1; k <= n_layers; ++k) {
        for (const char* part : {"uncached", "minimal", "changes", "net_changes"}) {
            table.columns.push_back(fmt::format("{}_layer{}", part, k));
        }
    }
    for (const MlpCheckpoint& point : points) {
        std::vector<double> row{static_cast<double>(point.presentations),
                                static_cast<double>(point.epoch),
                                point.accuracy,
                                total(point, 0, &LayerPriced::uncached),
                                total(point, 0, &LayerPriced::minimal),
                                total(point, 0, &LayerPriced::consolidation),
                                maintenance(point),
                                transient_change(point, false),
                                changes(point),
                                net_changes(point),
                                static_cast<double>(point.n_learned)};
        for (std::size_t k = 0; k < n_layers; ++k) {
            const LayerPriced& plain = point.priced[k][0];
            row.insert(row.end(), {plain.uncached, plain.minimal, static_cast<double>(point.sums[k].n_changes),
                                   static_cast<double>(point.sums[k].n_net_changes)});
        }
        table.rows.insert(table.rows.end(), row.begin(), row.end());
    }
    return table;
}

std::vector<double> extras(const MlpCheckpoint& point) {
    std::vector<double> values{point.accuracy, changes(point), total(point.sums, [](const LayerSums& s) {
                                   return static_cast<double>(s.n_consolidated);
                               })};
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t k = 0; k < max_mlp_layers; ++k) {
        if (k >= point.sums.size()) {
            values.insert(values.end(), 4, none);
            continue;
        }
        const LayerPriced& plain = point.priced[k][0];
        values.insert(values.end(), {plain.uncached, plain.minimal, plain.consolidation, point.sums[k].maintenance});
    }
    values.insert(values.end(),
                  {net_changes(point), static_cast<double>(point.n_learned), static_cast<double>(point.n_distinct)});
    for (std::size_t k = 0; k < max_mlp_layers; ++k) {
        const bool has_layer = k < point.sums.size();
        values.push_back(has_layer ? static_cast<double>(point.sums[k].n_changes) : none);
        values.push_back(has_layer ? static_cast<double>(point.sums[k].n_net_changes) : none);
    }
    return values;
}

}  // namespace

const std::vector<std::string>& mlp_extra_columns() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list{"accuracy", "changes", "consolidated_changes"};
        for (int k = 1; k <= max_mlp_layers; ++k) {
            for (const char* part : {"uncached", "minimal", "consolidation", "maintenance_sum"}) {
                list.push_back(fmt::format("{}_layer{}", part, k));
            }
        }
        list.insert(list.end(), {"net_changes", "learned_presentations", "distinct_images"});
        for (int k = 1; k <= max_mlp_layers; ++k) {
            list.push_back(fmt::format("changes_layer{}", k));
            list.push_back(fmt::format("net_changes_layer{}", k));
        }
        return list;
    }();
    return names;
}

Outcome mlp_outcome(const MlpCourse& course, const Tallies& tallies) {
    const MlpCheckpoint& last = course.last();
    Outcome outcome;
    outcome.converged = course.converged();
    outcome.epochs = course.epochs();
    outcome.presentations = last.presentations;
    outcome.updates = last.presentations;  // every presentation changes weights
    outcome.maintenance_sum = maintenance(last);
    outcome.persistent_sum = tallies.persistent_sum ? total(last.sums, [](const LayerSums& s) { return s.persistent; })
                                                    : std::numeric_limits<double>::quiet_NaN();
    std::size_t next = 1;
    for (const Pricing& pricing : tallies.pricings) {
        const std::size_t price = pricing == Pricing{} ? 0 : next++;
        outcome.sums.push_back(
            {pricing, total(last, price, &LayerPriced::uncached), total(last, price, &LayerPriced::minimal),
             total(last, price, &LayerPriced::consolidation), transient_change(last, pricing.potentiation_only)});
    }
    outcome.extras = extras(last);
    outcome.tables.push_back(checkpoints_table(course.checkpoints()));
    return outcome;
}

void add_changes(Outcome& outcome, const std::vector<int>& sizes, std::vector<std::vector<double>> changes) {
    for (std::size_t k = 0; k < changes.size(); ++k) {
        outcome.weights.push_back(
            {fmt::format("changes_layer{}", k + 1), {sizes[k + 1], sizes[k]}, std::move(changes[k])});
    }
}

std::vector<RecordedArray> mlp_arrays(const std::vector<int>& sizes, std::vector<std::vector<double>> weights,
                                      std::vector<double> input_consolidation, int rows, int columns) {
    std::vector<RecordedArray> arrays;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        arrays.push_back({fmt::format("weights_layer{}", k + 1), {sizes[k + 1], sizes[k]}, std::move(weights[k])});
    }
    input_consolidation.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));  // not the bias
    arrays.push_back({"input_consolidation", {rows, columns}, std::move(input_consolidation)});
    return arrays;
}

}  // namespace syncache
