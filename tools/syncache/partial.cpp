#include "tools/syncache/partial.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "host/run/message.hpp"
#include "host/store/completeness.hpp"

namespace syncache::cli {

void add_complete(CLI::App& app, bool& complete) {
    app.add_flag("--complete", complete, "Refuse results that lack trials of their experiment, rather than warn");
}

void check_complete(const Store& store, bool complete) {
    const Completeness found = completeness(store);
    if (found.missing() == 0) {
        return;
    }
    const std::string lack =
        fmt::format("{}: {} of {} trials are missing", store.file().string(), found.missing(), found.planned);
    if (complete) {
        throw std::runtime_error(lack + "; allowed: a complete file, or without --complete");
    }
    tell("syncache: warning: {}; what follows is of the others\n", lack);
}

}  // namespace syncache::cli
