#include "host/run/optimise.hpp"

#include <memory>
#include <string>

#include "tools/syncache/command.hpp"
#include "tools/syncache/run_options.hpp"

namespace syncache::cli {

Action add_optimise(CLI::App& app) {
    struct Words : RunWords {
        std::string over = "threshold";
        double tolerance = OptimiseOptions{}.tolerance;
    };
    const auto words = std::make_shared<Words>();
    add_run_options(app, *words);
    app.add_option("--over", words->over, "The parameter whose value of least total energy is sought")
        ->capture_default_str();
    app.add_option("--tolerance", words->tolerance,
                   "How close, relatively, the values tried beside the optimum must be")
        ->capture_default_str();
    return [words] {
        const OptimiseOptions options{words->options(), words->over, words->tolerance};
        return run_interruptibly([&](StopRequest& stop) { return optimise(options, stop); });
    };
}

}  // namespace syncache::cli
