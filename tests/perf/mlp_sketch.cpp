#include "tests/perf/mlp_sketch.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/common/target.hpp"

namespace syncache::test {
namespace {

constexpr int n_pixels = 784, n_hidden = 100, n_outputs = 10, width = 16, n_tiles = 7;
constexpr float learning_rate = 0.1f, threshold = 0.04f;

typedef float Vector __attribute__((vector_size(4 * width)));
typedef int Integers __attribute__((vector_size(4 * width)));

template <class V>
float sum_of(const V& x) {
    constexpr std::size_t n = sizeof x / sizeof(float);
    if constexpr (n == 1) {
        return x[0];
    } else if constexpr (n == 2) {
        return x[0] + x[1];
    } else {
        return [&]<std::size_t... i>(std::index_sequence<i...>) {
            return sum_of(__builtin_shufflevector(x, x, i...) + __builtin_shufflevector(x, x, (i + n / 2)...));
        }(std::make_index_sequence<n / 2>{});
    }
}
Vector size_of(Vector x) { return reinterpret_cast<Vector>(reinterpret_cast<Integers>(x) & 0x7fffffff); }
// Of numbers that are not negative, and so are in the order of their bits.
Vector larger(Vector a, Vector b) {
    const auto x = reinterpret_cast<Integers>(a), y = reinterpret_cast<Integers>(b);
    return reinterpret_cast<Vector>(x > y ? x : y);
}

Vector logistic(Vector x) {
    x = -(x > 87.0f ? Vector{} + 87.0f : x < -87.0f ? Vector{} - 87.0f : x);
    const Vector shifted = x * 1.44269504f + 0x1.8p23f;
    const Vector n = shifted - 0x1.8p23f;
    const Vector f = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    const Vector power =
        1.0f + f * (1.0f + f * (0.5f + f * (1.0f / 6 + f * (1.0f / 24 + f * (1.0f / 120 + f * (1.0f / 720))))));
    const Integers exponent = (reinterpret_cast<Integers>(shifted) + 127) << 23;
    return 1.0f / (1.0f + power * reinterpret_cast<Vector>(exponent));
}

// Weights of one tile are w[pixel]; those of the outputs w[hidden unit].
struct Weights {
    Vector first[n_tiles][n_pixels], second[n_tiles * width];
};

class Sketch : public MlpSketch {
  public:
    Sketch(const std::vector<std::vector<double>>& initial, bool caching) : caching_(caching) {
        for (int j = 0; j < n_hidden; ++j) {
            for (int i = 0; i < n_pixels; ++i) {
                fixed_.first[j / width][i][j % width] = static_cast<float>(
                    initial[0][static_cast<std::size_t>(j) * n_pixels + static_cast<std::size_t>(i)]);
            }
            for (int k = 0; k < n_outputs; ++k) {
                fixed_.second[j][k] = static_cast<float>(
                    initial[1][static_cast<std::size_t>(k) * n_hidden + static_cast<std::size_t>(j)]);
            }
        }
    }

    void train(const ImageView<float>& images, std::int64_t first, std::int64_t n) override {
        for (std::int64_t i = first; i < first + n; ++i) {
            const std::int64_t image = i % images.n_images, begin = images.begin[image];
            const Pixels x{images.pixel + begin, images.value + begin,
                           static_cast<int>(images.begin[image + 1] - begin)};
            caching_ ? present<true>(x, images.labels[image]) : present<false>(x, images.labels[image]);
        }
    }

    double energy() const override {
        double energy = energy_;
        for (const Vector& sum : pending_) {
            energy += static_cast<double>(scale_ * sum_of(sum));
        }
        return energy;
    }

  private:
    struct Pixels {
        const std::uint16_t* place;
        const float* value;
        int n;
    };

    template <bool caching>
    Vector field(int tile, const Pixels& x) const {
        const Vector *l = fixed_.first[tile], *s = fading_.first[tile];
        Vector persistent[2]{}, transient[2]{};
        for (int k = 0; k + 1 < x.n; k += 2) {
            for (int j = 0; j < 2; ++j) {
                persistent[j] += l[x.place[k + j]] * x.value[k + j];
                if constexpr (caching) {
                    transient[j] += s[x.place[k + j]] * x.value[k + j];
                }
            }
        }
        if (x.n % 2 != 0) {
            persistent[0] += l[x.place[x.n - 1]] * x.value[x.n - 1];
            transient[0] += s[x.place[x.n - 1]] * x.value[x.n - 1];
        }
        return (persistent[0] + persistent[1]) + scale_ * (transient[0] + transient[1]);
    }

