#include "datasets/synthetic_digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/common/random.hpp"

namespace syncache {
namespace {

struct Point {
    double x, y;
};
using Stroke = std::vector<Point>;

// The digits as lines in the unit square, y downwards.
const std::array<std::vector<Stroke>, 10>& shapes() {
    static const std::array<std::vector<Stroke>, 10> digits{{
        {{{.5, .1},
          {.66, .15},
          {.75, .3},
          {.78, .5},
          {.75, .7},
          {.66, .85},
          {.5, .9},
          {.34, .85},
          {.25, .7},
          {.22, .5},
          {.25, .3},
          {.34, .15},
          {.5, .1}}},
        {{{.35, .25}, {.52, .1}, {.52, .9}}},
        {{{.25, .28}, {.33, .14}, {.5, .09}, {.68, .16}, {.73, .32}, {.62, .5}, {.42, .7}, {.25, .89}, {.77, .89}}},
        {{{.27, .18}, {.45, .09}, {.65, .15}, {.7, .3}, {.6, .44}, {.44, .48}},
         {{.44, .48}, {.64, .54}, {.74, .7}, {.64, .86}, {.44, .91}, {.25, .82}}},
        {{{.6, .1}, {.22, .62}, {.8, .62}}, {{.62, .38}, {.62, .92}}},
        {{{.72, .1}, {.32, .1}, {.28, .46}, {.5, .4}, {.7, .5}, {.74, .68}, {.64, .86}, {.42, .91}, {.24, .82}}},
        {{{.66, .12},
          {.46, .24},
          {.32, .45},
          {.27, .68},
          {.36, .86},
          {.54, .91},
          {.7, .8},
          {.72, .63},
          {.58, .51},
          {.4, .55},
          {.29, .68}}},
        {{{.24, .12}, {.76, .12}, {.58, .48}, {.44, .9}}},
        {{{.5, .48},
          {.33, .38},
          {.3, .22},
          {.5, .1},
          {.7, .22},
          {.67, .38},
          {.5, .48},
          {.3, .62},
          {.27, .8},
          {.5, .92},
          {.73, .8},
          {.7, .62},
          {.5, .48}}},
        {{{.7, .34},
          {.6, .46},
          {.43, .49},
          {.3, .38},
          {.3, .22},
          {.43, .1},
          {.6, .11},
          {.7, .24},
          {.7, .45},
          {.64, .7},
          {.52, .9}}},
    }};
    return digits;
}

// Uniform numbers in [low, high) for one digit, one after the other.
class Draws {
  public:
    Draws(std::uint64_t seed, std::uint64_t index) : seed_(seed), index_(index) {}
    double between(double low, double high) {
        const std::uint32_t word = draw(seed_, Purpose::synthetic_digit, index_, n_ / 4).word[n_ % 4];
        ++n_;
        return low + (high - low) * uniform(word);
    }

  private:
    std::uint64_t seed_, index_;
    std::uint32_t n_ = 0;
};

// Unit square to pixels: rotation, shear, two scales and a shift.
struct Placement {
    double xx, xy, yx, yy, x0, y0;
    explicit Placement(Draws& draws) {
        const double slope = draws.between(-0.25, 0.25);  // of the rotation
        const double shear = draws.between(-0.2, 0.2);
        const double width = draws.between(15.0, 21.0), height = draws.between(18.0, 22.0);
        const double cosine = 1.0 / std::sqrt(1.0 + slope * slope), sine = slope * cosine;
        xx = width * cosine;
        xy = height * (shear * cosine - sine);
        yx = width * sine;
        yy = height * (shear * sine + cosine);
        x0 = 13.5 + draws.between(-2.0, 2.0);
        y0 = 13.5 + draws.between(-2.0, 2.0);
    }
    Point operator()(Point p) const {
        return {x0 + xx * (p.x - 0.5) + xy * (p.y - 0.5), y0 + yx * (p.x - 0.5) + yy * (p.y - 0.5)};
    }
};

double distance_to_line(Point p, Point a, Point b) {
    const double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
    const double along = square == 0.0 ? 0.0 : std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / square, 0.0, 1.0);
    const double ex = p.x - a.x - along * dx, ey = p.y - a.y - along * dy;
    return std::sqrt(ex * ex + ey * ey);
}

void draw_line(SyntheticDigit& digit, Point a, Point b, double radius) {
    const double reach = radius + 1.0;
    const int left = std::max(0, static_cast<int>(std::floor(std::min(a.x, b.x) - reach)));
    const int right = std::min(synthetic_side - 1, static_cast<int>(std::ceil(std::max(a.x, b.x) + reach)));
    const int top = std::max(0, static_cast<int>(std::floor(std::min(a.y, b.y) - reach)));
    const int bottom = std::min(synthetic_side - 1, static_cast<int>(std::ceil(std::max(a.y, b.y) + reach)));
    for (int y = top; y <= bottom; ++y) {
        for (int x = left; x <= right; ++x) {
            const double distance = distance_to_line({static_cast<double>(x), static_cast<double>(y)}, a, b);
            const double ink = std::clamp(radius + 0.5 - distance, 0.0, 1.0);
            std::uint8_t& pixel =
                digit.pixels[static_cast<std::size_t>(y) * synthetic_side + static_cast<std::size_t>(x)];
            pixel = std::max(pixel, static_cast<std::uint8_t>(std::lround(255.0 * ink)));
        }
    }
}

}  // namespace

SyntheticDigit synthetic_digit(std::uint64_t seed, std::uint64_t index) {
    Draws draws(seed, index);
    SyntheticDigit digit;
    digit.label = static_cast<int>(draws.between(0.0, 10.0));
    const Placement place(draws);
    const double radius = draws.between(0.7, 1.5);
    for (const Stroke& stroke : shapes()[static_cast<std::size_t>(digit.label)]) {
        Point last{};
        for (std::size_t k = 0; k < stroke.size(); ++k) {
            const Point jittered{stroke[k].x + draws.between(-0.05, 0.05), stroke[k].y + draws.between(-0.05, 0.05)};
            const Point point = place(jittered);
            if (k > 0) {
                draw_line(digit, last, point, radius);
            }
            last = point;
        }
    }
    return digit;
}

}  // namespace syncache
