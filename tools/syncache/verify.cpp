#include "host/results/verify.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/syncache/command.hpp"
#include "tools/syncache/partial.hpp"

namespace syncache::cli {
namespace {

struct Options {
    std::filesystem::path folder, results;
    std::string form;
    bool json = false, complete = false;
    double sql_timeout = 30.0;  // seconds
};

const char* word(Claim::Form form) {
    return form == Claim::Form::full ? "full" : form == Claim::Form::quick ? "quick" : "both";
}

const char* word(ClaimResult::Verdict verdict) {
    switch (verdict) {
        case ClaimResult::Verdict::pass:
            return "PASS";
        case ClaimResult::Verdict::deviates:
            return "DEVIATES";
        case ClaimResult::Verdict::skipped:
            return "SKIP";
        default:
            return "FAIL";
    }
}

std::string text_of(const ClaimResult& result) {
    const std::string id = fmt::format("{} {}", word(result.verdict), result.claim.id);
    const std::string expected = band_text(result.claim.band);
    if (result.verdict == ClaimResult::Verdict::skipped) {
        return fmt::format("{}: is for {} results\n", id, word(result.claim.form));
    }
    if (!result.measured) {
        return fmt::format("{}: not measured ({}), expected {}\n", id, result.problem, expected);
    }
    std::string text = fmt::format("{}: measured {:.6g}, expected {}", id, *result.measured, expected);
    if (result.verdict == ClaimResult::Verdict::deviates) {
        text += fmt::format("; deviates, as known ({})\n     {}", band_text(result.claim.deviation->band),
                            result.claim.deviation->why);
    } else if (!result.problem.empty()) {
        text += "; " + result.problem;
    }
    return text + '\n';
}

std::string text_of(const Verification& verification) {
    const ResultsStatus& results = verification.results;
    std::string text =
        fmt::format("{}: {}, {} claims; {} of {} trials done, {} not converged\n", results.file.string(),
                    results.experiment, word(verification.form), results.done, results.whole, results.not_converged);
    for (const ClaimResult& result : verification.claims) {
        text += text_of(result);
    }
    return text;
}

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json json_of(const std::optional<Deviation>& deviation) {
    return deviation ? Json{{"low", json_of(deviation->band.low)},
                            {"high", json_of(deviation->band.high)},
                            {"why", deviation->why}}
                     : Json();
}

Json json_of(const ClaimResult& result) {
    const Claim& claim = result.claim;
    return {{"id", claim.id},
            {"verdict", word(result.verdict)},
            {"measured", json_of(result.measured)},
            {"low", json_of(claim.band.low)},
            {"high", json_of(claim.band.high)},
            {"problem", result.problem},
            {"claim", claim.claim},
            {"where", claim.where},
            {"reason", claim.reason},
            {"deviation", json_of(claim.deviation)},
            {"form", word(claim.form)},
            {"origin", claim.origin == Claim::Origin::paper ? "paper" : "ours"},
            {"sql", claim.sql}};
}

std::string json_text(const Verification& verification) {
    const ResultsStatus& results = verification.results;
    nlohmann::ordered_json json{{"results", results.file.string()},
                                {"experiment", results.experiment},
                                {"form", word(verification.form)},
                                {"passed", verification.passed()},
                                {"planned", results.whole},
                                {"done", results.done},
                                {"not_converged", results.not_converged},
                                {"claims", nlohmann::ordered_json::array()}};
    for (const ClaimResult& result : verification.claims) {
        json["claims"].push_back(json_of(result));
    }
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

int verify_results(const Options& options) {
    std::optional<Claim::Form> form;
    if (!options.form.empty()) {
        form = options.form == "full" ? Claim::Form::full : Claim::Form::quick;
    }
    const auto results = options.results.empty() ? options.folder / "results.sqlite" : options.results;
    check_complete(Store(results, Store::Access::read), options.complete);
    const Verification verification = verify(options.folder, results, form, options.sql_timeout);
    print(options.json ? json_text(verification) : text_of(verification));
    return verification.passed() ? 0 : 1;
}

}  // namespace

Action add_verify(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("experiment", options->folder, "Folder of the experiment, with its claims.toml")->required();
    app.add_option("--results", options->results, "Results file; results.sqlite in that folder by default");
    app.add_option("--form", options->form,
                   "Which claims apply; by default quick if the experiment's name ends in -quick, else full")
        ->check(CLI::IsMember({"full", "quick"}));
    app.add_option("--sql-timeout", options->sql_timeout, "Seconds after which a claim's query is stopped, and fails")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_flag("--json", options->json, "Print all of it as JSON");
    add_complete(app, options->complete);
    return [options] { return verify_results(*options); };
}

}  // namespace syncache::cli
