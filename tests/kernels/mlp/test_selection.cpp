#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "kernels/common/team.hpp"
#include "kernels/mlp/competition.hpp"
#include "kernels/mlp/selection.hpp"

// The search for a number of given rank, against sorting.
namespace syncache::test {
namespace {

template <class Number>
class Selection : public ::testing::Test {};
using Numbers = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Selection, Numbers);

// Sizes over many orders of magnitude, some equal, some 0.
template <class Number>
std::vector<Number> sizes(std::mt19937& random, std::size_t n) {
    std::uniform_real_distribution<double> exponent(-30.0, 10.0), part(0.0, 1.0);
    std::vector<Number> values(n);
    for (Number& value : values) {
        value = part(random) < 0.1 ? Number{} : static_cast<Number>(std::exp2(exponent(random)));
    }
    for (std::size_t i = 0; i + 3 < n; i += 7) {
        values[i + 3] = values[i];
    }
    return values;
}

TYPED_TEST(Selection, FindsEveryRankFromAnyGuess) {
    std::mt19937 random(1);
    CpuTeam team;
    constexpr TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
    for (const std::size_t n : {1u, 2u, 17u, 200u}) {
        std::vector<TypeParam> values = sizes<TypeParam>(random, n), sorted = values;
        std::ranges::sort(sorted);
        for (std::size_t k = 0; k < n; ++k) {
            for (const TypeParam guess : {TypeParam{}, sorted[k], sorted[n / 2], TypeParam{1e-30f}, TypeParam{1e30f},
                                          infinity, std::numeric_limits<TypeParam>::quiet_NaN()}) {
                const auto found =
                    kth_smallest<TypeParam>(team, static_cast<int>(n), static_cast<std::int64_t>(k), guess,
                                            [&](int i) { return values[static_cast<std::size_t>(i)]; });
                ASSERT_EQ(found, sorted[k]) << "rank " << k << " of " << n << ", guess " << guess;
            }
        }
    }
}

TYPED_TEST(Selection, FindsEveryRankOfAProduct) {
    std::mt19937 random(2);
    CpuTeam team;
    for (const std::size_t n_rows : {1u, 5u, 23u}) {
        for (const std::size_t n_columns : {1u, 4u, 19u}) {
            const std::vector<TypeParam> rows = sizes<TypeParam>(random, n_rows);
            std::vector<TypeParam> columns = sizes<TypeParam>(random, n_columns);
            columns[0] = -columns[0];
            std::vector<TypeParam> sorted_columns(n_columns), products;
            sort_sizes(team, columns.data(), static_cast<int>(n_columns), sorted_columns.data());
            EXPECT_TRUE(std::ranges::is_sorted(sorted_columns));
            for (const TypeParam row : rows) {
                for (const TypeParam column : columns) {
                    products.push_back(row * std::fabs(column));
                }
            }
            std::ranges::sort(products);
            std::vector<std::int32_t> first(n_rows), end(n_rows), not_above(n_rows);
            TypeParam last{};
            LayerCompetition<TypeParam> room{};
            room.first = first.data();
            room.end = end.data();
            room.not_above = not_above.data();
            room.last = &last;
            for (std::size_t k = 0; k < products.size(); ++k) {
                const auto found =
                    kth_smallest_product(team, rows.data(), static_cast<int>(n_rows), sorted_columns.data(),
                                         static_cast<int>(n_columns), static_cast<std::int64_t>(k), room);
                ASSERT_EQ(found, products[k]) << "rank " << k << " of " << n_rows << " x " << n_columns;
                last = found;
            }
        }
    }
}

// The CPU's search, with the room that a layer gives it, which later searches find as earlier ones have left it.
template <class Number>
class ProductRank {
  public:
    explicit ProductRank(std::size_t n)
        : sorted_(n + LayerCompetition<Number>::n_around_sorted),
          place_(n),
          previous_(n),
          next_(n),
          end_(n),
          not_above_(n) {}

    Number find(const std::vector<Number>& rows, const std::vector<Number>& columns, std::size_t k) {
        LayerCompetition<Number> room{};
        room.sorted = sorted_.data();
        room.place = place_.data();
        room.previous = previous_.data();
        room.next = next_.data();
        room.end = end_.data();
        room.not_above = not_above_.data();
        room.guess = &guess;
        return kth_smallest_of_products(rows.data(), static_cast<int>(rows.size()), columns.data(),
                                        static_cast<int>(columns.size()), static_cast<std::int64_t>(k), room);
    }
    // Every so many ranks, in an order that jumps, so that what the last search has left is of little use.
    void expect_ranks(const std::vector<Number>& rows, const std::vector<Number>& columns, std::size_t n_ranks) {
        std::vector<Number> products;
        for (const Number row : rows) {
            for (const Number column : columns) {
                products.push_back(std::fabs(row) * std::fabs(column));
            }
        }
        std::ranges::sort(products);
        const std::size_t n = products.size(), count = std::min(n, n_ranks);
        for (std::size_t i = 0; i <= count; ++i) {
            const std::size_t k = i == count ? n - 1 : i * 7919 % count * n / count;
            ASSERT_EQ(find(rows, columns, k), products[k])
                << "rank " << k << " of " << rows.size() << " x " << columns.size();
        }
    }

    Number guess{};

