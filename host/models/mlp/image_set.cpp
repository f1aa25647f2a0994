#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "datasets/array_file.hpp"
#include "datasets/synthetic_digits.hpp"
#include "host/models/mlp/image_set_impl.hpp"

namespace syncache {
namespace {

constexpr std::int64_t most_pixels = 65535;  // their places are 16-bit numbers
constexpr std::uint64_t synthetic_seed = 0;
constexpr std::uint64_t synthetic_test_begin = std::uint64_t{1}
                                               << 32;  // test digits are never among the training digits

void check_slice(const std::filesystem::path& file, std::int64_t n, std::int64_t offset, std::int64_t count) {
    if (offset < 0 || count < 1 || offset > n || count > n - offset) {
        throw std::invalid_argument(fmt::format("{}: images {} to {}; allowed: within its {} images", file.string(),
                                                offset, offset + count, n));
    }
}

template <class Number>
void add_slice(ImageSet<Number>& set, const std::filesystem::path& images, const std::filesystem::path& labels,
               std::int64_t offset, std::int64_t count) {
    const ImageFileSizes sizes = image_file_sizes(images, labels);
    check_slice(images, sizes.n_images, offset, count);
    set.rows = sizes.rows;
    set.columns = sizes.columns;
    const std::size_t n_pixels = static_cast<std::size_t>(sizes.rows) * static_cast<std::size_t>(sizes.columns);
    ArrayHeader header;
    const std::vector<double> all_labels = read_array<double>(labels, header);
    const bool bytes = read_array_header(images).unsigned_bytes;
    std::vector<std::uint8_t> byte_values;
    std::vector<double> values;
    if (bytes) {
        byte_values = read_array<std::uint8_t>(images, header);
    } else {
        values = read_array<double>(images, header);
    }
    std::vector<double> image(n_pixels);
    for (std::int64_t n = offset; n < offset + count; ++n) {
        const std::size_t first = static_cast<std::size_t>(n) * n_pixels;
        for (std::size_t i = 0; i < n_pixels; ++i) {
            image[i] = bytes ? byte_values[first + i] / 255.0 : values[first + i];
            if (!(image[i] >= -1.0 && image[i] <= 1.0)) {
                throw std::invalid_argument(fmt::format(
                    "{}: image {} pixel {}: {}; allowed: -1 to 1 (or unsigned bytes, which are divided by 255)",
                    images.string(), n, i, image[i]));
            }
        }
        const double label = all_labels[static_cast<std::size_t>(n)];
        if (!(label >= 0.0 && label <= 999.0 && label == static_cast<int>(label))) {
            throw std::invalid_argument(fmt::format("{}: label {}: {}; allowed: 0 to 999", labels.string(), n, label));
        }
        set.add(image.data(), static_cast<int>(label));
    }
}

template <class Number>
void add_synthetic(ImageSet<Number>& set, std::uint64_t first, std::int64_t count) {
    set.rows = set.columns = synthetic_side;
    std::array<double, synthetic_side * synthetic_side> image{};
    for (std::int64_t n = 0; n < count; ++n) {
        const SyntheticDigit digit = synthetic_digit(synthetic_seed, first + static_cast<std::uint64_t>(n));
        std::transform(digit.pixels.begin(), digit.pixels.end(), image.begin(),
                       [](std::uint8_t p) { return p / 255.0; });
        set.add(image.data(), digit.label);
    }
}

template <class Number>
class ImageCache {
  public:
    std::shared_ptr<const TrainAndTest<Number>> get(const ImageSource& source) {
        std::shared_ptr<Entry> entry;
        {
            const std::lock_guard lock(mutex_);
            std::shared_ptr<Entry>& known = entries_[source.name()];
            known = known ? known : std::make_shared<Entry>();
            entry = known;
        }
        const std::lock_guard lock(entry->mutex);
        auto images = entry->images.lock();
        if (!images) {
            images = std::make_shared<const TrainAndTest<Number>>(make_images<Number>(source));
            entry->images = images;
        }
        return images;
    }

