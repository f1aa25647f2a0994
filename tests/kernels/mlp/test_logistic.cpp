#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/mlp/mlp_cpu.hpp"
#include "tests/support/mlp_cases.hpp"

// The engine's own logistic function against the library's in long double, with the bound that logistic.hpp states.
namespace syncache::test {
namespace {

template <class Number>
Number ours(Number x) {
    Number y{};
    mlp_kernels_of<Number>(mlp_cpu_kernels()).logistic(&x, &y, 1);
    return y;
}

template <class Number>
class Logistic : public ::testing::Test {};
using Numbers = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Logistic, Numbers);

TYPED_TEST(Logistic, IsWithinFourUnitsInTheLastPlace) {
    constexpr double limit = sizeof(TypeParam) == 4 ? 87.0 : 708.0;
    std::vector<TypeParam> x;
    for (int i = 0; i <= 200000; ++i) {
        x.push_back(static_cast<TypeParam>(limit * (i - 100000) / 100000.0));
        x.push_back(static_cast<TypeParam>(0.7 * (i - 100000) / 100000.0));  // where polynomials change over
    }
    std::vector<TypeParam> y(x.size());
    mlp_kernels_of<TypeParam>(mlp_cpu_kernels()).logistic(x.data(), y.data(), static_cast<int>(x.size()));
    long double largest = 0.0L;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const long double exact = 1.0L / (1.0L + std::exp(-static_cast<long double>(x[i])));
        const auto rounded = static_cast<TypeParam>(exact);
        const long double unit = std::nextafter(rounded, TypeParam{2}) - rounded;
        const long double error = std::fabs(static_cast<long double>(y[i]) - exact) / unit;
        ASSERT_TRUE(error <= 4.0L) << "x = " << x[i] << ": " << static_cast<double>(error) << " units";
        largest = std::max(largest, error);
    }
    EXPECT_GT(largest, 0.4L) << "too good to be true: is anything compared?";
}

TYPED_TEST(Logistic, IsClampedFarOutAndKeepsNaN) {
    constexpr TypeParam infinity = std::numeric_limits<TypeParam>::infinity();
    EXPECT_EQ(ours(infinity), TypeParam{1});
    EXPECT_EQ(ours(TypeParam{1e6f}), TypeParam{1});
    EXPECT_EQ(ours(TypeParam{0}), TypeParam{0.5f});
    for (const TypeParam x : {-infinity, TypeParam{-1e6f}}) {
        EXPECT_GE(ours(x), TypeParam{0});
        EXPECT_LT(ours(x), sizeof(TypeParam) == 4 ? TypeParam{0x1p-125f} : static_cast<TypeParam>(0x1p-1021));
    }
    EXPECT_TRUE(std::isnan(ours(std::numeric_limits<TypeParam>::quiet_NaN())));
}

// One bit of difference between instruction sets would be another history behind a threshold.
TYPED_TEST(Logistic, HasTheSameBitsInEveryInstructionSet) {
    std::vector<TypeParam> x;
    for (int i = 0; i <= 20011; ++i) {  // not a multiple of any register
        x.push_back(static_cast<TypeParam>(720.0 * (i - 10000) / 10000.0));
        x.push_back(static_cast<TypeParam>(3.0 * (i - 10000) / 10000.0));
    }
    std::vector<TypeParam> want(x.size());
    mlp_kernels_of<TypeParam>(mlp_cpu_kernels()).logistic(x.data(), want.data(), static_cast<int>(x.size()));
    const auto all = mlp_kernels_here();
    EXPECT_GE(all.size(), 2u) << "the baseline and the GPU's form at least";
    for (const auto& [name, kernels] : all) {
        std::vector<TypeParam> got(x.size());
        mlp_kernels_of<TypeParam>(*kernels).logistic(x.data(), got.data(), static_cast<int>(x.size()));
        EXPECT_EQ(got, want) << name;
    }
}

}  // namespace
}  // namespace syncache::test
