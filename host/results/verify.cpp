#include "host/results/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/results/optimum.hpp"
#include "host/results/results_impl.hpp"
#include "host/store/foreign_sql.hpp"
#include "host/store/sql.hpp"

namespace syncache {
namespace {

// The number that a claim's query gives. Throws std::runtime_error with the reason if it does not give exactly one.
double measure(const Store& store, const std::string& text) {
    const char* rest = nullptr;
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(store.handle(), text.c_str(), static_cast<int>(text.size()), &raw, &rest);
    sqlite3_finalize(raw);
    if (code == SQLITE_OK && raw == nullptr) {
        throw std::runtime_error("the query is empty");
    }
    if (code == SQLITE_OK && std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        throw std::runtime_error("holds more than one query");
    }
    sql::Statement query(store.handle(), text);
    if (query.columns() != 1) {
        throw std::runtime_error(fmt::format("gives {} columns; allowed: one number", query.columns()));
    }
    if (!query.step()) {
        throw std::runtime_error("gives no row");
    }
    if (query.is_null(0)) {
        throw std::runtime_error("gives NULL: no result that it asks for is there");
    }
    if (query.type(0) != SQLITE_INTEGER && query.type(0) != SQLITE_FLOAT) {
        throw std::runtime_error(fmt::format("gives '{}'; allowed: one number", query.text(0)));
    }
    const double number = query.real(0);
    if (query.step()) {
        throw std::runtime_error("gives more than one row");
    }
    return number;
}

// Sets verdict and problem of a claim that was measured.
void judge(ClaimResult& result) {
    using Verdict = ClaimResult::Verdict;
    const Claim& claim = result.claim;
    const bool holds = claim.band.holds(*result.measured);
    if (!claim.deviation) {
        result.verdict = holds ? Verdict::pass : Verdict::fail;
    } else if (holds) {
        result.problem = "the claim holds; its known deviation is out of date";
    } else if (claim.deviation->band.holds(*result.measured)) {
        result.verdict = Verdict::deviates;
    } else {
        result.problem =
            fmt::format("the known deviation is {}; this is another one", band_text(claim.deviation->band));
    }
}

ClaimResult check(const Store& store, const Claim& claim, Claim::Form form, double sql_seconds) {
    ClaimResult result{claim, ClaimResult::Verdict::fail, std::nullopt, ""};
    if (claim.form != Claim::Form::both && claim.form != form) {
        result.verdict = ClaimResult::Verdict::skipped;
        return result;
    }
    const ForeignSql guard(store, sql_seconds);
    try {
        result.measured = measure(store, claim.sql);
    } catch (const sql::Error& error) {
        result.problem = guard.problem(error.code(), error.reason());
        return result;
    } catch (const std::runtime_error& error) {
        result.problem = error.what();
        return result;
    }
    judge(result);
    return result;
}

Claim::Form form_of(const std::string& experiment) {
    constexpr std::string_view ending = "-quick";
    return std::string_view(experiment).ends_with(ending) ? Claim::Form::quick : Claim::Form::full;
}

}  // namespace

bool Band::holds(double number) const {
    return (!low || number >= *low) && (!high || number <= *high) && std::isfinite(number);
}

bool Verification::passed() const {
    const auto is = [](ClaimResult::Verdict verdict) {
        return [verdict](const ClaimResult& result) { return result.verdict == verdict; };
    };
    return std::none_of(claims.begin(), claims.end(), is(ClaimResult::Verdict::fail)) &&
           !std::all_of(claims.begin(), claims.end(), is(ClaimResult::Verdict::skipped));
}

Verification verify(const std::filesystem::path& folder, const std::filesystem::path& results,
                    std::optional<Claim::Form> form, double sql_seconds) {
    const std::vector<Claim> claims = read_claims(folder / "claims.toml");
    Verification verification;
    Store store(results, Store::Access::read);
    verification.results = read_status(results);
    verification.form = form.value_or(form_of(verification.results.experiment));
    register_sql_functions(store);
    make_result_tables(store);
    if (const auto names = results::parameter_names(store);
        std::find(names.begin(), names.end(), "threshold") != names.end()) {
        make_optimum_table(store, "threshold");
    }
    for (const Claim& claim : claims) {
        verification.claims.push_back(check(store, claim, verification.form, sql_seconds));
    }
    return verification;
}

std::string band_text(const Band& band) {
    if (band.low && band.high) {
        return fmt::format("in [{}, {}]", *band.low, *band.high);
    }
    return band.low ? fmt::format("at least {}", *band.low) : fmt::format("at most {}", *band.high);
}

}  // namespace syncache
