#include "host/models/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/models/mlp/model.hpp"
#include "host/models/perceptron/model.hpp"
#include "host/models/spiking/model.hpp"

namespace syncache {

std::span<const Model* const> models() {
    // One line a model: `&perceptron_model(),` with the function declared in the model's own header.
    static const std::vector<const Model*> all{&perceptron_model(), &mlp_model(), &spiking_model()};
    return all;
}

const Model& find_model(std::string_view name, std::span<const Model* const> known) {
    const auto found = std::ranges::find(known, name, &Model::name);
    if (found == known.end()) {
        std::vector<std::string_view> names;
        std::ranges::transform(known, std::back_inserter(names), &Model::name);
        throw std::invalid_argument(fmt::format("model = \"{}\"; allowed: one of {}", name, fmt::join(names, ", ")));
    }
    return **found;
}

std::vector<std::string> Model::describe_data(const Trial& /*trial*/) const { return {}; }

}  // namespace syncache
