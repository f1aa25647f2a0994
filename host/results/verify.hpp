#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/store/status.hpp"

namespace syncache {

// One [[claims]] entry of a claims.toml: what the paper says, and the band in which our number bears it out.
struct Claim {
    enum class Form { full, quick, both };  // which results can show it

    std::string id;
    std::string claim;                // the paper's sentence, in our words
    std::string where;                // figure or equation
    std::string sql;                  // one query that gives one number, over the tables of make_result_tables
    std::optional<double> low, high;  // the band, ends included; at least one of them
    std::string reason;               // why this band
    std::string if_failed;            // the likely reason where it is known to fail, or empty
    Form form = Form::both;
};

// Reads a claims.toml. Throws std::invalid_argument "<file>:<line>: <key>: <found>; allowed: <...>" for an unknown or
// missing key, a wrong type, an id used twice, a band with low > high.
std::vector<Claim> read_claims(const std::filesystem::path& file);

struct ClaimResult {
    enum class Verdict { pass, fail, skipped };  // skipped: the claim is of the other form

    Claim claim;
    Verdict verdict = Verdict::fail;
    std::optional<double> measured;  // none if the query gave no number
    std::string problem;             // why not
};

struct Verification {
    Claim::Form form = Claim::Form::full;  // what the results were taken for
    ResultsStatus results;
    std::vector<ClaimResult> claims;  // in the order of the file

    // Every claim that applies holds, and there is one.
    bool passed() const;
};

// Checks the claims of <folder>/claims.toml on a results file. `form`: which claims apply; if none is given, the
// quick ones for an experiment whose name ends in "-quick", else the full ones.
// A query that fails, or gives NULL, NaN or other than one number, is a failed claim.
// Throws like read_claims and Store, and std::invalid_argument for a results file without a run.
Verification verify(const std::filesystem::path& folder, const std::filesystem::path& results,
                    std::optional<Claim::Form> form);

// "in [1.1, 1.5]", "at least 2", "at most 3".
std::string band_text(const Claim& claim);

}  // namespace syncache
