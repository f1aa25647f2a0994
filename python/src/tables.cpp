// Results files, for Python: tables as columns of NumPy arrays.

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <ios>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/results/optimum.hpp"
#include "host/results/predictions.hpp"
#include "host/results/prices.hpp"
#include "host/results/reach.hpp"
#include "host/results/results.hpp"
#include "host/results/weights.hpp"
#include "host/settings/type_name.hpp"
#include "host/store/completeness.hpp"
#include "host/store/sql.hpp"
#include "host/store/status.hpp"
#include "host/store/store.hpp"
#include "python/src/bindings.hpp"
#include "python/src/columns.hpp"

namespace syncache::python {
namespace {

using Kinds = std::map<std::string, Kind, std::less<>>;

// Of columns that are no parameters; those that are not here hold reals.
Kinds common_kinds() {
    Kinds kinds{{"converged", Kind::boolean},
                {"potentiation_only", Kind::boolean},
                {"successful", Kind::boolean},
                {"edge", Kind::text}};
    for (const char* name : {"trial",        "epochs",        "presentations",
                             "updates",      "changes",       "consolidated_changes",
                             "runs",         "output_spikes", "epoch",
                             "presentation", "synapse",       "count",
                             "run",          "pattern",       "last_output_step",
                             "seeds",        "trials",        "not_converged",
                             "missing",      "reached",       "not_reached"}) {
        kinds[name] = Kind::integer;
    }
    return kinds;
}

// type: of a parameter, as results files name it. Lists and files are texts.
Kind kind_of(std::string_view type) {
    return type == "real"      ? Kind::real
           : type == "integer" ? Kind::integer
           : type == "boolean" ? Kind::boolean
                               : Kind::text;
}

// Of a results file, whose models this program need not know.
Kinds kinds_of(const Store& store) {
    Kinds kinds = common_kinds();
    sql::Statement rows(store.handle(),
                        "SELECT name, type FROM parameters WHERE experiment = (SELECT experiment FROM "
                        "current_experiment)");
    while (rows.step()) {
        kinds[std::string(rows.text(0))] = kind_of(rows.text(1));
    }
    return kinds;
}

Kinds kinds_of(const Model& model) {
    Kinds kinds = common_kinds();
    for (const Parameter& parameter : model.parameters()) {
        kinds[parameter.name] = kind_of(type_name(parameter.type));
    }
    return kinds;
}

// The table that `write` writes as CSV.
std::vector<Column> read_columns(const Kinds& kinds, const std::function<void(std::ostream&)>& write) {
    ColumnReader reader([&](std::string_view name) {
        const auto found = kinds.find(name);
        return found == kinds.end() ? Kind::real : found->second;
    });
    std::ostream out(&reader);
    out.exceptions(std::ios::badbit);  // what the reader throws is not to be lost
    write(out);
    return reader.take();
}

nb::object numpy_of(Column&& column) {
    const std::vector<std::size_t> length{std::max({column.integers.size(), column.reals.size(), column.codes.size()})};
    switch (column.kind) {
        case Kind::integer:
            return array_of(std::move(column.integers), length);
        case Kind::boolean:
            return array_of(std::move(column.integers), length).attr("astype")("bool");
        case Kind::real:
            return array_of(std::move(column.reals), length);
        default:
            return nb::make_tuple(array_of(std::move(column.codes), length), column.words);
    }
}

nb::dict dict_of(std::vector<Column>&& columns) {
    nb::dict dict;
    for (Column& column : columns) {
        const std::string name = column.name;
        dict[name.c_str()] = numpy_of(std::move(column));
    }
    return dict;
}

// Opens a results file at these prices and lets `write` write a table of it; all without Python's lock.
std::vector<Column> read_results(const std::string& file, const std::vector<std::string>& prices,
                                 const std::function<void(Store&, std::ostream&)>& write) {
    const nb::gil_scoped_release released;
    Store store(file, Store::Access::read);
    set_prices(store, prices);
    return read_columns(kinds_of(store), [&](std::ostream& out) { write(store, out); });
}

// Columns that are the same in all rows come as columns of one row.
nb::object table(const std::string& file, const std::vector<std::string>& prices, const std::string& name,
                 const std::vector<std::string>& columns, const std::string& where, const std::string& mean,
                 bool varying) {
    const ExportOptions options{name, ExportFormat::csv, columns, where, mean, varying};
    Constants constants;
    Kinds kinds;
    std::vector<Column> rows = read_results(file, prices, [&](Store& store, std::ostream& out) {
        kinds = kinds_of(store);
        constants = export_table(store, options, out);
    });
    std::vector<Column> same;
    for (const auto& [constant, value] : constants) {
        const auto found = kinds.find(constant);
        Column column;
        column.name = constant;
        column.kind = found == kinds.end() ? Kind::real : found->second;
        column.append(value);
        same.push_back(std::move(column));
    }
    return nb::make_tuple(dict_of(std::move(rows)), dict_of(std::move(same)));
}

nb::dict optimum(const std::string& file, const std::vector<std::string>& prices, const std::string& over,
                 bool all_seeds) {
    const auto seeds = all_seeds ? ComparedSeeds::all : ComparedSeeds::common;
    return dict_of(read_results(file, prices, [&](Store& store, std::ostream& out) {
        export_optimum(store, over, seeds, ExportFormat::csv, out);
    }));
}

nb::dict reach(const std::string& file, const std::vector<std::string>& prices, const std::vector<double>& accuracies,
               const std::vector<std::string>& by, int confirm) {
    return dict_of(read_results(file, prices, [&](Store& store, std::ostream& out) {
        export_reach(store, {accuracies, by, confirm}, ExportFormat::csv, out);
    }));
}

nb::dict theory(const std::string& file, const std::string& name) {
    return dict_of(read_results(
        file, {}, [&](Store& store, std::ostream& out) { export_theory(store, name, ExportFormat::csv, out); }));
}

nb::dict theory_of_experiment(const std::string& text, const std::string& folder) {
    const Experiment experiment = parse_experiment(text, folder, "experiment");
    std::vector<Column> columns;
    {
        const nb::gil_scoped_release released;
        columns = read_columns(kinds_of(*experiment.model),
                               [&](std::ostream& out) { export_theory(experiment, ExportFormat::csv, out); });
    }
    return dict_of(std::move(columns));
}

nb::dict weights(const std::string& file, std::int64_t trial) {
    std::vector<RecordedArray> arrays;
    {
        const nb::gil_scoped_release released;
        Store store(file, Store::Access::read);
        arrays = read_weights(store, trial);
    }
    nb::dict dict;
    for (RecordedArray& array : arrays) {
        const std::vector<std::size_t> shape(array.shape.begin(), array.shape.end());
        dict[array.name.c_str()] = array_of(std::move(array.values), shape);
    }
    return dict;
}

// As `syncache status --json` has it.
nb::dict dict_of(const RunStatus& run) {
    nb::dict dict;
    dict["run"] = run.number;
    dict["state"] = run.state;
    dict["started"] = run.started;
    dict["ended"] = run.ended.empty() ? nb::object(nb::none()) : nb::cast(run.ended);
    dict["shard"] = run.shard;
    dict["planned"] = run.planned;
    dict["failed"] = run.failed;
    dict["commit"] = run.commit;
    dict["build"] = run.build;
    dict["backend"] = run.backend;
    dict["device"] = run.device;
    dict["host"] = run.host;
    return dict;
}

nb::dict status(const std::string& file) {
    const ResultsStatus status = read_status(file);
    nb::list runs;
    for (const RunStatus& run : status.runs) {
        runs.append(dict_of(run));
    }
    nb::dict dict;
    dict["file"] = status.file.string();
    dict["experiment"] = status.experiment;
    dict["model"] = status.model;
    dict["being_written"] = status.is_being_written;
    dict["planned"] = status.planned;
    dict["done"] = status.done;
    dict["missing"] = status.missing();
    dict["failed"] = status.failed;
    dict["not_converged"] = status.not_converged;
    dict["planned_in_all_shards"] = status.whole;
    dict["kept_from_other_experiments"] = status.elsewhere;
    dict["trials_per_second"] = status.rate > 0.0 ? std::optional(status.rate) : std::nullopt;
    dict["seconds_left"] = status.seconds_left();
    dict["slowest"] = nb::none();
    if (status.slowest) {
        nb::dict slowest;
        slowest["seconds"] = status.slowest->seconds;
        slowest["settings"] = status.slowest->settings;
        dict["slowest"] = slowest;
    }
    dict["shards"] = status.shards;
    dict["runs"] = runs;
    return dict;
}

// How many trials its experiment has, and how many of them the file holds.
nb::tuple complete(const std::string& file) {
    const Completeness found = completeness(Store(file, Store::Access::read));
    return nb::make_tuple(found.planned, found.done);
}

}  // namespace

void add_tables(nb::module_& module) {
    module.def("table", table, nb::arg("file"), nb::arg("prices"), nb::arg("name"), nb::arg("columns"),
               nb::arg("where"), nb::arg("mean"), nb::arg("varying"),
               nb::sig("def table(file: str, prices: collections.abc.Sequence[str], name: str, columns: "
                       "collections.abc.Sequence[str], where: str, mean: str, varying: bool) -> tuple[dict[str, "
                       "typing.Any], dict[str, typing.Any]]"),
               "The columns of a table, and those that `varying` left out.");
    module.def("optimum", optimum, nb::arg("file"), nb::arg("prices"), nb::arg("over"), nb::arg("all_seeds"),
               nb::sig("def optimum(file: str, prices: collections.abc.Sequence[str], over: str, all_seeds: bool) -> "
                       "dict[str, typing.Any]"));
    module.def("reach", reach, nb::arg("file"), nb::arg("prices"), nb::arg("accuracies"), nb::arg("by"),
               nb::arg("confirm"),
               nb::sig("def reach(file: str, prices: collections.abc.Sequence[str], accuracies: "
                       "collections.abc.Sequence[float], by: collections.abc.Sequence[str], confirm: int) -> "
                       "dict[str, typing.Any]"));
    module.def("theory", theory, nb::arg("file"), nb::arg("name"),
               nb::sig("def theory(file: str, name: str) -> dict[str, typing.Any]"));
    module.def("theory_of_experiment", theory_of_experiment, nb::arg("text"), nb::arg("folder"),
               nb::sig("def theory_of_experiment(text: str, folder: str) -> dict[str, typing.Any]"));
    module.def("weights", weights, nb::arg("file"), nb::arg("trial"),
               nb::sig("def weights(file: str, trial: int) -> dict[str, typing.Any]"));
    module.def("status", status, nb::arg("file"), nb::sig("def status(file: str) -> dict[str, typing.Any]"));
    module.def("complete", complete, nb::arg("file"), nb::sig("def complete(file: str) -> tuple[int, int]"),
               "How many trials the experiment has, and how many of them are stored.");
    module.def(
        "merge",
        [](const std::filesystem::path& output, const std::vector<std::filesystem::path>& inputs,
           bool other_experiments,
           bool other_builds) { return merge(output, inputs, {other_experiments, other_builds}); },
        nb::arg("output"), nb::arg("inputs"), nb::arg("other_experiments"), nb::arg("other_builds"),
        nb::sig("def merge(output: str | os.PathLike[str], inputs: collections.abc.Sequence[str | os.PathLike[str]], "
                "other_experiments: bool, other_builds: bool) -> int"),
        nb::call_guard<nb::gil_scoped_release>(), "Returns how many trials were new.");
}

}  // namespace syncache::python
