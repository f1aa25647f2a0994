#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "host/store/seed_union_impl.hpp"
#include "host/store/store_impl.hpp"
#include "host/store/stored_values.hpp"
#include "host/store/views.hpp"

namespace syncache {
namespace {

using Build = std::pair<std::string, std::string>;  // commit, build

// What must be alike for results to share a table.
struct Origin {
    std::filesystem::path file;
    std::string model, experiment, name;  // experiment: its text
    std::set<Build> builds;               // of the runs that the experiment's trials came from
};

Origin origin_of(const Store& store) {
    Origin origin{store.file(), "", "", "", {}};
    sql::Statement experiment(
        store.handle(),
        "SELECT model, text, name FROM experiments WHERE id = (SELECT experiment FROM current_experiment)");
    if (experiment.step()) {
        origin.model = experiment.text(0);
        origin.experiment = experiment.text(1);
        origin.name = experiment.text(2);
    }
    sql::Statement builds(store.handle(),
                          "SELECT \"commit\", build FROM runs WHERE id IN (SELECT DISTINCT run FROM trials WHERE "
                          "position IS NOT NULL)");
    while (builds.step()) {
        origin.builds.emplace(builds.text(0), builds.text(1));
    }
    return origin;
}

// Refuses results that may not share a table. Returns the experiments as one where they differ in seeds alone; none
// where they are one anyway, or others are allowed.
std::optional<SeedUnion> check_alike(const std::vector<Origin>& origins, const MergeOptions& options) {
    const Origin& first = origins.front();
    std::set<Build> builds;
    std::vector<std::string> experiments;
    for (const Origin& origin : origins) {
        if (origin.model != first.model) {
            throw std::invalid_argument(fmt::format("{}: holds results of another model ({}, not {}) than {}",
                                                    origin.file.string(), origin.model, first.model,
                                                    first.file.string()));
        }
        if (std::ranges::count(experiments, origin.experiment) == 0) {
            experiments.push_back(origin.experiment);
        }
        builds.insert(origin.builds.begin(), origin.builds.end());
        if (!options.other_builds && builds.size() > 1) {
            const Build& a = *builds.begin();
            const Build& b = *std::next(builds.begin());
            throw std::invalid_argument(
                fmt::format("{}: holds results of different builds ({}, {}; {}, {}); allowed with --allow-builds",
                            origin.file.string(), a.first, a.second, b.first, b.second));
        }
    }
    if (experiments.size() == 1) {
        return std::nullopt;
    }
    auto all_seeds = SeedUnion::of(experiments);
    if (!all_seeds && !options.other_experiments) {
        const auto other =
            std::ranges::find_if(origins, [&](const Origin& origin) { return origin.experiment != first.experiment; });
        throw std::invalid_argument(
            fmt::format("{}: holds results of another experiment (\"{}\") than {} (\"{}\"): they differ in more than "
                        "their seeds; allowed with --force",
                        other->file.string(), other->name, first.file.string(), first.name));
    }
    return all_seeds;
}

// Equal but for the rounding of another processor; absent on one side counts as equal.
bool agree(double a, double b) {
    constexpr double tolerance = 1e-9;  // relative: the accuracy that we promise for energies
    if (std::isnan(a) || std::isnan(b) || a == b) {
        return true;
    }
    return std::isfinite(a) && std::isfinite(b) &&
           std::fabs(a - b) <= tolerance * std::fmax(std::fabs(a), std::fabs(b));
}

bool agree(const std::vector<double>& a, const std::vector<double>& b) {
    return std::ranges::equal(a, b, [](double x, double y) { return agree(x, y); });
}

// Binds columns first, first + 1, ... of a row to the parameters from `index` on.
void copy_columns(const sql::Statement& row, int first, sql::Statement& to, int index) {
    for (int column = first; column < row.columns(); ++column) {
        to.set(index + column - first, row.value(column));
    }
}

constexpr const char* current_number = "SELECT experiment FROM current_experiment";
constexpr const char* current_text =
    "SELECT text FROM experiments WHERE id = (SELECT experiment FROM current_experiment)";

// A trial's place in its sweep, of which there are so few that sums of two fit in 64 bits.
std::int64_t position_in(const sql::Statement& row, int column) {
    constexpr std::int64_t most = std::int64_t{1} << 61;
    const std::int64_t position = row.integer(column);
    if (position < 0 || position > most) {
        stored::fail(row, fmt::format("position {}: no place in a sweep", position));
    }
    return position;
}

// Makes the experiment with all seeds the one that a file evaluates, in whose order its trials then are.
void make_current(sqlite3* database, const SeedUnion& all_seeds) {
    if (const std::string text = sql::query_text(database, current_text);
        !text.empty() && text != all_seeds.experiment().text) {
        std::vector<std::pair<std::int64_t, std::int64_t>> places;  // id, place
        sql::Statement trials(database, "SELECT id, position FROM trials WHERE position IS NOT NULL");
        while (trials.step()) {
            places.emplace_back(trials.integer(0), all_seeds.place(text, position_in(trials, 1)));
        }
        sql::Statement move(database, "UPDATE trials SET position = ?2 WHERE id = ?1");
        for (const auto& [id, place] : places) {
            move.bind(id, place).run();
        }
    }
    const std::int64_t experiment = record_experiment(database, all_seeds.experiment());
    sql::execute(database, "DELETE FROM current_experiment");
    sql::Statement(database, "INSERT INTO current_experiment VALUES(?)").bind(experiment).run();
}

// Copies one results file into another, within the caller's transaction.
class Copy {
  public:
    Copy(const Store& input, const Store& output, const SeedUnion* all_seeds)
        : file_(input.file()),
          all_seeds_(all_seeds),
          in_(input.handle()),
          out_(output.handle()),
          sums_in_(in_,
                   "SELECT exponent, potentiation_only, uncached, minimal, consolidation, transient_change_sum FROM "
                   "sums WHERE trial = ?"),
          recorded_in_(in_, "SELECT kind, name, columns, shape, data FROM recorded WHERE trial = ?"),
          trial_out_(
              out_,
              "SELECT id, converged, epochs, presentations, updates, maintenance_sum, persistent_sum, extras FROM "
              "trials "
              "WHERE key = ?"),
          insert_trial_(out_,
                        "INSERT INTO trials(run, key, parameters, position, converged, epochs, presentations, updates, "
                        "maintenance_sum, persistent_sum, extras, seconds) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
          update_trial_(out_,
                        "UPDATE trials SET position = coalesce(position, ?2), "
                        "persistent_sum = coalesce(persistent_sum, ?3) WHERE id = ?1"),
          sums_out_(out_,
                    "SELECT uncached, minimal, consolidation, transient_change_sum FROM sums WHERE trial = ? AND "
                    "exponent = ? AND potentiation_only = ?"),
          insert_sums_(out_, "INSERT INTO sums VALUES(?, ?, ?, ?, ?, ?, ?)"),
          insert_recorded_(out_, "INSERT OR IGNORE INTO recorded VALUES(?, ?, ?, ?, ?, ?)"),
          extra_values_(out_) {}

    // Returns the number of new trials.
    std::size_t all() {
        sql::Transaction snapshot(in_, sql::Transaction::Kind::read);
        copy_experiments();
        copy_runs();
        std::size_t n_new = 0;
        sql::Statement trials(in_,
                              "SELECT run, id, key, parameters, position, converged, epochs, presentations, "
                              "updates, maintenance_sum, persistent_sum, extras, seconds FROM trials ORDER BY id");
        first_position_ = first_position();
        text_ = sql::query_text(in_, current_text);
        while (trials.step()) {
            n_new += copy_trial(trials) ? 1 : 0;
        }
        return n_new;
    }

  private:
    // Trials of another experiment than the output's stand behind all that are there.
    std::int64_t first_position() const {
        if (current_experiment() == sql::query_integer(out_, current_number)) {
            return 0;
        }
        sql::Statement last(out_, "SELECT position FROM trials ORDER BY position DESC LIMIT 1");
        return last.step() && !last.is_null(0) ? position_in(last, 0) + 1 : 0;
    }

    using Numbers = std::map<std::int64_t, std::int64_t>;  // number there -> number here

    static std::int64_t number_of(const Numbers& numbers, const sql::Statement& row, int column) {
        const auto found = numbers.find(row.integer(column));
        if (found == numbers.end()) {
            stored::fail(row, fmt::format("{} {} is not there", row.column_name(column), row.integer(column)));
        }
        return found->second;
    }

    // The input's, by its number in the output.
    std::int64_t current_experiment() const {
        sql::Statement current(in_, current_number);
        current.step();
        return number_of(experiments_, current, 0);
    }

    void copy_experiments() {
        sql::Statement rows(in_, "SELECT id, name, model, text FROM experiments ORDER BY id");
        while (rows.step()) {
            sql::Statement known(out_, "SELECT id FROM experiments WHERE text = ?");
            if (known.bind(rows.text(3)).step()) {
                experiments_[rows.integer(0)] = known.integer(0);
                continue;
            }
            sql::Statement insert(out_, "INSERT INTO experiments(name, model, text) VALUES(?, ?, ?)");
            copy_columns(rows, 1, insert, 1);
            insert.run();
            const std::int64_t id = sqlite3_last_insert_rowid(out_);
            experiments_[rows.integer(0)] = id;
            copy_details("parameters", "experiment", rows.integer(0), id);
            copy_details("extra_columns", "experiment", rows.integer(0), id);
            copy_details("accounting", "experiment", rows.integer(0), id);
        }
        if (sql::query_integer(out_, "SELECT count(*) FROM current_experiment") == 0) {
            sql::Statement(out_, "INSERT INTO current_experiment VALUES(?)").bind(current_experiment()).run();
        }
    }

    // The rows of a table whose first column, `owner`, is `from`; they become `to`'s.
    void copy_details(const std::string& table, const std::string& owner, std::int64_t from, std::int64_t to) {
        sql::Statement rows(in_, fmt::format("SELECT * FROM {} WHERE {} = ?", table, owner));
        rows.bind(from);
        std::string places = "?";
        for (int column = 1; column < rows.columns(); ++column) {
            places += ", ?";
        }
        sql::Statement insert(out_, fmt::format("INSERT OR REPLACE INTO {} VALUES({})", table, places));
        while (rows.step()) {
            insert.bind(to);
            copy_columns(rows, 1, insert, 2);
            insert.run();
        }
    }

    void copy_runs() {
        sql::Statement rows(
            in_,
            "SELECT id, experiment, identity, started, ended, state, \"commit\", build, backend, device, "
            "host, shard, planned, failed FROM runs ORDER BY id");
        while (rows.step()) {
            // A run copied while it went on gets its end with the next merge.
            sql::Statement insert(
                out_,
                "INSERT INTO runs(experiment, identity, started, ended, state, \"commit\", build, backend, "
                "device, host, shard, planned, failed) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON "
                "CONFLICT(identity) "
                "DO UPDATE SET ended = coalesce(ended, excluded.ended), state = coalesce(excluded.state, state), "
                "failed = excluded.failed RETURNING id");
            insert.bind(number_of(experiments_, rows, 1));
            copy_columns(rows, 2, insert, 2);
            insert.step();
            runs_[rows.integer(0)] = insert.integer(0);
            copy_details("checksums", "run", rows.integer(0), insert.integer(0));
        }
    }

    // The trial's place in the output.
    void set_place(const sql::Statement& row, sql::Statement& to, int index) const {
        if (!row.is_null(4)) {
            to.set(index, all_seeds_ != nullptr ? all_seeds_->place(text_, position_in(row, 4))
                                                : first_position_ + position_in(row, 4));
        }
    }

    // Returns whether the trial is new. Columns of `row`: as in all().
    bool copy_trial(const sql::Statement& row) {
        std::int64_t id = 0;
        trial_out_.bind(row.value(2));
        const bool is_new = !trial_out_.step();
        if (is_new) {
            insert_trial_.bind(number_of(runs_, row, 0));
            copy_columns(row, 2, insert_trial_, 2);
            set_place(row, insert_trial_, 4);
            insert_trial_.run();
            id = sqlite3_last_insert_rowid(out_);
            extra_values_.put(id, stored::plain_doubles(row, 11));
        } else {
            id = trial_out_.integer(0);
            for (int count = 1; count <= 4; ++count) {
                require(row, row.integer(4 + count) == trial_out_.integer(count), trial_out_.column_name(count));
            }
            require(row, agree(row.real(9), trial_out_.real(5)), "maintenance_sum");
            require(row, agree(row.real(10), trial_out_.real(6)), "persistent_sum");
            require(row, agree(stored::plain_doubles(row, 11), stored::plain_doubles(trial_out_, 7)),
                    "its model's own columns");
            update_trial_.bind(id, nullptr, row.value(10));
            set_place(row, update_trial_, 2);
            update_trial_.run();
        }
        trial_out_.restart();
        copy_sums(row, id);
        recorded_in_.bind(row.integer(1));
        while (recorded_in_.step()) {
            insert_recorded_.bind(id);
            copy_columns(recorded_in_, 0, insert_recorded_, 2);
            insert_recorded_.run();
        }
        return is_new;
    }

    void copy_sums(const sql::Statement& row, std::int64_t id) {
        sums_in_.bind(row.integer(1));
        while (sums_in_.step()) {
            sums_out_.bind(id, sums_in_.value(0), sums_in_.value(1));
            if (sums_out_.step()) {
                for (int energy = 0; energy < 4; ++energy) {
                    require(row, agree(sums_in_.real(2 + energy), sums_out_.real(energy)),
                            sums_out_.column_name(energy));
                }
            } else {
                insert_sums_.bind(id);
                copy_columns(sums_in_, 0, insert_sums_, 2);
                insert_sums_.run();
            }
            sums_out_.restart();
        }
    }

    void require(const sql::Statement& row, bool condition, const std::string& what) {
        if (!condition) {
            throw std::runtime_error(fmt::format("{}: disagrees with what is merged already on '{}' of the trial {}",
                                                 file_.string(), what, row.text(3)));
        }
    }

    std::filesystem::path file_;
    const SeedUnion* all_seeds_;
    std::int64_t first_position_ = 0;  // of trials of another experiment
    std::string text_;                 // of the input's experiment
    sqlite3* in_;
    sqlite3* out_;
    Numbers experiments_, runs_;
    sql::Statement sums_in_, recorded_in_, trial_out_, insert_trial_, update_trial_, sums_out_, insert_sums_,
        insert_recorded_;
    schema::ExtraValues extra_values_;
};

}  // namespace

std::size_t merge(const std::filesystem::path& output, std::span<const std::filesystem::path> inputs,
                  const MergeOptions& options) {
    if (inputs.empty()) {
        throw std::invalid_argument("nothing to merge: no input files are given");
    }
    std::vector<Origin> origins;
    const bool output_has_results = Store::is_there(output);
    if (output_has_results) {
        const Store store(output, Store::Access::read);
        if (Origin origin = origin_of(store); !origin.experiment.empty()) {
            origins.push_back(std::move(origin));
        }
    }
    for (const auto& input : inputs) {
        const Store store(input, Store::Access::read);
        if (output_has_results && std::filesystem::equivalent(input, output)) {
            throw std::invalid_argument(
                fmt::format("{}: is both the output and an input of the merge", input.string()));
        }
        origins.push_back(origin_of(store));
        if (origins.back().experiment.empty()) {
            throw std::invalid_argument(fmt::format("{}: holds no run to merge", input.string()));
        }
    }
    const std::optional<SeedUnion> all_seeds = check_alike(origins, options);

    const bool was_there = std::filesystem::exists(output);
    std::size_t n_new = 0;
    Store store(output, Store::Access::write, Store::Journal::rollback);
    try {
        sql::Transaction transaction(store.handle(), sql::Transaction::Kind::write);
        if (all_seeds) {
            make_current(store.handle(), *all_seeds);
        }
        for (const auto& input : inputs) {
            n_new += Copy(Store(input, Store::Access::read), store, all_seeds ? &*all_seeds : nullptr).all();
        }
        schema::make_views(store.handle());
        transaction.commit();
    } catch (...) {
        if (!was_there) {  // while we hold its lock
            std::error_code ignored;
            std::filesystem::remove(output, ignored);
        }
        throw;
    }
    return n_new;
}

}  // namespace syncache
