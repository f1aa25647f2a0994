// claims.toml and its SQL, on results of each model.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include "host/results/verify.hpp"
#include "tests/fuzz/damage.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace syncache;

// The first byte, a digit, chooses the results; the rest is claims.toml.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto files = fuzz::write_undamaged();
    if (size == 0) {
        return 0;
    }
    fuzz::write_file("claims.toml", fuzz::as_text({data + 1, size - 1}));
    try {
        if (read_claims(fuzz::folder() / "claims.toml").size() > 8) {
            return 0;  // each may take its time
        }
    } catch (const std::invalid_argument&) {
        return 0;
    }
    constexpr double seconds = 0.1;
    const Verification result = verify(fuzz::folder(), files[data[0] % files.size()], std::nullopt, seconds);
    for (const ClaimResult& claim : result.claims) {
        fuzz::expect(claim.verdict != ClaimResult::Verdict::pass || claim.claim.band.holds(claim.measured.value()),
                     "a claim passes outside its band");
        fuzz::expect(
            claim.measured.has_value() || claim.verdict == ClaimResult::Verdict::skipped || !claim.problem.empty(),
            "a claim fails and nothing says why");
    }
    return 0;
}
