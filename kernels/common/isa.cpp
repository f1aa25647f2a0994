#include "kernels/common/isa.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace syncache {
namespace {

Isa best_isa() {
#ifdef SYNCACHE_MANY_ISAS
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vpopcntdq");
    return avx512 ? Isa::avx512 : avx2 ? Isa::avx2 : Isa::baseline;
#else
    return Isa::baseline;
#endif
}

Isa choose() {
    const Isa best = best_isa();
    const char* word = std::getenv("SYNCACHE_ISA");
    if (word == nullptr || *word == '\0') {
        return best;
    }
    for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
        if (std::string(word) == isa_name(isa) && isa <= best) {
            return isa;
        }
    }
    throw std::invalid_argument("environment variable SYNCACHE_ISA = " + std::string(word) +
                                ": allowed here: baseline up to " + isa_name(best));
}

}  // namespace

Isa chosen_isa() {
    static const Isa isa = choose();
    return isa;
}

const char* isa_name(Isa isa) { return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "baseline"; }

}  // namespace syncache
