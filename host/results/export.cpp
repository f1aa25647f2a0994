#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "datasets/new_file.hpp"
#include "host/results/results_impl.hpp"
#include "host/results/selection_impl.hpp"
#include "host/settings/suggestion.hpp"
#include "host/store/stored_values.hpp"

namespace syncache {
namespace results {
namespace {

// The fewest digits that read back to the same double, where 17 would be written: with an exponent below 1e-4 and from
// 1e17 on.
char* write_real(char* begin, char* end, double value) {
    const double size = std::fabs(value);
    const bool plain = (size >= 1e-4 && size < 1e17) || value == 0.0;
    return std::to_chars(begin, end, value, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr;
}

// Texts, and what programs with models of their own may have stored as bytes.
bool is_text(const sql::Statement& row, int column) {
    return row.type(column) == SQLITE_TEXT || row.type(column) == SQLITE_BLOB;
}

// A field of CSV, in quotes if it needs them (RFC 4180).
void append_csv_text(std::string_view text, std::string& line) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) {
        line += c;
        if (c == '"') {
            line += c;
        }
    }
    line += '"';
}

// A text as JSON has it, in quotes; what is no UTF-8 is replaced.
std::string json_text(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void append_value(const sql::Statement& row, int column, std::string& line) {
    std::array<char, 32> text;
    char* const end = text.data() + text.size();
    switch (row.type(column)) {
        case SQLITE_INTEGER:
            line.append(text.data(), std::to_chars(text.data(), end, row.integer(column)).ptr);
            break;
        case SQLITE_FLOAT:
            line.append(text.data(), write_real(text.data(), end, row.real(column)));
            break;
        case SQLITE_NULL:
            break;
        default:
            line += row.text(column);
    }
}

void append_csv(const sql::Statement& row, int column, std::string& line) {
    if (is_text(row, column)) {
        append_csv_text(row.text(column), line);
    } else {
        append_value(row, column, line);
    }
}

}  // namespace results

namespace {

void append_json(const sql::Statement& row, int column, std::string& line) {
    if (row.is_null(column)) {
        line += "null";
    } else if (row.type(column) == SQLITE_FLOAT && std::isinf(row.real(column))) {
        line += row.real(column) > 0 ? "\"inf\"" : "\"-inf\"";
    } else if (results::is_text(row, column)) {
        line += results::json_text(row.text(column));
    } else {
        results::append_value(row, column, line);
    }
}

// Writes and checks; what stopped it (a full disk, a reader that has gone) is in the exception's code.
void write(std::ostream& out, const std::string& line) {
    errno = 0;
    if (!out.write(line.data(), static_cast<std::streamsize>(line.size()))) {
        throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), "cannot write the table");
    }
}

void flush(std::ostream& out) {
    errno = 0;
    if (!out.flush()) {
        throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), "cannot write the table");
    }
}

void write_csv(sql::Statement& rows, std::ostream& out, int first) {
    std::string line;
    for (int column = first; column < rows.columns(); ++column) {
        line += column > first ? "," : "";
        results::append_csv_text(rows.column_name(column), line);
    }
    write(out, line + '\n');
    while (rows.step()) {
        line.clear();
        for (int column = first; column < rows.columns(); ++column) {
            if (column > first) {
                line += ',';
            }
            results::append_csv(rows, column, line);
        }
        write(out, line += '\n');
    }
}

void write_json(sql::Statement& rows, std::ostream& out, int first) {
    std::vector<std::string> keys;
    for (int column = 0; column < rows.columns(); ++column) {
        keys.push_back(fmt::format("{}{}: ", column > first ? ", " : "", results::json_text(rows.column_name(column))));
    }
    std::string line = "[";
    const char* separator = "\n";
    while (rows.step()) {
        line += separator;
        separator = ",\n";
        line += "{";
        for (int column = first; column < rows.columns(); ++column) {
            line += keys[static_cast<std::size_t>(column)];
            append_json(rows, column, line);
        }
        line += "}";
        write(out, line);
        line.clear();
    }
    write(out, line + "\n]\n");
}

// NumPy's format 1.0: magic, header length, a Python dictionary padded to 64 bytes, the values.
std::string npy_header(const std::vector<std::int64_t>& shape) {
    std::string sizes;
    for (const std::int64_t size : shape) {
        sizes += fmt::format("{}, ", size);
    }
    std::string header = fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}), }}", sizes);
    constexpr std::size_t prefix = 10, alignment = 64;
    header.append(alignment - (prefix + header.size() + 1) % alignment, ' ');
    header += '\n';
    const auto length = static_cast<std::uint16_t>(header.size());
    std::string start("\x93NUMPY\x01\x00", 8);
    start += static_cast<char>(length & 0xff);
    start += static_cast<char>(length >> 8);
    return start + header;
}