  private:
    struct Entry {
        std::mutex mutex;
        std::weak_ptr<const TrainAndTest<Number>> images;
    };
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace

std::string ImageSource::name() const {
    std::string text = fmt::format("{} {}+{} {}+{}", data, train_offset, train_count, test_offset, test_count);
    for (const std::filesystem::path& file : files) {
        text += fmt::format(" {}", file.string());
    }
    text += has_bias ? " bias" : "";
    text += is_centred ? " centred" : "";
    return text;
}

template <class Number>
void ImageSet<Number>::add(const double* pixels, int label) {
    const auto add_input = [&](int i, double number) {
        const auto value = static_cast<Number>(number);
        if (value != Number{}) {
            pixel_.push_back(static_cast<std::uint16_t>(i));
            value_.push_back(value);
            is_signed = is_signed || value < Number{};
        }
    };
    for (int i = 0; i < rows * columns; ++i) {
        add_input(i, pixels[i]);
    }
    if (has_bias) {
        add_input(rows * columns, input_bias);
    }
    begin_.push_back(static_cast<std::int64_t>(pixel_.size()));
    labels_.push_back(static_cast<std::int16_t>(label));
    n_classes = std::max(n_classes, label + 1);
}

template <class Number>
void ImageSet<Number>::centre() {
    double sum = 0.0;
    for (const Number value : value_) {
        sum += static_cast<double>(value);
    }
    mean = sum / (static_cast<double>(size()) * static_cast<double>(inputs()));
    is_signed = is_signed || mean != 0.0;
}

template <class Number>
ImageView<Number> ImageSet<Number>::view() const {
    return {begin_.data(), pixel_.data(), value_.data(), labels_.data(), size(), mean, is_signed ? 1 : 0};
}

ImageFileSizes image_file_sizes(const std::filesystem::path& images, const std::filesystem::path& labels) {
    const ArrayHeader header = read_array_header(images);
    const ArrayHeader label_header = read_array_header(labels);
    if (header.sizes.size() != 2 && header.sizes.size() != 3) {
        throw std::invalid_argument(
            fmt::format("{}: {} dimensions; allowed: 2 (images, pixels) or 3 (images, rows, columns)", images.string(),
                        header.sizes.size()));
    }
    if (label_header.sizes.size() != 1 || label_header.sizes[0] != header.sizes[0]) {
        throw std::invalid_argument(fmt::format("{}: {} labels; allowed: one for each of the {} images of {}",
                                                labels.string(), label_header.count(), header.sizes[0],
                                                images.string()));
    }
    const std::int64_t n_pixels = header.sizes[0] == 0 ? 0 : header.count() / header.sizes[0];
    if (n_pixels < 1 || n_pixels > most_pixels) {
        throw std::invalid_argument(
            fmt::format("{}: {} pixels in an image; allowed: 1 to {}", images.string(), n_pixels, most_pixels));
    }
    const bool flat = header.sizes.size() == 2;
    return {header.sizes[0], flat ? 1 : static_cast<int>(header.sizes[1]),
            static_cast<int>(flat ? header.sizes[1] : header.sizes[2])};
}

template <class Number>
TrainAndTest<Number> make_images(const ImageSource& source) {
    TrainAndTest<Number> images;
    images.train.has_bias = images.test.has_bias = source.has_bias;
    const auto centred = [&] {
        if (source.is_centred) {
            images.train.centre();
            images.test.centre();
        }
        return std::move(images);
    };
    if (source.data == "synthetic") {
        add_synthetic(images.train, static_cast<std::uint64_t>(source.train_offset), source.train_count);
        add_synthetic(images.test, synthetic_test_begin + static_cast<std::uint64_t>(source.test_offset),
                      source.test_count);
        return centred();
    }
    add_slice(images.train, source.files[0], source.files[1], source.train_offset, source.train_count);
    add_slice(images.test, source.files[2], source.files[3], source.test_offset, source.test_count);
    if (images.train.rows * images.train.columns != images.test.rows * images.test.columns) {
        throw std::invalid_argument(fmt::format("{}: {} pixels in an image; allowed: {} as in {}",
                                                source.files[2].string(), images.test.rows * images.test.columns,
                                                images.train.rows * images.train.columns, source.files[0].string()));
    }
    return centred();
}

template <class Number>
std::shared_ptr<const TrainAndTest<Number>> shared_images(const ImageSource& source) {
    static ImageCache<Number> cache;
    return cache.get(source);
}

template class ImageSet<float>;
template class ImageSet<double>;
template TrainAndTest<float> make_images(const ImageSource&);
template TrainAndTest<double> make_images(const ImageSource&);
template std::shared_ptr<const TrainAndTest<float>> shared_images(const ImageSource&);
template std::shared_ptr<const TrainAndTest<double>> shared_images(const ImageSource&);

}  // namespace syncache
