#include "host/results/prices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/results/results_impl.hpp"
#include "host/settings/suggestion.hpp"
#include "host/store/completeness.hpp"
#include "host/store/lack.hpp"

namespace syncache {
namespace {

constexpr std::array<std::string_view, 5> keys = {"maintenance_cost", "transient_change_cost", "persistent_cost",
                                                  "exponent", "potentiation_only"};

void check_key(const std::string& price) {
    std::string_view key = std::string_view(price).substr(0, price.find('='));
    key = key.substr(0, key.find_last_not_of(" \t") + 1);
    if (std::ranges::count(keys, key) == 0) {
        const std::vector<std::string> names(keys.begin(), keys.end());
        throw std::invalid_argument(fmt::format("--price {}; {}allowed: key=value with a key of {}", price,
                                                did_you_mean(key, names), fmt::join(keys, ", ")));
    }
}

// The file's experiment with these prices. What it says of an override, it says of --price.
Experiment priced(const Experiment& experiment, const std::string& file, const std::vector<std::string>& prices) {
    try {
        return parse_experiment(experiment.text, experiment.folder, file, prices);
    } catch (const std::invalid_argument& error) {
        constexpr std::string_view set = "--set";
        const std::string message = error.what();
        throw std::invalid_argument(message.starts_with(set) ? "--price" + message.substr(set.size()) : message);
    }
}

void fill_settings(sqlite3* database, const std::vector<AccountingSetting>& accounting) {
    sql::execute(database, "DELETE FROM temp.settings");
    sql::Statement insert(database, "INSERT INTO temp.settings VALUES(?, ?, ?, ?, ?, ?)");
    std::int64_t position = 0;
    for (const AccountingSetting& a : accounting) {
        insert.bind(position++, a.maintenance_cost, a.transient_change_cost, a.persistent_cost, a.pricing.exponent,
                    a.pricing.potentiation_only);
        insert.run();
    }
}

}  // namespace

void set_prices(Store& store, const std::vector<std::string>& prices) {
    if (prices.empty()) {
        return;
    }
    std::ranges::for_each(prices, check_key);
    const std::string file = store.file().string();
    const auto experiment = recorded_experiment(store);
    if (!experiment) {
        throw std::invalid_argument(fmt::format("--price: {} holds an experiment that this program cannot read", file));
    }
    Experiment asked = priced(*experiment, file, prices);
    asked.record.clear();  // prices alone
    if (const auto lack = find_lack(store, asked.tallies(), true)) {
        throw std::invalid_argument(fmt::format(
            "{}: {}; allowed: prices whose sums are stored; syncache run with --set of these prices and --retrain adds "
            "others",
            file, text_of(*lack)));
    }
    results::ensure_tables(store, "outcomes");
    fill_settings(store.handle(), asked.accounting);
}

}  // namespace syncache