  private:
    std::vector<Number> sorted_, place_, previous_, next_;
    std::vector<std::int32_t> end_, not_above_;
};

// Steps as in training: signed, normally spread, some 0.
template <class Number>
std::vector<Number> steps(std::mt19937& random, std::size_t n, double scale, double zeros) {
    std::normal_distribution<double> step(0.0, scale);
    std::uniform_real_distribution<double> part(0.0, 1.0);
    std::vector<Number> values(n);
    for (Number& value : values) {
        value = part(random) < zeros ? Number{} : static_cast<Number>(step(random));
    }
    return values;
}

// Inputs that are bytes, many of them near the greatest; with `centre` subtracted, and then as many that are just that.
template <class Number>
std::vector<Number> pixels(std::mt19937& random, std::size_t n, Number centre) {
    std::uniform_int_distribution<int> byte(1, 255), kind(0, 9);
    std::vector<Number> values(n);
    for (Number& value : values) {
        const int chosen = kind(random), dark = centre > Number{} && chosen < 8 ? 0 : byte(random);
        value = static_cast<Number>(chosen < 3 && centre == Number{} ? 253 : dark) / Number{255} - centre;
    }
    return values;
}

TYPED_TEST(Selection, FindsEveryRankOfAProductByATable) {
    std::mt19937 random(3);
    for (const std::size_t n_rows : {1u, 2u, 16u, 23u}) {
        for (const std::size_t n_columns : {1u, 3u, 19u, 40u}) {
            ProductRank<TypeParam> search(40);
            std::vector<TypeParam> columns = sizes<TypeParam>(random, n_columns);
            columns[0] = -columns[0];
            search.expect_ranks(sizes<TypeParam>(random, n_rows), columns, n_rows * n_columns);
            search.expect_ranks(steps<TypeParam>(random, n_rows, 1.0, 0.3), pixels<TypeParam>(random, n_columns, 0),
                                1000);
            search.expect_ranks(std::vector<TypeParam>(n_rows, TypeParam{0.1f}),
                                std::vector<TypeParam>(n_columns, TypeParam{0.3f}), 3);
        }
    }
}

TYPED_TEST(Selection, FindsRanksOfProductsOfManyKindsByATable) {
    std::mt19937 random(4);
    constexpr std::size_t n_rows = 200, n_columns = 300;
    ProductRank<TypeParam> search(n_columns);
    for (const double scale : {1.0, 1e-3, 1e5, 1e-20, 1e-36, 3e-44}) {  // the last two: with products that are denormal
        for (const double zeros : {0.0, 0.7}) {
            const std::vector<TypeParam> rows = steps<TypeParam>(random, n_rows, scale, zeros);
            search.expect_ranks(rows, pixels<TypeParam>(random, n_columns, 0), 50);
            search.expect_ranks(rows, pixels<TypeParam>(random, n_columns, TypeParam{0.1307f}), 50);
            search.expect_ranks(rows, steps<TypeParam>(random, n_columns, 1.0, 0.1), 50);
            search.expect_ranks(rows, std::vector<TypeParam>(n_columns, 1), 50);
            search.expect_ranks(rows, std::vector<TypeParam>(n_columns, 0), 3);
            search.expect_ranks(rows, sizes<TypeParam>(random, n_columns), 50);
            search.expect_ranks(sizes<TypeParam>(random, n_rows), rows, 50);
        }
    }
    const std::vector<TypeParam> rows = steps<TypeParam>(random, n_rows, 1.0, 0.0);
    constexpr TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
    for (const TypeParam guess :
         {TypeParam{1e-30f}, TypeParam{1e30f}, -TypeParam{1}, infinity, std::numeric_limits<TypeParam>::quiet_NaN()}) {
        search.guess = guess;
        search.expect_ranks(rows, pixels<TypeParam>(random, n_columns, 0), 1);
        search.expect_ranks(rows, pixels<TypeParam>(random, n_columns, 0), 50);
    }
}

// Of a training that has diverged any result will do, but the next search is right again.
TYPED_TEST(Selection, EndsWhateverTheNumbersAre) {
    std::mt19937 random(5);
    constexpr std::size_t n = 70;
    constexpr TypeParam infinity = std::numeric_limits<TypeParam>::infinity(),
                        nan = std::numeric_limits<TypeParam>::quiet_NaN(),
                        largest = std::numeric_limits<TypeParam>::max(),
                        smallest = std::numeric_limits<TypeParam>::denorm_min();
    ProductRank<TypeParam> search(n);
    for (const TypeParam strange : {infinity, -infinity, nan, -nan, largest, smallest, TypeParam{}}) {
        for (const std::size_t n_strange : {std::size_t{1}, n / 2, n}) {
            const std::vector<TypeParam> rows = steps<TypeParam>(random, n, 1.0, 0.1);
            const std::vector<TypeParam> columns = pixels<TypeParam>(random, n, 0);
            std::vector<TypeParam> strange_rows = rows, strange_columns = columns;
            std::fill_n(strange_rows.begin() + (n - n_strange), n_strange, strange);
            std::fill_n(strange_columns.begin(), n_strange, strange);
            for (const std::size_t k : {std::size_t{0}, n, n * n / 2, n * n - 1}) {
                search.find(strange_rows, columns, k);
                search.find(rows, strange_columns, k);
                search.find(strange_rows, strange_columns, k);
            }
            search.expect_ranks(rows, columns, 20);
        }
    }
}

}  // namespace
}  // namespace syncache::test
