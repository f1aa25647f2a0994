#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/store/status.hpp"

namespace syncache {

// An interval with its ends; at least one of them is there.
struct Band {
    std::optional<double> low, high;

    // Whether the number lies in the band. False for an infinity and for NaN, whatever the band.
    bool holds(double number) const;
};

// Where the results refute a claim and that is known: the band around what was measured, and the reason.
struct Deviation {
    Band band;  // apart from the claim's own
    std::string why;
};

// One [[claims]] entry of a claims.toml: what is claimed, and the band in which our number bears it out.
struct Claim {
    enum class Form { full, quick, both };  // which results can show it
    enum class Origin { paper, ours };      // whose claim it is; ours: what we expected of an extension

    std::string id;
    std::string claim;  // the paper's sentence, in our words
    std::string where;  // figure or equation
    std::string sql;    // one query that gives one number, over the tables of make_result_tables
    Band band;
    std::string reason;  // why this band
    std::optional<Deviation> deviation;
    Form form = Form::both;
    Origin origin = Origin::paper;
};

// Reads a claims.toml. Throws std::invalid_argument "<file>:<line>: <key>: <found>; allowed: <...>" for an unknown or
// missing key, a wrong type, an id used twice, a band with low > high, a deviation whose band meets the claim's.
std::vector<Claim> read_claims(const std::filesystem::path& file);

struct ClaimResult {
    // deviates: refuted as the known deviation says; skipped: the claim is of the other form. A claim that holds
    // although a deviation is known fails, so that the note does not outlive its reason.
    enum class Verdict { pass, deviates, fail, skipped };

    Claim claim;
    Verdict verdict = Verdict::fail;
    std::optional<double> measured;  // none if the query gave no number
    std::string problem;             // why not, or why what was measured is a failure
};

struct Verification {
    Claim::Form form = Claim::Form::full;  // what the results were taken for
    ResultsStatus results;
    std::vector<ClaimResult> claims;  // in the order of the file

    // Every claim that applies holds or deviates as known, and there is one.
    bool passed() const;
};

// Checks the claims of <folder>/claims.toml on a results file. `form`: which claims apply; if none is given, the
// quick ones for an experiment whose name ends in "-quick", else the full ones.
// A query that fails, or gives NULL, NaN or other than one number, is a failed claim; so is one that takes more than
// sql_seconds (> 0), or does more than ask (ForeignSql): a claim runs no code.
// Throws like read_claims and Store, and std::invalid_argument for a results file without a run.
Verification verify(const std::filesystem::path& folder, const std::filesystem::path& results,
                    std::optional<Claim::Form> form, double sql_seconds = 30.0);

// "in [1.1, 1.5]", "at least 2", "at most 3".
std::string band_text(const Band& band);

}  // namespace syncache
