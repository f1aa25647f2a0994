#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "datasets/array_file.hpp"
#include "host/models/mlp/image_description_impl.hpp"

namespace syncache {
namespace {

struct Summary {
    double smallest = 0.0, largest = 0.0;  // pixel, 0 to 1
    std::set<int> labels;
};

Summary summary_of(const ImageSet<double>& set) {
    const ImageView<double> view = set.view();
    const auto n = static_cast<std::size_t>(view.n_images);
    const auto n_values = static_cast<std::size_t>(view.begin[n]);
    Summary summary;
    summary.labels.insert(view.labels, view.labels + n);
    if (n_values > 0) {
        const auto [low, high] = std::minmax_element(view.value, view.value + n_values);
        const bool has_zero = n_values < n * static_cast<std::size_t>(set.inputs());
        summary.smallest = has_zero ? std::min(0.0, *low) : *low;
        summary.largest = has_zero ? std::max(0.0, *high) : *high;
    }
    return summary;
}

// "0 to 9", or the labels themselves where some between are missing.
std::string labels_text(const std::set<int>& labels) {
    constexpr std::size_t most_listed = 12;
    const int first = *labels.begin(), last = *labels.rbegin();
    if (labels.size() == static_cast<std::size_t>(last - first) + 1) {
        return first == last ? fmt::format("{}", first) : fmt::format("{} to {}", first, last);
    }
    return labels.size() <= most_listed ? fmt::format("{}", fmt::join(labels, ", "))
                                        : fmt::format("{} of {} to {}", labels.size(), first, last);
}

std::string line_of(const char* part, const ImageSet<double>& set, const Summary& summary, bool bytes) {
    const double scale = bytes ? 255.0 : 1.0;
    return fmt::format("{} images: {} of {} x {} pixels, values {:.4g} to {:.4g}{}, labels {}", part, set.size(),
                       set.rows, set.columns, scale * summary.smallest, scale * summary.largest, bytes ? " of 255" : "",
                       labels_text(summary.labels));
}

}  // namespace

std::vector<std::string> describe(const ImageSource& source, const TrainAndTest<double>& images) {
    const Summary train = summary_of(images.train), test = summary_of(images.test);
    const bool train_bytes = read_array_header(source.files[0]).unsigned_bytes;
    const bool test_bytes = read_array_header(source.files[2]).unsigned_bytes;
    std::vector<std::string> lines{line_of("train", images.train, train, train_bytes),
                                   line_of("test", images.test, test, test_bytes)};
    constexpr double dark = 0.5;  // below which no pixel of real images stays
    const auto warn_if_dark = [&](const Summary& summary, std::size_t file, bool bytes) {
        if (summary.largest < dark) {
            lines.push_back(
                fmt::format("warning: {}: no pixel is above {:.3g}{}", source.files[file].string(), summary.largest,
                            bytes ? ", as bytes are divided by 255; stretch them, or give numbers from 0 to 1"
                                  : "; allowed are 0 to 1"));
        }
    };
    warn_if_dark(train, 0, train_bytes);
    warn_if_dark(test, 2, test_bytes);
    const int n_outputs = std::max(10, *train.labels.rbegin() + 1);
    if (*train.labels.begin() > 0 || train.labels.size() != static_cast<std::size_t>(*train.labels.rbegin()) + 1) {
        lines.push_back(fmt::format("warning: {}: labels {}; the network has {} outputs, for labels from 0 on",
                                    source.files[1].string(), labels_text(train.labels), n_outputs));
    }
    std::vector<int> unknown;
    std::ranges::set_difference(test.labels, train.labels, std::back_inserter(unknown));
    if (!unknown.empty()) {
        lines.push_back(fmt::format("warning: {}: labels {} are not among the training images', and never right",
                                    source.files[3].string(),
                                    labels_text(std::set<int>(unknown.begin(), unknown.end()))));
    }
    return lines;
}

}  // namespace syncache