    template <bool caching>
    void present(const Pixels& x, int label) {
        alignas(64) float h[n_tiles * width], handed[n_tiles * width]{};
        for (int t = 0; t < n_tiles; ++t) {
            const Vector a = logistic(field<caching>(t, x));
            std::memcpy(h + t * width, &a, sizeof a);
        }
        const auto weight = [&](int j) {
            return caching ? fixed_.second[j] + scale_ * fading_.second[j] : fixed_.second[j];
        };
        Vector sum[4]{};
        for (int j = 0; j < n_hidden; j += 4) {
            for (int k = 0; k < 4; ++k) {
                sum[k] += h[j + k] * weight(j + k);
            }
        }
        const Vector y = logistic((sum[0] + sum[1]) + (sum[2] + sum[3]));
        Vector error{};
        for (int k = 0; k < n_outputs; ++k) {
            error[k] = (k == label ? 0.99f : 0.01f) - y[k];
        }
        for (int j = 0; j < n_hidden; ++j) {
            handed[j] = sum_of(weight(j) * error);
        }
        const float rate = learning_rate / scale_;
        learn<caching>(fixed_.second, fading_.second, rate * error * y * (1.0f - y), pending_[n_tiles], Dense{h});
        for (int t = 0; t < n_tiles; ++t) {
            Vector activity, e;
            std::memcpy(&activity, h + t * width, sizeof activity);
            std::memcpy(&e, handed + t * width, sizeof e);
            learn<caching>(fixed_.first[t], fading_.first[t], rate * e * activity * (1.0f - activity), pending_[t], x);
        }
        if constexpr (caching) {
            decay();
        }
    }

    struct Dense {
        const float* value;
        static constexpr int n = n_hidden;
    };
    static int place(const Dense&, int k) { return k; }
    static int place(const Pixels& x, int k) { return x.place[k]; }

    template <bool caching, class Inputs>
    void learn(Vector* fixed, Vector* fading, Vector step, Vector& pending, const Inputs& x) {
        if constexpr (!caching) {
            float total = 0.0f;
            for (int k = 0; k < x.n; ++k) {
                fixed[place(x, k)] += step * x.value[k];
                total += x.value[k];
            }
            energy_ += static_cast<double>(total * sum_of(size_of(step)));
        } else {
            Vector peak{}, change{};
            for (int k = 0; k < x.n; ++k) {
                Vector& s = fading[place(x, k)];
                const Vector after = s + step * x.value[k], size = size_of(after);
                change += size - size_of(s);
                peak = larger(size, peak);
                s = after;
            }
            pending += change;
            consolidate(fixed, fading, peak, pending, std::is_same_v<Inputs, Dense> ? n_hidden : n_pixels);
        }
    }

    void consolidate(Vector* fixed, Vector* fading, Vector peak, Vector& pending, int n_inputs) {
        const Integers crosses = peak * scale_ > threshold;
        alignas(64) int cross[width];
        std::memcpy(cross, &crosses, sizeof cross);
        int any = 0;
        for (int k = 0; k < width; ++k) {
            any |= cross[k];
        }
        if (any == 0) {
            return;
        }
        for (int i = 0; i < n_inputs; ++i) {
            const Vector moves = crosses ? fading[i] : Vector{};
            fixed[i] += scale_ * moves;
            fading[i] -= moves;
        }
        energy_ += static_cast<double>(scale_ * sum_of(crosses ? pending : Vector{}));
        pending = crosses ? Vector{} : pending;
    }

    void decay() {
        scale_ *= factor_;
        if (scale_ > 1e-3f) {
            return;
        }
        for (auto& tile : fading_.first) {
            for (Vector& s : tile) {
                s *= scale_;
            }
        }
        for (Vector& s : fading_.second) {
            s *= scale_;
        }
        for (Vector& sum : pending_) {
            sum *= scale_;
        }
        scale_ = 1.0f;
    }

    bool caching_;
    float scale_ = 1.0f;
    float factor_ = std::exp(-1.0f / 1000.0f);
    double energy_ = 0.0;
    Weights fixed_{}, fading_{};
    Vector pending_[n_tiles + 1]{};  // sum of |fading|
};

}  // namespace

std::unique_ptr<MlpSketch> SYNCACHE_ISA::make_mlp_sketch(const std::vector<std::vector<double>>& initial,
                                                         bool caching) {
    return std::make_unique<Sketch>(initial, caching);
}

}  // namespace syncache::test
