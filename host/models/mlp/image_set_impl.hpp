#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kernels/mlp/task.hpp"

namespace syncache {

// Where the images of a training come from.
struct ImageSource {
    std::string data;                                // "synthetic", or where the files come from
    std::array<std::filesystem::path, 4> files;      // train images and labels, test images and labels
    std::int64_t train_offset = 0, train_count = 0;  // a slice of the files, or of the synthetic sequences
    std::int64_t test_offset = 0, test_count = 0;
    bool has_bias = false;     // one more input (docs/model.md, section 11)
    bool is_centred = false;   // without the mean of all numbers of the set
    std::string name() const;  // equal for equal sources
};

// The value of the input that a bias adds.
inline constexpr double input_bias = 0.99;

// Images in the engine's form: for each the list of its inputs that are not 0. Pixels are in [0, 1], where unsigned
// bytes are divided by 255, or, as numbers, in [-1, 1].
template <class Number>
class ImageSet {
  public:
    int rows = 0, columns = 0;
    bool has_bias = false;
    int n_classes = 0;       // largest label + 1
    double mean = 0.0;       // is taken off every input
    bool is_signed = false;  // some inputs are negative

    int inputs() const { return rows * columns + (has_bias ? 1 : 0); }

    // pixels: [rows * columns]
    void add(const double* pixels, int label);
    // Takes the mean of all numbers, zeros and bias included, off each.
    void centre();
    ImageView<Number> view() const;
    std::int64_t size() const { return static_cast<std::int64_t>(labels_.size()); }

  private:
    std::vector<std::int64_t> begin_{0};
    std::vector<std::uint16_t> pixel_;
    std::vector<Number> value_;
    std::vector<std::int16_t> labels_;
};

template <class Number>
struct TrainAndTest {
    ImageSet<Number> train, test;
};

// Reads or draws the images. Throws std::invalid_argument naming file and fault: sizes that disagree, a slice beyond
// the end, pixels outside [0, 1], or [-1, 1] of numbers, labels outside 0 to 999.
template <class Number>
TrainAndTest<Number> make_images(const ImageSource& source);

// The same, shared by all threads of the process while anyone holds it.
template <class Number>
std::shared_ptr<const TrainAndTest<Number>> shared_images(const ImageSource& source);

// Sizes of an image file: images, rows, columns ([n][pixels] counts as one row). Throws std::invalid_argument naming
// the file.
struct ImageFileSizes {
    std::int64_t n_images;
    int rows, columns;
};
ImageFileSizes image_file_sizes(const std::filesystem::path& images, const std::filesystem::path& labels);

}  // namespace syncache