// Writes a whole file under another name first, so that no half of one is ever seen.
void write_file(const std::filesystem::path& file, std::string_view head, std::string_view body) {
    const std::filesystem::path unfinished = file.string() + ".part";
    make_anew(unfinished);
    std::ofstream out(unfinished, std::ios::binary);
    out.write(head.data(), static_cast<std::streamsize>(head.size()));
    out.write(body.data(), static_cast<std::streamsize>(body.size()));
    out.close();
    std::error_code error(errno, std::generic_category());
    if (out) {
        std::filesystem::rename(unfinished, file, error);
    }
    if (error) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        throw std::runtime_error(fmt::format("{}: cannot be written: {}", file.string(), error.message()));
    }
}

std::string as_npy_body(const std::vector<double>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)};
}

// A name that is part of a file's: it leads to no other folder, and ends neither a field of index.csv nor a name within
// one.
std::string_view name_of_array(const sql::Statement& row, int column) {
    const std::string_view name = row.text(column);
    const auto is_bad = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || std::string_view("/\\,\"\x7f").find(c) != std::string_view::npos;
    };
    if (std::ranges::any_of(name, is_bad)) {
        stored::fail(row, "the name of an array: not one that a file can have");
    }
    return name;
}

// The fields of a trial, which the statement selects, each with a comma behind it.
std::string fields_of(sql::Statement& statement, std::int64_t trial) {
    statement.bind(trial).step();
    std::string fields;
    for (int column = 0; column < statement.columns(); ++column) {
        results::append_csv(statement, column, fields);
        fields += ',';
    }
    return fields;
}

}  // namespace

void results::write_rows(sql::Statement& rows, ExportFormat format, std::ostream& out, int first) {
    if (format == ExportFormat::csv) {
        write_csv(rows, out, first);
    } else {
        write_json(rows, out, first);
    }
    flush(out);
}

Constants export_table(Store& store, const ExportOptions& options, std::ostream& out,
                       const std::function<void(const Constants&)>& before) {
    const std::string& table = options.table;
    std::vector<std::string> allowed{"outcomes"};
    for (const std::string& name : results::recorded_names(store)) {
        allowed.push_back(name);
    }
    if (std::find(allowed.begin(), allowed.end(), table) == allowed.end()) {
        throw std::invalid_argument(fmt::format("{}: table '{}' was not recorded; {}allowed: {}", store.file().string(),
                                                table, did_you_mean(table, allowed), fmt::join(allowed, ", ")));
    }
    results::Selection selection = results::select_rows(store, options);
    const Constants constants = options.varying ? results::take_constants(store, selection) : Constants();
    if (before) {
        before(constants);
    }
    sql::Statement rows(store.handle(), selection.query);
    results::write_rows(rows, options.format, out, 0);
    return constants;
}

std::size_t export_weights(Store& store, const std::filesystem::path& folder) {
    results::ensure_tables(store, "outcomes");
    sql::Statement rows(
        store.handle(),
        "SELECT v.trial, r.name, r.shape, r.data FROM temp.trial_values v JOIN main.recorded r ON r.trial = v.source "
        "AND r.kind = 'array' ORDER BY v.trial, r.name");
    std::error_code error;
    std::string index = "trial";
    std::string columns = "v.trial";
    for (const std::string& name : results::parameter_names(store)) {
        index += ',';
        results::append_csv_text(name, index);
        columns += ", v." + sql::quoted(name);
    }
    index += ",files";
    std::size_t n_arrays = 0;
    std::int64_t last_trial = 0;
    sql::Statement trial(store.handle(), fmt::format("SELECT {} FROM temp.trial_values v WHERE v.trial = ?", columns));
    for (; rows.step(); ++n_arrays) {
        if (n_arrays == 0 && (std::filesystem::create_directories(folder, error), error)) {
            throw std::runtime_error(fmt::format("{}: cannot be created: {}", folder.string(), error.message()));
        }
        const std::vector<std::int64_t> shape = stored::shape(rows, 2);
        std::size_t count = 1;
        for (const std::int64_t size : shape) {
            count *= static_cast<std::size_t>(size);
        }
        const std::string name = fmt::format("{}-{}.npy", rows.integer(0), name_of_array(rows, 1));
        write_file(folder / name, npy_header(shape), as_npy_body(stored::doubles(rows, 3, count)));
        if (rows.integer(0) != last_trial) {
            last_trial = rows.integer(0);
            index += '\n' + fields_of(trial, last_trial);
        } else {
            index += ' ';
        }
        index += name;
    }
    index += '\n';
    if (n_arrays == 0) {
        throw std::invalid_argument(
            fmt::format("{}: no weights were recorded; allowed: a results file whose experiment has "
                        "record = [\"weights\"]",
                        store.file().string()));
    }
    write_file(folder / "index.csv", index, "");
    return n_arrays;
}

}  // namespace syncache
