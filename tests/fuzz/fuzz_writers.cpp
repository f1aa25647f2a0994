// CSV and JSON as exports write them: every value reads back to the same.

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "host/results/results_impl.hpp"
#include "host/store/sql.hpp"
#include "tests/fuzz/fuzzing.hpp"

namespace syncache::fuzz {
namespace {

struct Blob {
    std::string bytes;
};
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

struct Table {
    std::vector<std::string> names;
    std::vector<Value> values;
};

Value value(Pieces& input) {
    switch (input.choice(6)) {
        case 0:
            return {};
        case 1:
            return input.number<std::int64_t>();
        case 2: {
            const auto number = input.number<double>();
            return std::isnan(number) ? Value() : Value(number);  // stored as NULL
        }
        case 3:
            return static_cast<double>(input.number<std::int32_t>()) / 1000.0;
        case 4:
            return std::string(input.short_text());
        default:
            return Blob{std::string(input.short_text())};
    }
}

Table table(Pieces& input) {
    Table result;
    for (std::size_t n = 1 + input.choice(8); n > 0; --n) {
        std::string name(input.short_text());
        std::erase(name, '\0');
        result.names.push_back(name.empty() ? "x" : name);
        result.values.push_back(value(input));
    }
    return result;
}

std::string written(const Table& table, ExportFormat format) {
    static const sql::Database database = sql::open_temporary();
    std::string columns;
    for (const std::string& name : table.names) {
        columns += fmt::format("{}? AS {}", columns.empty() ? "" : ", ", sql::quoted(name));
    }
    sql::Statement row(database.get(), "SELECT " + columns);
    for (std::size_t i = 0; i < table.values.size(); ++i) {
        const int place = static_cast<int>(i) + 1;
        const Value& value = table.values[i];
        if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
            row.set(place, *integer);
        } else if (const auto* const real = std::get_if<double>(&value)) {
            row.set(place, *real);
        } else if (const auto* const text = std::get_if<std::string>(&value)) {
            row.set(place, *text);
        } else if (const auto* const blob = std::get_if<Blob>(&value)) {
            row.set(place, std::as_bytes(std::span(blob->bytes)));
        }
    }
    std::ostringstream out;
    results::write_rows(row, format, out, 0);
    return out.str();
}

// The fields of one record by RFC 4180; what follows it stays in `text`.
std::vector<std::string> csv_record(std::string_view& text) {
    std::vector<std::string> fields(1);
    for (std::size_t i = 0;;) {
        expect(i < text.size(), "a record of CSV without an end");
        if (text[i] == '"') {
            for (++i;; ++i) {
                expect(i < text.size(), "a quote of CSV without an end");
                if (text[i] == '"' && (++i >= text.size() || text[i] != '"')) {
                    break;
                }
                fields.back() += text[i];
            }
            expect(i < text.size() && (text[i] == ',' || text[i] == '\n'), "something behind a field in quotes");
        }
        if (text[i] == '\n') {
            text.remove_prefix(i + 1);
            return fields;
        }
        if (text[i] == ',') {
            fields.emplace_back();
        } else {
            expect(text[i] != '\r' && text[i] != '"', "a character of CSV that needs quotes");
            fields.back() += text[i];
        }
        ++i;
    }
}

template <class Number>
bool reads_back(std::string_view text, Number number) {
    Number read{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    return error == std::errc() && end == text.data() + text.size() && read == number;
}

bool is_same(const std::string& field, const Value& value) {
    if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
        return reads_back(field, *integer);
    }
    if (const auto* const real = std::get_if<double>(&value)) {
        return reads_back(field, *real);
    }
    const auto* const text = std::get_if<std::string>(&value);
    const auto* const blob = std::get_if<Blob>(&value);
    return field == (text != nullptr ? *text : blob != nullptr ? blob->bytes : "");
}

void check_csv(const Table& table) {
    const std::string text = written(table, ExportFormat::csv);
    std::string_view rest = text;
    expect(csv_record(rest) == table.names, "the header of CSV is another: " + text);
    const std::vector<std::string> fields = csv_record(rest);
    expect(rest.empty() && fields.size() == table.values.size(), "CSV of another shape: " + text);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        expect(is_same(fields[i], table.values[i]), "CSV reads back to another value: " + text);
    }
}

// As JSON can hold it: what is no UTF-8 is replaced.
std::string as_json_text(const std::string& text) {
    return nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace))
        .get<std::string>();
}

bool is_same(const nlohmann::json& field, const Value& value) {
    if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
        return field.is_number_integer() && field.get<std::int64_t>() == *integer;
    }
    if (const auto* const real = std::get_if<double>(&value)) {
        return std::isinf(*real) ? field == (*real > 0 ? "inf" : "-inf")
                                 : field.is_number() && (field.get<double>() == *real);
    }
    const auto* const text = std::get_if<std::string>(&value);
    const auto* const blob = std::get_if<Blob>(&value);
    return text != nullptr   ? field == as_json_text(*text)
           : blob != nullptr ? field == as_json_text(blob->bytes)
                             : field.is_null();
}

void check_json(const Table& table) {
    const std::string text = written(table, ExportFormat::json);
    const auto read = nlohmann::json::parse(text, nullptr, false);
    expect(read.is_array() && read.size() == 1 && read[0].is_object(), "no JSON of one row: " + text);
    std::set<std::string> names;
    for (const std::string& name : table.names) {
        if (!names.insert(as_json_text(name)).second) {
            return;  // the last one of a name counts
        }
    }
    for (std::size_t i = 0; i < table.values.size(); ++i) {
        const auto field = read[0].find(as_json_text(table.names[i]));
        expect(field != read[0].end() && is_same(*field, table.values[i]), "JSON reads back to another value: " + text);
    }
}

}  // namespace
}  // namespace syncache::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    syncache::fuzz::Pieces input({data, size});
    const syncache::fuzz::Table table = syncache::fuzz::table(input);
    syncache::fuzz::check_csv(table);
    syncache::fuzz::check_json(table);
    return 0;
}
